#include "codegen/sql/entity_tables.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace::sql {
namespace {

/// What DuckDB takes well in one statement: past its limits of depth it refuses, and it plans a wide one very slowly.
constexpr size_t kPartFeatures = 50;

std::vector<std::string> with_table(const std::vector<std::string>& columns, const std::string& table) {
  std::vector<std::string> out;
  out.reserve(columns.size());
  for (const std::string& column : columns) out.push_back(fmt::format("{}.{}", table, column));
  return out;
}

/// Values of features over instants, a column each.
Select values_of(FeatureStatement& statement, const Plan& plan, SqlDialect dialect, const Instants& instants,
                 const std::vector<size_t>& features) {
  const std::string instant = statement.own("event_us"), value = statement.own("value");
  Select select;
  select.columns = with_table(statement.keys(instants.entity), instants.table);
  select.columns.push_back(fmt::format("{} AS event_time", to_timestamp(dialect, instants.table + "." + instant)));
  select.from = instants.table;
  for (const size_t index : features) {
    const std::string table = statement.add_values(index, instants);
    Join join{table, statement.same_keys(instants.entity, table, instants.table)};
    join.conditions.push_back(fmt::format("{0}.{2} = {1}.{2}", table, instants.table, instant));
    select.joins.push_back(join);
    select.columns.push_back(out_value(plan.features[index], dialect, fmt::format("{}.{}", table, value)));
  }
  return select;
}

/// Reads the sources itself.
EntityTable direct_table(const GeneratorInput& input, SqlDialect dialect, const SqlNames& names,
                         const std::vector<size_t>& sources, const std::vector<size_t>& features) {
  FeatureStatement statement(input.plan, dialect, names, features);
  const Instants instants = statement.add_event_instants(sources);
  EntityTable out;
  out.features = features;
  out.select = values_of(statement, input.plan, dialect, instants, features);
  out.sources = statement.sources();
  out.with = statement.with();
  return out;
}

/// The join of tables that have all rows and some of the features each.
EntityTable joined_table(const GeneratorInput& input, SqlDialect dialect, const SqlNames& names,
                         const std::vector<EntityTable>& parts, size_t entity) {
  std::vector<std::string> keys;
  for (const std::string& key : input.plan.entities[entity].keys) keys.push_back(names.column(key));
  keys.emplace_back("event_time");

  EntityTable out;
  for (const EntityTable& part : parts) {
    if (out.parts.empty()) {
      out.select.from = part.table;
      out.select.columns = with_table(keys, part.table);
    } else {
      Join join{part.table, {}};
      for (const std::string& key : keys)
        join.conditions.push_back(fmt::format("{0}.{2} = {1}.{2}", part.table, out.select.from, key));
      out.select.joins.push_back(join);
    }
    for (const size_t index : part.features) {
      out.select.columns.push_back(
          fmt::format("{}.{}", part.table, identifier(dialect, input.plan.features[index].name)));
      out.features.push_back(index);
    }
    out.parts.push_back(part.name);
  }
  return out;
}

}  // namespace

std::string out_value(const PlanFeature& feature, SqlDialect dialect, const std::string& value) {
  const bool is_instant = feature.type.scalar == ScalarType::kTimestamp && !feature.type.is_list;
  return fmt::format("{} AS {}", is_instant ? to_timestamp(dialect, value) : value, identifier(dialect, feature.name));
}

size_t needed_depth(SqlDialect dialect, const With& with) {
  // DuckDB nests the tables of WITH in each other, and refuses more than a thousand levels unless it is told to.
  constexpr size_t kDeep = 800;
  return dialect == SqlDialect::kDuckDb && with.size() > kDeep ? 2 * with.size() : 0;
}

std::map<size_t, std::vector<size_t>> outputs_by_entity(const GeneratorInput& input,
                                                        const std::map<size_t, Refusal>& refused) {
  std::map<size_t, std::vector<size_t>> out;
  for (const size_t index : input.outputs) {
    if (!refused.contains(index)) out[input.plan.features[index].entity].push_back(index);
  }
  return out;
}

std::vector<EntityTable> entity_tables(const GeneratorInput& input, SqlDialect dialect, const SqlNames& names,
                                       size_t entity, const std::vector<size_t>& features) {
  std::vector<size_t> sources;
  for (const size_t index : features) {
    const size_t source = input.plan.features[index].source;
    if (std::find(sources.begin(), sources.end(), source) == sources.end()) sources.push_back(source);
  }

  const std::string& name = input.plan.entities[entity].name;
  std::vector<EntityTable> out;
  if (dialect == SqlDialect::kDuckDb && features.size() > 2 * kPartFeatures) {
    for (size_t start = 0; start < features.size(); start += kPartFeatures) {
      const std::vector<size_t> part(
          features.begin() + static_cast<ptrdiff_t>(start),
          features.begin() + static_cast<ptrdiff_t>(std::min(start + kPartFeatures, features.size())));
      EntityTable table = direct_table(input, dialect, names, sources, part);
      table.table = names.table(fmt::format("headrace_part_{}", out.size() + 1));
      table.name = fmt::format("features_of_{}_part_{}", name, out.size() + 1);
      table.is_part = true;
      out.push_back(std::move(table));
    }
    out.push_back(joined_table(input, dialect, names, out, entity));
  } else {
    out.push_back(direct_table(input, dialect, names, sources, features));
  }
  out.back().table = names.entity_table(name);
  out.back().name = "features_of_" + name;
  return out;
}

}  // namespace headrace::sql
