#include "codegen/dbt/dbt_yaml.h"

#include "codegen/dbt/jinja_text.h"
#include "codegen/sql/dialect_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace headrace::dbt {
namespace {

constexpr int64_t kMicrosPerMinute = 60 * kMicrosPerSecond;
constexpr int64_t kMicrosPerHour = 60 * kMicrosPerMinute;

/// In dbt's units, the largest that divides; what is no whole minute becomes the next one.
std::string age_text(Duration age) {
  if (age.us % kMicrosPerDay == 0) return fmt::format("{{count: {}, period: day}}", age.us / kMicrosPerDay);
  if (age.us % kMicrosPerHour == 0) return fmt::format("{{count: {}, period: hour}}", age.us / kMicrosPerHour);
  return fmt::format("{{count: {}, period: minute}}", (age.us + kMicrosPerMinute - 1) / kMicrosPerMinute);
}

/// dbt names a column without quotes unless it is told to put them.
std::string column_name(const std::string& margin, SqlDialect dialect, const std::string& name) {
  const bool is_quoted = sql::identifier(dialect, name) != name;
  return fmt::format("{0}- name: {1}\n{2}", margin, yaml_text(name),
                     is_quoted ? fmt::format("{}  quote: true\n", margin) : "");
}

std::string described(const std::string& margin, const std::string& description) {
  return description.empty() ? "" : fmt::format("{}description: {}\n", margin, yaml_text(description));
}

std::string source_column(SqlDialect dialect, const PlanSource& source, const std::string& name, ScalarType type) {
  const std::vector<std::string> tests = source_tests(source, name);
  return column_name("          ", dialect, name) +
         fmt::format("            data_type: {}\n", sql::column_type(dialect, type)) +
         (tests.empty() ? "" : fmt::format("            data_tests:\n{}\n", fmt::join(tests, "\n")));
}

/// Whether a check of the source is about the column.
bool is_checked(const PlanSource& source, const std::string& column) {
  return std::any_of(source.checks.begin(), source.checks.end(),
                     [&](const SourceCheck& each) { return each.column == column; });
}

std::string source_yaml(const GeneratorInput& input, SqlDialect dialect, size_t index) {
  const PlanSource& source = input.plan.sources[index];
  std::string out = fmt::format("      - name: {}\n", source.name);
  out += described("        ", source.description);
  const SourceFreshness fresh = freshness_of(input, index);
  if (fresh.error || fresh.warn) {
    out += fmt::format("        config:\n          loaded_at_field: {}\n          freshness:\n",
                       yaml_text(sql::identifier(dialect, source.event_time)));
    out += fmt::format("            warn_after: {}\n", fresh.warn ? age_text(*fresh.warn) : "null");
    out += fmt::format("            error_after: {}\n", fresh.error ? age_text(*fresh.error) : "null");
  }

  const std::vector<std::string> tests = source_tests(source, "");
  if (!tests.empty()) out += fmt::format("        data_tests:\n{}\n", fmt::join(tests, "\n"));
  out += "        columns:\n";
  const PlanEntity& entity = input.plan.entities[source.entity];
  for (size_t i = 0; i < entity.keys.size(); ++i) {
    const ScalarType type = entity.key_types[i] == ScalarType::kNull ? ScalarType::kString : entity.key_types[i];
    out += source_column(dialect, source, entity.keys[i], type);
  }
  out += source_column(dialect, source, source.event_time, ScalarType::kTimestamp);
  const auto add_column = [&](const std::string& name, ScalarType type) {
    const bool is_told =
        name == source.event_time || std::find(entity.keys.begin(), entity.keys.end(), name) != entity.keys.end();
    if (!is_told) out += source_column(dialect, source, name, type);
  };
  for (const ColumnDefinition& column : source.columns) add_column(column.name, column.type);
  for (const ColumnDefinition& column : source.unread_columns)
    if (is_checked(source, column.name)) add_column(column.name, column.type);
  return out;
}

std::string feature_column(const GeneratorInput& input, SqlDialect dialect, const PlanFeature& feature,
                           std::vector<UntoldCheck>& untold) {
  std::string out = column_name("      ", dialect, feature.name) + described("        ", feature.description);
  std::vector<std::string> tags;
  for (const std::string& tag : feature.tags) tags.push_back(yaml_text(tag));
  out += fmt::format(
      "        config:\n          meta:\n            owner: {}\n            version: \"{}\"\n            digest: {}\n",
      yaml_text(feature.owner), feature.version, feature.digest);
  if (!tags.empty()) out += fmt::format("            tags: [{}]\n", fmt::join(tags, ", "));

  const std::vector<std::string> tests = data_tests(input.plan, dialect, feature, untold);
  if (!tests.empty()) out += fmt::format("        data_tests:\n{}\n", fmt::join(tests, "\n"));
  return out;
}

std::string model_yaml(const GeneratorInput& input, SqlDialect dialect, const sql::EntityTable& table,
                       std::vector<UntoldCheck>& untold) {
  const PlanEntity& entity = input.plan.entities[input.plan.features[table.features[0]].entity];
  if (table.is_part)
    return fmt::format(
        "  - name: {}\n    description: \"Some of the features of `{}`, which the whole table joins.\"\n", table.name,
        entity.name);

  std::vector<std::string> columns;
  for (const std::string& key : entity.keys) columns.push_back(yaml_text(sql::identifier(dialect, key)));
  columns.emplace_back("event_time");
  std::string out = fmt::format("  - name: {}\n", table.name);
  out += described(
      "    ", fmt::format("Features of `{}`: a row for each instant of an event. {}", entity.name, entity.description));
  out += fmt::format(
      "    data_tests:\n      - headrace_one_row_each:\n          arguments:\n            columns: [{}]\n    "
      "columns:\n",
      fmt::join(columns, ", "));

  for (const std::string& key : entity.keys)
    out += column_name("      ", dialect, key) + "        data_tests: [not_null]\n";
  out +=
      "      - name: event_time\n        description: \"The instant that the values hold at, in UTC.\"\n"
      "        data_tests: [not_null]\n";
  for (const size_t index : table.features) out += feature_column(input, dialect, input.plan.features[index], untold);
  return out;
}

}  // namespace

std::string sources_yaml(const GeneratorInput& input, SqlDialect dialect, const std::string& project,
                         const std::vector<size_t>& sources) {
  std::string out = fmt::format(
      "# Generated by Headrace from the feature definitions; change those, not this file.\nversion: 2\nsources:\n"
      "  - name: {}\n    database: \"{{{{ var('headrace_database', target.database) }}}}\"\n"
      "    schema: \"{{{{ var('headrace_schema', target.schema) }}}}\"\n    tables:\n",
      project);
  for (const size_t source : sources) out += source_yaml(input, dialect, source);
  return out;
}

std::string features_yaml(const GeneratorInput& input, SqlDialect dialect, const std::vector<sql::EntityTable>& tables,
                          std::vector<UntoldCheck>& untold) {
  std::string out =
      "# Generated by Headrace from the feature definitions; change those, not this file.\nversion: 2\nmodels:\n";
  for (const sql::EntityTable& table : tables) out += model_yaml(input, dialect, table, untold);
  return out;
}

}  // namespace headrace::dbt
