#include "codegen/sql/offline_files.h"

#include "codegen/sql/dialect_text.h"
#include "codegen/sql/sql_templates.h"
#include "codegen/sql/table_layout.h"
#include "plan/plan_json_parts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace headrace::sql {
namespace {

constexpr int kListVersion = 1;
constexpr char kEventTime[] = "event_time";
/// Of a label's key and value.
constexpr size_t kLabelMax = 63;

/// Wanted features by entity, in the plan's order. Entities with keys that cannot be named have no table.
using ByEntity = std::map<size_t, std::vector<size_t>>;

ByEntity by_entity(const GeneratorInput& input) {
  ByEntity out;
  for (const size_t index : input.outputs) {
    const size_t entity = input.plan.features[index].entity;
    const std::vector<std::string>& keys = input.plan.entities[entity].keys;
    if (std::all_of(keys.begin(), keys.end(), is_sayable)) out[entity].push_back(index);
  }
  return out;
}

std::string table_name(const SqlNames& names, const PlanEntity& entity) {
  return names.table("offline_" + entity.name);
}

std::string log_name(const SqlNames& names) { return names.table("headrace_loads"); }

std::string described(SqlDialect dialect, const std::string& description) {
  if (description.empty()) return {};
  const std::string text = description_literal(dialect, description);
  return dialect == SqlDialect::kBigQuery ? fmt::format(" OPTIONS (description = {})", text)
                                          : fmt::format(" COMMENT {}", text);
}

std::string feature_description(const PlanFeature& feature) {
  std::string out = feature.description;
  if (!out.empty() && !out.ends_with('.')) out += '.';
  if (!out.empty()) out += ' ';
  out += fmt::format("Version {}", feature.version);
  if (!feature.owner.empty()) out += fmt::format(", owner {}", feature.owner);
  return out + ".";
}

std::string entity_description(const PlanEntity& entity) {
  const std::string out = fmt::format("Features of {} at each instant, as headrace backfill wrote them.", entity.name);
  return entity.description.empty() ? out : fmt::format("{} {}", entity.description, out);
}

/// Letters, digits, `_` and `-` are all that a label may have.
std::string label(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kLabelMax)) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    const bool is_kept = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    out += is_upper ? static_cast<char>(c - 'A' + 'a') : is_kept ? c : '-';
  }
  return out;
}

/// What follows the columns: how rows lie, what the table is.
std::string bigquery_layout(const GeneratorInput& input, const SqlNames& names, const PlanEntity& entity) {
  const SqlDialect dialect = SqlDialect::kBigQuery;
  std::string labels = fmt::format("('headrace_entity', {})", string_literal(dialect, label(entity.name)));
  if (!input.plan.project.empty())
    labels += fmt::format(", ('headrace_project', {})", string_literal(dialect, label(input.plan.project)));
  return table_layout(dialect, names, entity, kEventTime) +
         fmt::format("\nOPTIONS (\n  description = {},\n  labels = [{}]\n)",
                     description_literal(dialect, entity_description(entity)), labels);
}

std::string snowflake_layout(const SqlNames& names, const PlanEntity& entity) {
  return table_layout(SqlDialect::kSnowflake, names, entity, kEventTime) +
         fmt::format("\nCOMMENT = {}", description_literal(SqlDialect::kSnowflake, entity_description(entity)));
}

std::string offline_table(const GeneratorInput& input, SqlDialect dialect, const SqlNames& names, size_t index,
                          const std::vector<size_t>& features) {
  const PlanEntity& entity = input.plan.entities[index];
  std::vector<std::string> lines;
  for (size_t i = 0; i < entity.keys.size(); ++i)
    lines.push_back(
        fmt::format("  {} {} NOT NULL", names.column(entity.keys[i]), column_type(dialect, key_type(entity, i))));
  lines.push_back(fmt::format("  {} {} NOT NULL{}", kEventTime, column_type(dialect, ScalarType::kTimestamp),
                              described(dialect, "The instant that the values hold at, in UTC.")));
  for (const size_t feature : features) {
    const PlanFeature& column = input.plan.features[feature];
    lines.push_back(fmt::format("  {} {}{}", identifier(dialect, column.name), stored_type(dialect, column.type),
                                described(dialect, feature_description(column))));
  }
  const std::string layout =
      dialect == SqlDialect::kBigQuery ? bigquery_layout(input, names, entity) : snowflake_layout(names, entity);
  return fmt::format("CREATE TABLE IF NOT EXISTS {} (\n{}\n){};\n", table_name(names, entity), fmt::join(lines, ",\n"),
                     layout);
}

std::string log_table(SqlDialect dialect, const SqlNames& names) {
  const std::string text = column_type(dialect, ScalarType::kString);
  return fmt::format(
      "CREATE TABLE IF NOT EXISTS {} (\n"
      "  table_name {} NOT NULL,\n  day DATE NOT NULL,\n  run {} NOT NULL{},\n  num_rows {} NOT NULL,\n"
      "  loaded_at {} NOT NULL\n);\n",
      log_name(names), text, text, described(dialect, "The digest of all that the rows follow from."),
      column_type(dialect, ScalarType::kInt64), column_type(dialect, ScalarType::kTimestamp));
}

std::string definitions(const GeneratorInput& input, SqlDialect dialect, const SqlNames& names) {
  std::string out =
      "-- Tables of what `headrace backfill --output` writes, and of what was loaded. load_offline.py runs this.\n";
  for (const auto& [entity, features] : by_entity(input))
    out += "\n" + offline_table(input, dialect, names, entity, features);
  return out + "\n" + log_table(dialect, names);
}

/// What load_offline.py compares with the store's manifest: columns are named and typed as there.
struct FeatureColumn {
  const PlanFeature& feature;
};

template <typename Fields>
void describe(Fields& fields, const FeatureColumn*) {
  fields.computed("name", [](const FeatureColumn& column) { return column.feature.name; });
  fields.computed("version", [](const FeatureColumn& column) { return column.feature.version; });
  fields.computed("digest", [](const FeatureColumn& column) { return column.feature.digest; });
  fields.computed("type", [](const FeatureColumn& column) { return column.feature.type; });
}

struct LoadedTable {
  std::string entity;
  std::string table;
  std::vector<EntityKey> keys;
  std::vector<FeatureColumn> features;
};

template <typename Fields>
void describe(Fields& fields, const LoadedTable*) {
  fields.required("entity", &LoadedTable::entity);
  fields.required("table", &LoadedTable::table);
  fields.required("keys", &LoadedTable::keys);
  fields.required("features", &LoadedTable::features);
}

struct LoadedTables {
  std::string log;
  std::vector<LoadedTable> tables;
};

template <typename Fields>
void describe(Fields& fields, const LoadedTables*) {
  fields.constant("format_version", kListVersion);
  fields.required("log", &LoadedTables::log);
  fields.required("tables", &LoadedTables::tables);
}

std::string table_list(const GeneratorInput& input, const SqlNames& names) {
  LoadedTables list{.log = log_name(names), .tables = {}};
  for (const auto& [index, features] : by_entity(input)) {
    const PlanEntity& entity = input.plan.entities[index];
    LoadedTable table{.entity = entity.name, .table = table_name(names, entity), .keys = {}, .features = {}};
    for (size_t i = 0; i < entity.keys.size(); ++i) table.keys.push_back({entity.keys[i], key_type(entity, i)});
    for (const size_t feature : features) table.features.push_back({input.plan.features[feature]});
    list.tables.push_back(std::move(table));
  }
  return json_document(list, JsonLayout::kIndentedAscii);
}

}  // namespace

std::vector<GeneratedFile> offline_files(const GeneratorInput& input, SqlDialect dialect, const SqlNames& names) {
  if (dialect == SqlDialect::kDuckDb) return {};
  std::vector<GeneratedFile> out = {{"offline_tables.sql", definitions(input, dialect, names)},
                                    {"offline_tables.json", table_list(input, names)}};
  for (const std::string_view folder : {"loader/", dialect == SqlDialect::kBigQuery ? "bigquery/" : "snowflake/"}) {
    for (GeneratedFile& file : files_below(sql_templates(), folder)) out.push_back(std::move(file));
  }
  return out;
}

}  // namespace headrace::sql
