#include "codegen/sql/sql.h"

#include "codegen/refusal_codes.h"
#include "codegen/sql/feature_statement.h"
#include "codegen/sql/offline_files.h"
#include "codegen/sql/readme.h"
#include "codegen/sql/sql_templates.h"
#include "codegen/sql/table_files.h"
#include "codegen/visible_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace headrace {
namespace sql {
namespace {

/// The columns that the feature's statement names: the entity's keys, the source's time and arrival, what formulas
/// read.
std::vector<std::string> named_columns(const Plan& plan, const PlanFeature& feature) {
  std::vector<std::string> out = plan.entities[feature.entity].keys;
  const auto add_source = [&](const PlanSource& source) {
    out.push_back(source.event_time);
    if (source.arrival) out.push_back(*source.arrival);
  };
  add_source(plan.sources[feature.source]);
  if (feature.is_derived()) return out;

  const Series& series = plan.series[plan.states[feature.state].series];
  add_source(plan.sources[series.source]);
  std::vector<ExprPtr> formulas = series.formulas;
  if (series.filter) formulas.push_back(series.filter);
  for (const ExprPtr& formula : formulas) {
    for (const Reference& reference : references_of(*formula)) {
      if (reference.kind == Reference::Kind::kColumn) out.push_back(reference.name);
    }
  }
  return out;
}

std::optional<Refusal> unsayable_name(const Plan& plan, const PlanFeature& feature, SqlDialect dialect) {
  for (const std::string& name : named_columns(plan, feature)) {
    if (is_sayable(name)) continue;
    return Refusal{feature.name, "G009",
                   fmt::format("{} cannot name the column `{}` so that all of its name is seen", to_string(dialect),
                               visible_line(name)),
                   ""};
  }
  return std::nullopt;
}

/// Refusals of the plan's features, by index.
using Refusals = std::map<size_t, Refusal>;

Refusals find_refusals(const GeneratorInput& input, SqlDialect dialect, const SqlNames& names) {
  const Plan& plan = input.plan;
  Refusals out;
  for (size_t i = 0; i < plan.features.size(); ++i) {
    const PlanFeature& feature = plan.features[i];
    if (std::optional<Refusal> refusal = unsayable_name(plan, feature, dialect)) {
      out[i] = *std::move(refusal);
      continue;
    }
    const FeatureStatement statement(plan, dialect, names, {i});
    if (const std::optional<Unsayable> reason = statement.unsayable(i)) {
      const std::string message = fmt::format("{} cannot say {}", to_string(dialect), reason->what);
      out[i] = {feature.name, reason->code, message, reason->help};
      continue;
    }
    const auto refused =
        std::find_if(feature.uses.begin(), feature.uses.end(), [&](size_t used) { return out.contains(used); });
    if (refused == feature.uses.end()) continue;
    out[i] = refusal_of_user(feature.name, out[*refused]);
  }
  return out;
}

std::string header(const PlanFeature& feature, SqlDialect dialect, std::string_view what) {
  std::string out = comment_lines(fmt::format("{} {}: {}", feature.name, feature.version, what));
  if (!feature.description.empty()) out += comment_lines(feature.description);
  out += comment_lines("Owner: " + feature.owner);
  return out + fmt::format("-- Dialect: {}. Digest of the meaning: {}\n", to_string(dialect), feature.digest);
}

/// The value as a column of a table.
std::string out_value(const PlanFeature& feature, SqlDialect dialect, const std::string& value) {
  const bool is_instant = feature.type.scalar == ScalarType::kTimestamp && !feature.type.is_list;
  return fmt::format("{} AS {}", is_instant ? to_timestamp(dialect, value) : value, identifier(dialect, feature.name));
}

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

/// DuckDB nests the tables of WITH in each other, and refuses more than a thousand levels unless it is told to.
std::string depth_setting(SqlDialect dialect, const With& with) {
  constexpr size_t kDeep = 800;
  if (dialect != SqlDialect::kDuckDb || with.size() <= kDeep) return {};
  return fmt::format("SET max_expression_depth TO {};\n", 2 * with.size());
}

std::string offline_statement(const GeneratorInput& input, SqlDialect dialect, const SqlNames& names, size_t index) {
  const PlanFeature& feature = input.plan.features[index];
  FeatureStatement statement(input.plan, dialect, names, {index});
  const Instants instants = statement.add_event_instants({feature.source});
  const std::string table = statement.add_values(index, instants);
  Select select;
  select.columns = statement.keys(instants.entity);
  select.columns.push_back(fmt::format("{} AS event_time", to_timestamp(dialect, statement.own("event_us"))));
  select.columns.push_back(out_value(feature, dialect, statement.own("value")));
  select.from = table;
  return header(feature, dialect, "its value at each instant of an event, once") +
         depth_setting(dialect, statement.with()) +
         fmt::format("CREATE OR REPLACE TABLE {} AS\n", names.feature_table(feature.name)) +
         statement.with().to_statement(select);
}

std::string point_in_time_statement(const GeneratorInput& input, SqlDialect dialect, const SqlNames& names,
                                    size_t index) {
  const PlanFeature& feature = input.plan.features[index];
  FeatureStatement statement(input.plan, dialect, names, {index});
  const Instants instants = statement.add_observed_instants(feature.entity);
  const std::string table = statement.add_values(index, instants);
  const std::string observations = names.observations_table();
  Select select;
  select.columns = {observations + ".*",
                    out_value(feature, dialect, fmt::format("{}.{}", table, statement.own("value")))};
  select.from = observations;
  Join join{table, statement.same_keys(feature.entity, table, observations)};
  join.conditions.push_back(
      fmt::format("{}.{} = {}", table, statement.own("event_us"), to_micros(dialect, observations + ".event_time")));
  select.joins = {join};
  return header(feature, dialect, fmt::format("its value as of each row of `{}`", observations)) +
         depth_setting(dialect, statement.with()) + statement.with().to_statement(select);
}

/// What DuckDB takes well in one statement: past its limits of depth it refuses, and it plans a wide one very slowly.
constexpr size_t kPartFeatures = 50;

/// `create`: CREATE .. AS, before the statement.
std::string values_statement(const GeneratorInput& input, SqlDialect dialect, const SqlNames& names,
                             const std::vector<size_t>& sources, const std::vector<size_t>& features,
                             const std::string& create) {
  FeatureStatement statement(input.plan, dialect, names, features);
  const Instants instants = statement.add_event_instants(sources);
  const Select select = values_of(statement, input.plan, dialect, instants, features);
  return depth_setting(dialect, statement.with()) + create + statement.with().to_statement(select);
}

/// A temporary table for each part of the features, and then their join. Each part has all rows.
std::string statement_of_parts(const GeneratorInput& input, SqlDialect dialect, const SqlNames& names,
                               const std::vector<size_t>& sources, const std::vector<size_t>& features,
                               const std::string& table) {
  std::vector<std::string> keys;
  for (const std::string& key : input.plan.entities[input.plan.features[features[0]].entity].keys)
    keys.push_back(names.column(key));
  keys.emplace_back("event_time");
  std::string out, dropped;
  Select select;
  for (size_t start = 0; start < features.size(); start += kPartFeatures) {
    const std::vector<size_t> part(
        features.begin() + static_cast<ptrdiff_t>(start),
        features.begin() + static_cast<ptrdiff_t>(std::min(start + kPartFeatures, features.size())));
    const std::string name = names.table(fmt::format("headrace_part_{}", start / kPartFeatures + 1));
    const std::string create = fmt::format("CREATE OR REPLACE TEMP TABLE {} AS\n", name);
    out += values_statement(input, dialect, names, sources, part, create) + "\n";
    dropped += fmt::format("DROP TABLE temp.{};\n", name);
    if (start == 0) {
      select.from = name;
      select.columns = with_table(keys, name);
    } else {
      Join join{name, {}};
      for (const std::string& key : keys)
        join.conditions.push_back(fmt::format("{0}.{2} = {1}.{2}", name, select.from, key));
      select.joins.push_back(join);
    }
    for (const size_t index : part)
      select.columns.push_back(fmt::format("{}.{}", name, identifier(dialect, input.plan.features[index].name)));
  }
  return out + fmt::format("CREATE OR REPLACE TABLE {} AS\n{};\n\n", table, to_text(select, 0)) + dropped;
}

std::string entity_statement(const GeneratorInput& input, SqlDialect dialect, const SqlNames& names, size_t entity,
                             const std::vector<size_t>& features) {
  std::vector<size_t> sources;
  for (const size_t index : features) {
    const size_t source = input.plan.features[index].source;
    if (std::find(sources.begin(), sources.end(), source) == sources.end()) sources.push_back(source);
  }
  const std::string& name = input.plan.entities[entity].name;
  const std::string comment = comment_lines(fmt::format(
      "All features of `{}`: a row for each instant of an event of a source that drives one of them.\nDialect: {}.",
      name, to_string(dialect)));
  const std::string table = names.entity_table(name);
  if (dialect == SqlDialect::kDuckDb && features.size() > 2 * kPartFeatures)
    return comment + statement_of_parts(input, dialect, names, sources, features, table);
  const std::string create = fmt::format("CREATE OR REPLACE TABLE {} AS\n", table);
  return comment + values_statement(input, dialect, names, sources, features, create);
}

}  // namespace
}  // namespace sql

std::string_view to_string(SqlDialect dialect) {
  switch (dialect) {
    case SqlDialect::kBigQuery: return "bigquery";
    case SqlDialect::kSnowflake: return "snowflake";
    case SqlDialect::kDuckDb: return "duckdb";
  }
  return "";
}

std::optional<SqlDialect> sql_dialect(std::string_view name) {
  for (const SqlDialect dialect : {SqlDialect::kBigQuery, SqlDialect::kSnowflake, SqlDialect::kDuckDb}) {
    if (name == to_string(dialect)) return dialect;
  }
  return std::nullopt;
}

std::string_view sql_case_worker() { return text_of(sql_templates(), "case_worker.py"); }

GeneratedProject generate_sql(const GeneratorInput& input, SqlDialect dialect) {
  const sql::SqlNames names(input.plan, dialect);
  const sql::Refusals refused = sql::find_refusals(input, dialect, names);
  GeneratedProject out;
  for (const auto& [index, refusal] : refused) out.refusals.push_back(refusal);

  std::map<size_t, std::vector<size_t>> by_entity;
  std::set<size_t> ordered;
  for (const PlanFeature& feature : input.plan.features) {
    if (sql::needs_ordered_source(input.plan, feature))
      ordered.insert(input.plan.series[input.plan.states[feature.state].series].source);
  }

  for (const size_t index : input.outputs) {
    if (refused.contains(index)) continue;
    const std::string& name = input.plan.features[index].name;
    by_entity[input.plan.features[index].entity].push_back(index);
    out.files.push_back({fmt::format("features/{}.sql", name), sql::offline_statement(input, dialect, names, index)});
    out.files.push_back(
        {fmt::format("point_in_time/{}.sql", name), sql::point_in_time_statement(input, dialect, names, index)});
  }

  for (const auto& [entity, features] : by_entity) {
    out.files.push_back({fmt::format("entities/{}.sql", input.plan.entities[entity].name),
                         sql::entity_statement(input, dialect, names, entity, features)});
  }

  // Sources as tables, what to do with all of it, and tables for an offline store.
  const sql::TableInput tables{input.plan, dialect, names, ordered, input.files};
  out.files.push_back({"tables.sql", sql::table_definitions(tables)});
  out.files.push_back({"sources.sql", sql::source_loads(tables)});
  out.files.push_back({"README.md", sql::readme(input, dialect, names, out.refusals)});
  for (GeneratedFile& file : sql::offline_files(input, dialect, names)) out.files.push_back(std::move(file));
  if (dialect == SqlDialect::kDuckDb) out.files.push_back({"requirements.txt", "duckdb==2.0.0\n"});

  std::sort(out.files.begin(), out.files.end(),
            [](const GeneratedFile& a, const GeneratedFile& b) { return a.path < b.path; });
  return out;
}

}  // namespace headrace
