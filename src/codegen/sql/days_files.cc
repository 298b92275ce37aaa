#include "codegen/sql/days_files.h"

#include "base/hash.h"
#include "codegen/sql/daily_table.h"
#include "codegen/sql/dialect_text.h"
#include "codegen/sql/entity_tables.h"
#include "codegen/sql/statement_head.h"
#include "codegen/sql/statement_length.h"
#include "codegen/sql/table_layout.h"

#include <fmt/format.h>

namespace headrace::sql {
namespace {

struct DaysInput {
  const GeneratorInput& input;
  SqlDialect dialect;
  const SqlNames& names;
  std::vector<Reach> reaches;  // of the plan's features

  const Plan& plan() const { return input.plan; }
  InstantBounds bounds(const std::vector<size_t>& features) const {
    return {dialect, reach_of_all(plan(), reaches, features)};
  }
};

/// `label` is the table's name before it gives way to a source's.
DailyTable daily_table(const DaysInput& days, const std::string& label, size_t entity_index, const std::string& meaning,
                       const std::vector<size_t>& features) {
  const PlanEntity& entity = days.plan().entities[entity_index];
  DailyTable out{.name = days.names.table(label),
                 .label = label,
                 .layout = table_layout(days.dialect, days.names, entity, "event_time"),
                 .meaning = meaning,
                 .keys = {},
                 .columns = {}};
  for (size_t i = 0; i < entity.keys.size(); ++i) {
    out.keys.push_back(days.names.column(entity.keys[i]));
    out.columns.emplace_back(out.keys.back(), column_type(days.dialect, key_type(entity, i)));
  }
  out.columns.emplace_back("event_time", column_type(days.dialect, ScalarType::kTimestamp));
  for (const size_t index : features) {
    const PlanFeature& feature = days.plan().features[index];
    out.columns.emplace_back(identifier(days.dialect, feature.name), stored_type(days.dialect, feature.type));
  }
  return out;
}

std::string feature_days(const DaysInput& days, size_t index) {
  const PlanFeature& feature = days.plan().features[index];
  const InstantBounds bounds = days.bounds({index});
  FeatureStatement statement(days.plan(), days.dialect, days.names, {index});
  statement.bound_events(bounds);
  statement.bound_instants(bounds);
  const Instants instants = statement.add_event_instants({feature.source});
  Select select;
  select.from = statement.add_values(index, instants);
  select.columns = statement.keys(instants.entity);
  select.columns.push_back(fmt::format("{} AS event_time", to_timestamp(days.dialect, statement.own("event_us"))));
  select.columns.push_back(out_value(feature, days.dialect, statement.own("value")));

  const DailyTable table = daily_table(days, "daily_feature_" + feature.name, feature.entity, feature.digest, {index});
  return statement_head(feature, days.dialect, "its values at the instants of some days, in place of those there") +
         reading_lines(days.plan(), bounds, days.reaches, {index}, statement.reads()) +
         depth_setting(days.dialect, statement.with()) + bounds.check() +
         table_for_days(days.dialect, days.names, table) +
         replaced_days(days.dialect, days.names, table, bounds, statement.with(), select);
}

std::string observed_days(const DaysInput& days, size_t index) {
  const PlanFeature& feature = days.plan().features[index];
  const InstantBounds bounds = days.bounds({index});
  const std::string observations = days.names.observations_table();
  FeatureStatement statement(days.plan(), days.dialect, days.names, {index});
  statement.bound_events(bounds);
  statement.bound_instants(bounds);
  const Instants instants = statement.add_observed_instants(feature.entity);
  const std::string table = statement.add_values(index, instants);
  Select select;
  select.columns = {observations + ".*",
                    out_value(feature, days.dialect, fmt::format("{}.{}", table, statement.own("value")))};
  select.from = observations;
  Join join{table, statement.same_keys(feature.entity, table, observations)};
  join.conditions.push_back(fmt::format("{}.{} = {}", table, statement.own("event_us"),
                                        to_micros(days.dialect, observations + ".event_time")));
  select.joins = {join};
  select.where = bounds.rows(observations + ".event_time");
  return statement_head(feature, days.dialect,
                        fmt::format("its value as of each row of `{}` of some days", observations)) +
         reading_lines(days.plan(), bounds, days.reaches, {index}, statement.reads()) +
         depth_setting(days.dialect, statement.with()) + bounds.check() + statement.with().to_statement(select);
}

/// What all statements of an entity read of each source: a part reads it anew.
std::map<size_t, SourceRead> reads_of(const std::vector<EntityTable>& tables) {
  std::map<size_t, SourceRead> out;
  for (const EntityTable& table : tables) {
    for (const auto& [source, read] : table.reads) {
      out[source].bytes_of_row += read.bytes_of_row;
      out[source].texts.insert(out[source].texts.end(), read.texts.begin(), read.texts.end());
    }
  }
  return out;
}

std::string entity_days(const DaysInput& days, size_t entity, const std::vector<size_t>& features) {
  const InstantBounds bounds = days.bounds(features);
  const std::vector<EntityTable> tables =
      entity_tables(days.input, days.dialect, days.names, entity, features, TableRows::kEvents, &bounds);
  const EntityTable& whole = tables.back();
  std::string meanings;
  for (const size_t index : whole.features)
    meanings += fmt::format("{} {}\n", days.plan().features[index].name, days.plan().features[index].digest);

  const std::string& name = days.plan().entities[entity].name;
  const DailyTable table = daily_table(days, "daily_features_of_" + name, entity, sha256_hex(meanings), whole.features);
  const PartStatements parts = part_statements(days.dialect, tables);
  return comment_lines(
             fmt::format("All features of `{}` at the instants of some days, in place of those there.\nDialect: {}.",
                         name, to_string(days.dialect))) +
         reading_lines(days.plan(), bounds, days.reaches, features, reads_of(tables)) + bounds.check() +
         table_for_days(days.dialect, days.names, table) + parts.made + depth_setting(days.dialect, whole.with) +
         replaced_days(days.dialect, days.names, table, bounds, whole.with, whole.select) + parts.dropped;
}

}  // namespace

std::vector<GeneratedFile> days_files(const GeneratorInput& input, SqlDialect dialect, const SqlNames& names,
                                      const Refusals& refused, const std::vector<bool>& whole) {
  const DaysInput days{input, dialect, names, reaches_of(input.plan)};
  std::vector<GeneratedFile> out;
  const auto add = [&](const std::string& folder, const std::string& name, std::string text) {
    if (text.size() > statement_bytes_max(dialect)) return;
    out.push_back({fmt::format("days/{}/{}.sql", folder, name), std::move(text)});
  };
  for (const size_t index : input.outputs) {
    if (refused.contains(index) || !whole[index]) continue;
    add("features", input.plan.features[index].name, feature_days(days, index));
    add("point_in_time", input.plan.features[index].name, observed_days(days, index));
  }

  // An entity's file may be longer than one request, statement by statement.
  for (const auto& [entity, features] : outputs_by_entity(input, refused))
    out.push_back(
        {fmt::format("days/entities/{}.sql", input.plan.entities[entity].name), entity_days(days, entity, features)});
  return out;
}

}  // namespace headrace::sql
