#include "codegen/sql/sql.h"

#include "codegen/sql/days_files.h"
#include "codegen/sql/entity_tables.h"
#include "codegen/sql/feature_statement.h"
#include "codegen/sql/offline_files.h"
#include "codegen/sql/readme.h"
#include "codegen/sql/sql_refusals.h"
#include "codegen/sql/sql_templates.h"
#include "codegen/sql/statement_head.h"
#include "codegen/sql/statement_length.h"
#include "codegen/sql/table_files.h"
#include "codegen/sql/table_layout.h"
#include "codegen/visible_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace headrace {
namespace sql {
namespace {

/// "CREATE OR REPLACE TABLE feature_x AS", with how its rows lie.
std::string make_table(const GeneratorInput& input, SqlDialect dialect, const SqlNames& names, size_t entity,
                       const std::string& table) {
  const std::string layout = table_layout(dialect, names, input.plan.entities[entity], "event_time");
  return fmt::format("CREATE OR REPLACE TABLE {}{}{}AS\n", table, layout, layout.empty() ? " " : "\n");
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
  return statement_head(feature, dialect, "its value at each instant of an event, once") +
         depth_setting(dialect, statement.with()) +
         make_table(input, dialect, names, feature.entity, names.feature_table(feature.name)) +
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
  return statement_head(feature, dialect, fmt::format("its value as of each row of `{}`", observations)) +
         depth_setting(dialect, statement.with()) + statement.with().to_statement(select);
}

/// The same of a feature that uses too many others: it reads the table of its entity.
std::string short_offline_statement(const GeneratorInput& input, SqlDialect dialect, const SqlNames& names,
                                    size_t index) {
  const PlanFeature& feature = input.plan.features[index];
  const std::string& entity = input.plan.entities[feature.entity].name;
  const std::string table = names.entity_table(entity);
  FeatureStatement statement(input.plan, dialect, names, {});
  const Instants instants = statement.add_event_instants({feature.source});
  Select select;
  select.columns = statement.keys(instants.entity, instants.table);
  const std::string instant = fmt::format("{}.{}", instants.table, statement.own("event_us"));
  select.columns.push_back(fmt::format("{} AS event_time", to_timestamp(dialect, instant)));
  select.columns.push_back(fmt::format("{}.{}", table, identifier(dialect, feature.name)));
  select.from = instants.table;
  Join join{table, statement.same_keys(feature.entity, table, instants.table)};
  join.conditions.push_back(fmt::format("{} = {}", to_micros(dialect, table + ".event_time"), instant));
  select.joins = {join};
  return statement_head(feature, dialect, "its value at each instant of an event, once") +
         fmt::format("-- It uses many features: entities/{}.sql comes first.\n", entity) +
         make_table(input, dialect, names, feature.entity, names.feature_table(feature.name)) +
         statement.with().to_statement(select);
}

std::string short_point_in_time_statement(const GeneratorInput& input, SqlDialect dialect, const SqlNames& names,
                                          size_t index) {
  const PlanFeature& feature = input.plan.features[index];
  const std::string& entity = input.plan.entities[feature.entity].name;
  const std::string table = names.observed_table(entity);
  const std::string observations = names.observations_table();
  const FeatureStatement statement(input.plan, dialect, names, {});
  Select select;
  select.columns = {observations + ".*", fmt::format("{}.{}", table, identifier(dialect, feature.name))};
  select.from = observations;
  Join join{table, statement.same_keys(feature.entity, table, observations)};
  join.conditions.push_back(fmt::format("{} = {}", to_micros(dialect, table + ".event_time"),
                                        to_micros(dialect, observations + ".event_time")));
  select.joins = {join};
  return statement_head(feature, dialect, fmt::format("its value as of each row of `{}`", observations)) +
         fmt::format("-- It uses many features: observed/{}.sql comes first.\n", entity) + With().to_statement(select);
}

/// The statements that make the tables of an entity, the parts first.
std::string table_statements(const GeneratorInput& input, SqlDialect dialect, const SqlNames& names, size_t entity,
                             const std::vector<EntityTable>& tables) {
  const PartStatements parts = part_statements(dialect, tables);
  const EntityTable& whole = tables.back();
  const std::string out = parts.made + depth_setting(dialect, whole.with) +
                          make_table(input, dialect, names, entity, whole.table) +
                          whole.with.to_statement(whole.select);
  return parts.dropped.empty() ? out : out + "\n" + parts.dropped;
}

/// A file that is longer than a statement may be is sent statement by statement.
std::string with_length_remark(SqlDialect dialect, const std::string& head, const std::string& statements) {
  const bool is_long = statements.size() > statement_bytes_max(dialect);
  return head + (is_long ? "-- Longer than one request may be: send its statements one after another.\n" : "") +
         statements;
}

std::string entity_statement(const GeneratorInput& input, SqlDialect dialect, const SqlNames& names, size_t entity,
                             const std::vector<size_t>& features) {
  const std::string head = comment_lines(fmt::format(
      "All features of `{}`: a row for each instant of an event of a source that drives one of them.\nDialect: {}.",
      input.plan.entities[entity].name, to_string(dialect)));
  return with_length_remark(
      dialect, head,
      table_statements(input, dialect, names, entity, entity_tables(input, dialect, names, entity, features)));
}

std::string observed_statement(const GeneratorInput& input, SqlDialect dialect, const SqlNames& names, size_t entity,
                               const std::vector<size_t>& features) {
  const std::string& name = input.plan.entities[entity].name;
  const std::string head =
      comment_lines(fmt::format("All features of `{}` at the times of `{}`, for features that use many others.\n"
                                "entities/{}.sql comes first. Dialect: {}.",
                                name, names.observations_table(), name, to_string(dialect)));
  return with_length_remark(
      dialect, head,
      table_statements(input, dialect, names, entity,
                       entity_tables(input, dialect, names, entity, features, TableRows::kObservations)));
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

  std::set<size_t> ordered;
  for (const PlanFeature& feature : input.plan.features) {
    if (sql::needs_ordered_source(input.plan, feature))
      ordered.insert(input.plan.series[input.plan.states[feature.state].series].source);
  }

  const std::vector<bool> whole = sql::features_with_whole_files(input.plan, input.outputs);
  std::set<size_t> observed;  // entities with features whose files read other tables
  for (const size_t index : input.outputs) {
    if (refused.contains(index)) continue;
    const std::string& name = input.plan.features[index].name;
    std::string offline, point_in_time;
    if (whole[index]) {
      offline = sql::offline_statement(input, dialect, names, index);
      point_in_time = sql::point_in_time_statement(input, dialect, names, index);
    }
    const bool is_too_long = std::max(offline.size(), point_in_time.size()) > sql::statement_bytes_max(dialect);
    if (!whole[index] || is_too_long) {
      observed.insert(input.plan.features[index].entity);
      offline = sql::short_offline_statement(input, dialect, names, index);
      point_in_time = sql::short_point_in_time_statement(input, dialect, names, index);
    }
    out.files.push_back({fmt::format("features/{}.sql", name), std::move(offline)});
    out.files.push_back({fmt::format("point_in_time/{}.sql", name), std::move(point_in_time)});
  }

  for (const auto& [entity, features] : sql::outputs_by_entity(input, refused)) {
    const std::string& name = input.plan.entities[entity].name;
    out.files.push_back(
        {fmt::format("entities/{}.sql", name), sql::entity_statement(input, dialect, names, entity, features)});
    if (!observed.contains(entity)) continue;
    out.files.push_back(
        {fmt::format("observed/{}.sql", name), sql::observed_statement(input, dialect, names, entity, features)});
  }

  for (GeneratedFile& file : sql::days_files(input, dialect, names, refused, whole))
    out.files.push_back(std::move(file));

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
