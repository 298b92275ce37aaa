#include "codegen/sql/entity_tables.h"

#include "codegen/sql/statement_length.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace headrace::sql {
namespace {

/// What dialects take well in one statement: past DuckDB's limits of depth it refuses, and it plans a wide one very slowly;
/// others take a million bytes.
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

/// What a table is made of.
struct TableRequest {
  const GeneratorInput& input;
  SqlDialect dialect;
  const SqlNames& names;
  size_t entity = 0;
  std::vector<size_t> sources;  // whose instants are its rows; empty: those of the observations
  const std::vector<size_t>& wanted;
  const InstantBounds* bounds = nullptr;  // of the rows; null: all
};

/// The features of a list that a computation of the others needs, at whatever instants: those that they use directly.
std::set<size_t> used_by(const Plan& plan, const std::vector<size_t>& features) {
  std::set<size_t> out;
  for (const size_t index : features) out.insert(plan.features[index].uses.begin(), plan.features[index].uses.end());
  return out;
}

/// Reads sources, and the values of features that parts before it have.
EntityTable direct_table(const TableRequest& request, const std::vector<size_t>& features,
                         const std::vector<EntityTable>& before, bool is_part) {
  const Plan& plan = request.input.plan;
  const bool is_of_events = !request.sources.empty();
  FeatureStatement statement(plan, request.dialect, request.names, features);
  if (request.bounds != nullptr) statement.bound_events(*request.bounds);
  if (request.bounds != nullptr && !is_part) statement.bound_instants(*request.bounds);
  const Instants instants =
      is_of_events ? statement.add_event_instants(request.sources) : statement.add_observed_instants(request.entity);

  EntityTable out;
  const std::set<size_t> used = used_by(plan, features);
  for (const EntityTable& part : before) {
    bool is_read = false;
    for (const size_t index : part.features) {
      if (!used.contains(index)) continue;
      statement.know(index, {part.table, instants.sources});
      is_read = true;
    }
    if (is_read) out.parts.push_back(part.name);
  }
  if (!is_of_events && !before.empty()) {
    const std::string table = request.names.entity_table(plan.entities[request.entity].name);
    const std::vector<size_t> sources = driving_sources(plan, request.wanted);
    for (const size_t index : request.wanted)
      if (used.contains(index)) statement.know(index, {table, {sources.begin(), sources.end()}});
  }

  out.features = features;
  out.select = values_of(statement, plan, request.dialect, instants, features);
  out.sources = statement.sources();
  out.reads = statement.reads();
  out.with = statement.with();
  return out;
}

/// The features to compute in parts, each after those that it uses: the wanted ones and what they use.
std::vector<size_t> computed_features(const Plan& plan, const std::vector<size_t>& wanted, size_t entity) {
  std::vector<bool> is_needed(plan.features.size(), false);
  for (const size_t index : wanted) is_needed[index] = true;
  for (size_t i = plan.features.size(); i-- > 0;) {
    if (!is_needed[i]) continue;
    for (const size_t used : plan.features[i].uses) is_needed[used] = true;
  }
  std::vector<size_t> out;
  for (size_t i = 0; i < plan.features.size(); ++i) {
    if (is_needed[i] && plan.features[i].entity == entity) out.push_back(i);
  }
  return out;
}

/// Adds parts of some features; a part whose statement would be too long is divided.
void add_parts(const TableRequest& request, const std::vector<size_t>& features, const std::string& stem,
               std::vector<EntityTable>& out) {
  EntityTable table = direct_table(request, features, out, true);
  const bool is_long = table.with.to_query(table.select).size() > statement_bytes_max(request.dialect);
  if (is_long && features.size() > 1) {
    const auto middle = features.begin() + static_cast<ptrdiff_t>(features.size() / 2);
    add_parts(request, {features.begin(), middle}, stem, out);
    add_parts(request, {middle, features.end()}, stem, out);
    return;
  }
  const std::string& entity = request.input.plan.entities[request.entity].name;
  table.table = request.names.table(fmt::format("{}_{}", stem, out.size() + 1));
  table.name = fmt::format("features_of_{}_part_{}", entity, out.size() + 1);
  table.is_part = true;
  out.push_back(std::move(table));
}

/// The join of tables that have all rows and some of the features each.
EntityTable joined_table(const TableRequest& request, const std::vector<EntityTable>& parts) {
  const Plan& plan = request.input.plan;
  std::vector<std::string> keys;
  for (const std::string& key : plan.entities[request.entity].keys) keys.push_back(request.names.column(key));
  keys.emplace_back("event_time");

  const std::set<size_t> wanted(request.wanted.begin(), request.wanted.end());
  EntityTable out;
  for (const EntityTable& part : parts) {
    const auto is_wanted = [&](size_t index) { return wanted.contains(index); };
    if (std::none_of(part.features.begin(), part.features.end(), is_wanted)) continue;
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
      if (!is_wanted(index)) continue;
      out.select.columns.push_back(
          fmt::format("{}.{}", part.table, identifier(request.dialect, plan.features[index].name)));
      out.features.push_back(index);
    }
    out.parts.push_back(part.name);
  }
  if (request.bounds != nullptr) out.select.where = request.bounds->rows(out.select.from + ".event_time");
  return out;
}

}  // namespace

std::string depth_setting(SqlDialect dialect, const With& with) {
  const size_t depth = needed_depth(dialect, with);
  return depth == 0 ? "" : fmt::format("SET max_expression_depth TO {};\n", depth);
}

PartStatements part_statements(SqlDialect dialect, const std::vector<EntityTable>& tables) {
  // A session has temporary tables; of BigQuery each request is one, so parts are tables of the data set until the end.
  const bool is_temporary = dialect != SqlDialect::kBigQuery;
  PartStatements out;
  for (size_t i = 0; i + 1 < tables.size(); ++i) {
    const EntityTable& part = tables[i];
    out.made += depth_setting(dialect, part.with) +
                fmt::format("CREATE OR REPLACE {}TABLE {} AS\n", is_temporary ? "TEMP " : "", part.table) +
                part.with.to_statement(part.select) + "\n";
    out.dropped += fmt::format("DROP TABLE {}{};\n", dialect == SqlDialect::kDuckDb ? "temp." : "", part.table);
  }
  return out;
}

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

std::vector<size_t> driving_sources(const Plan& plan, const std::vector<size_t>& features) {
  std::vector<size_t> sources;
  for (const size_t index : features) {
    const size_t source = plan.features[index].source;
    if (std::find(sources.begin(), sources.end(), source) == sources.end()) sources.push_back(source);
  }
  return sources;
}

std::vector<EntityTable> entity_tables(const GeneratorInput& input, SqlDialect dialect, const SqlNames& names,
                                       size_t entity, const std::vector<size_t>& features, TableRows rows,
                                       const InstantBounds* bounds) {
  const bool is_of_events = rows == TableRows::kEvents;
  const std::string& name = input.plan.entities[entity].name;
  const std::vector<size_t> sources = is_of_events ? driving_sources(input.plan, features) : std::vector<size_t>();
  const TableRequest request{input, dialect, names, entity, sources, features, bounds};
  const std::vector<size_t> computed = computed_features(input.plan, features, entity);

  std::vector<EntityTable> out;
  if (computed.size() <= 2 * kPartFeatures) out.push_back(direct_table(request, features, {}, false));
  const bool is_one = !out.empty() && (computed.size() == 1 ||
                                       out[0].with.to_query(out[0].select).size() <= statement_bytes_max(dialect));
  if (!is_one) {
    out.clear();
    const std::string stem = is_of_events ? "headrace_part" : "headrace_observed_part";
    for (size_t start = 0; start < computed.size(); start += kPartFeatures) {
      const auto begin = computed.begin() + static_cast<ptrdiff_t>(start);
      const auto end = computed.begin() + static_cast<ptrdiff_t>(std::min(start + kPartFeatures, computed.size()));
      add_parts(request, {begin, end}, stem, out);
    }
    out.push_back(joined_table(request, out));
  }
  out.back().table = is_of_events ? names.entity_table(name) : names.observed_table(name);
  out.back().name = (is_of_events ? "features_of_" : "observed_features_of_") + name;
  return out;
}

}  // namespace headrace::sql
