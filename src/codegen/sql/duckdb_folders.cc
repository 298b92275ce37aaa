#include "codegen/sql/duckdb_folders.h"

#include "codegen/sql/dialect_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>

namespace headrace::sql {
namespace {

using FolderValues = std::vector<std::optional<std::string>>;

std::string literal_or_null(const std::optional<std::string>& text) {
  return text ? string_literal(SqlDialect::kDuckDb, *text) : "CAST(NULL AS VARCHAR)";
}

/// Whether all files have the same value.
bool are_equal(const FolderValues& values) {
  return std::all_of(values.begin(), values.end(), [&](const auto& value) { return value == values[0]; });
}

/// The macro that has the value of each file, by the column's place.
std::string folder_macro_name(const PlanSource& source, int64_t place) {
  return fmt::format("folders_of_{}_{}", source.name, place + 1);
}

}  // namespace

bool is_outside_files(const TableInput& input, const PlanSource& source, const std::string& column) {
  const auto found = input.files.find(source.name);
  if (found == input.files.end()) return source.batch->constants.contains(column);
  return found->second.folder_columns.contains(column);
}

std::string outside_text(const TableInput& input, const PlanSource& source, const std::string& column) {
  const auto found = input.files.find(source.name);
  if (found == input.files.end()) return literal_or_null(source.batch->constants.at(column));
  const auto& columns = found->second.folder_columns;
  const auto place = columns.find(column);
  if (are_equal(place->second)) return literal_or_null(place->second[0]);
  return fmt::format("folder_value({}(), filename)", folder_macro_name(source, std::distance(columns.begin(), place)));
}

std::string folder_macros(const TableInput& input, const PlanSource& source) {
  const auto found = input.files.find(source.name);
  if (found == input.files.end()) return {};
  std::string out;
  int64_t place = 0;
  for (const auto& [column, values] : found->second.folder_columns) {
    const std::string name = folder_macro_name(source, place++);
    if (are_equal(values)) continue;
    std::vector<std::string> entries;
    for (size_t i = 0; i < values.size(); ++i) {
      const std::string file = string_literal(input.dialect, found->second.paths[i]);
      entries.push_back(fmt::format("{}: {}", file, literal_or_null(values[i])));
    }
    out += fmt::format("CREATE OR REPLACE MACRO {}() AS MAP {{\n  {}}};\n\n", name, fmt::join(entries, ",\n  "));
  }
  return out;
}

}  // namespace headrace::sql
