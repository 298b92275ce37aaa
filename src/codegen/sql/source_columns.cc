#include "codegen/sql/source_columns.h"

#include <algorithm>

namespace headrace::sql {

std::vector<SourceColumn> source_columns(const TableInput& input, size_t source) {
  const PlanSource& definition = input.plan.sources[source];
  const PlanEntity& entity = input.plan.entities[definition.entity];
  std::vector<SourceColumn> out;
  const auto add = [&](const std::string& name, ScalarType type, bool is_declared) {
    const auto same = [&](const SourceColumn& column) { return column.name == name; };
    if (!is_sayable(name) || std::any_of(out.begin(), out.end(), same)) return;
    out.push_back({name, input.names.column(name), type, is_declared});
  };

  for (size_t i = 0; i < entity.keys.size(); ++i) {
    const bool is_known = entity.key_types[i] != ScalarType::kNull;
    add(entity.keys[i], is_known ? entity.key_types[i] : ScalarType::kString, is_known);
  }
  add(definition.event_time, ScalarType::kTimestamp, true);
  for (const ColumnDefinition& column : definition.columns) add(column.name, column.type, true);
  for (const ColumnDefinition& column : definition.unread_columns) {
    const bool is_checked = std::any_of(definition.checks.begin(), definition.checks.end(),
                                        [&](const SourceCheck& check) { return check.column == column.name; });
    if (is_checked) add(column.name, column.type, true);
  }
  if (definition.arrival) add(*definition.arrival, ScalarType::kInt64, true);
  if (definition.identity) {
    const bool is_known = definition.identity->id_type != ScalarType::kNull;
    add(definition.identity->id, is_known ? definition.identity->id_type : ScalarType::kString, is_known);
    if (definition.identity->deleted) add(*definition.identity->deleted, ScalarType::kBool, true);
  }
  return out;
}

bool has_arrival_columns(const TableInput& input, size_t source) {
  return input.ordered_sources.contains(source) && !input.plan.sources[source].arrival &&
         input.dialect != SqlDialect::kBigQuery;
}

BatchLocation location_of(const PlanSource& source) { return source.batch.value_or(BatchLocation{}); }

std::string glob_of(const BatchLocation& location) {
  const size_t slash = location.path.rfind('/');
  const std::string last = slash == std::string::npos ? location.path : location.path.substr(slash + 1);
  const bool is_file = last.find('.') != std::string::npos || last.find('*') != std::string::npos;
  if (is_file) return location.path;
  const std::string base = location.path.ends_with('/') ? location.path : location.path + "/";
  return base + "**/*." + std::string(to_string(location.format)) +
         (location.format == FileFormat::kParquet ? "" : "*");
}

bool is_tab_separated(std::string_view path) {
  std::string name(path);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return name.ends_with(".tsv") || name.ends_with(".tsv.gz") || name.ends_with(".tsv.zst");
}

}  // namespace headrace::sql
