#include "codegen/sql/duckdb_files.h"

#include "codegen/sql/dialect_text.h"
#include "codegen/sql/duckdb_folders.h"
#include "codegen/sql/duckdb_text.h"
#include "codegen/sql/source_columns.h"
#include "codegen/sql/sql_templates.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace headrace::sql {
namespace {

/// A point in time of a column: text of the source's own form, or what utc_instant() reads.
std::string duckdb_instant(const PlanSource& source, const std::string& column) {
  const bool has_form = !location_of(source).text.time_format.empty();
  return fmt::format("{}({})", has_form ? time_macro_name(source) : "utc_instant", column);
}

/// A time in the files as a TIMESTAMP in UTC. `column` is a number, or its text, where the source has a unit.
std::string duckdb_time(const PlanSource& source, const std::string& written) {
  if (!source.unit) return duckdb_instant(source, written);
  const bool has_comma = location_of(source).text.decimal != '.';
  const std::string column = has_comma ? fmt::format("with_point({})", written) : written;
  switch (*source.unit) {
    case TimeUnit::kSeconds: return fmt::format("utc_epoch({}, 1000000)", column);
    case TimeUnit::kMilliseconds: return fmt::format("utc_epoch({}, 1000)", column);
    case TimeUnit::kMicroseconds: return fmt::format("utc_epoch({}, 1)", column);
    case TimeUnit::kNanoseconds: return fmt::format("utc_epoch({}, 0.001)", column);
  }
  return {};
}

/// Of the files that the engine reads; of all that the location's pattern matches where they were not there.
class Reader {
 public:
  Reader(const TableInput& input, size_t source)
      : input_(input), definition_(input.plan.sources[source]), location_(location_of(definition_)) {
    const auto found = input.files.find(definition_.name);
    if (found != input.files.end()) files_ = &found->second;
  }

  /// What follows FROM.
  std::string text(const std::vector<SourceColumn>& columns) const {
    std::vector<std::string> tabs, others;
    if (files_ == nullptr) return call(literal_of(glob_of(location_)), is_tab_separated(location_.path), columns);
    for (const std::string& path : files_->paths)
      (is_tab_separated(path) ? tabs : others).push_back(literal_of(without_wildcards(path)));
    const auto list = [](const std::vector<std::string>& paths) {
      return fmt::format("[\n    {}]", fmt::join(paths, ",\n    "));
    };
    if (location_.format != FileFormat::kCsv || location_.text.delimiter != 0 || tabs.empty()) {
      others.insert(others.end(), tabs.begin(), tabs.end());
      return call(list(others), false, columns);
    }
    if (others.empty()) return call(list(tabs), true, columns);
    return fmt::format("(FROM {} UNION ALL BY NAME FROM {})", call(list(others), false, columns),
                       call(list(tabs), true, columns));
  }

  /// Fails where files have come to the folder, or gone from it, since the list was made; empty where that is not known.
  std::string guard() const {
    if (files_ == nullptr || files_->in_folder == 0) return {};
    std::string base = location_.path;
    while (base.size() > 1 && base.ends_with('/')) base.pop_back();
    const char* const extensions = location_.format == FileFormat::kParquet ? "(parquet|pq|parq)"
                                   : location_.format == FileFormat::kCsv   ? "(csv|tsv)(\\.(gz|zst))?"
                                                                            : "(ndjson|jsonl|json)(\\.(gz|zst))?";
    return fmt::format(
        "\nWHERE (\n  SELECT CASE WHEN count(*) = {} THEN true\n    ELSE error({} || count(*) || {}) END\n"
        "  FROM glob({})\n  WHERE regexp_full_match(lower(file), '(.|\\n)*\\.{}')\n"
        "    AND NOT regexp_matches(substr(file, {}), '(^|/)[._]'))",
        files_->in_folder, literal_of(fmt::format("{} has ", base)),
        literal_of(fmt::format(" files and not {}: generate the SQL again", files_->in_folder)),
        literal_of(without_wildcards(base) + "/**"), extensions, code_points(base) + 2);
  }

 private:
  std::string literal_of(const std::string& text) const { return string_literal(input_.dialect, text); }

  /// A path that stands for itself only.
  static std::string without_wildcards(const std::string& path) {
    std::string escaped;
    for (const char c : path) {
      const bool is_wildcard = c == '*' || c == '?' || c == '[';
      escaped += is_wildcard ? fmt::format("[{}]", c) : std::string(1, c);
    }
    return escaped;
  }

  static int64_t code_points(const std::string& text) {
    return std::count_if(text.begin(), text.end(),
                         [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  }

  /// Nothing is left to DuckDB's guesses: fields of CSV files are text, those of JSON have the types of the columns.
  std::string call(const std::string& paths, bool has_tabs, const std::vector<SourceColumn>& columns) const {
    switch (location_.format) {
      case FileFormat::kParquet:
        return fmt::format(
            "read_parquet({}, filename = true, file_row_number = true, hive_partitioning = false,\n"
            "    union_by_name = true)",
            paths);
      case FileFormat::kCsv:
        return fmt::format(
            "read_csv({}, {}, skip = 0,\n"
            "    comment = '', all_varchar = true, nullstr = '', allow_quoted_nulls = false, union_by_name = true,\n"
            "    filename = true, hive_partitioning = false)",
            paths, csv_form_options(location_.text, has_tabs));
      case FileFormat::kNdjson: break;
    }

    std::vector<std::string> types;
    for (const SourceColumn& column : columns) {
      if (!is_outside_files(input_, definition_, column.name))
        types.push_back(fmt::format("{}: '{}'", literal_of(column.name), json_type(column)));
    }
    return fmt::format(
        "read_json({}, format = 'newline_delimited', filename = true, hive_partitioning = false,\n"
        "    columns = {{{}}})",
        paths, fmt::join(types, ", "));
  }

  /// Integers are taken as they are written, so that none is rounded.
  std::string json_type(const SourceColumn& column) const {
    const bool is_epoch = column.name == definition_.event_time && definition_.unit;
    if (is_epoch || (column.is_declared && column.type == ScalarType::kInt64)) return "JSON";
    const bool is_text = !column.is_declared || column.type == ScalarType::kTimestamp;
    return column_type(input_.dialect, is_text ? ScalarType::kString : column.type);
  }

  const TableInput& input_;
  const PlanSource& definition_;
  const BatchLocation location_;
  const SourceFiles* files_ = nullptr;
};

/// Whether a row without the column's value is none.
bool is_needed(const TableInput& input, const PlanSource& source, const std::string& column) {
  const std::vector<std::string>& keys = input.plan.entities[source.entity].keys;
  return column == source.event_time || column == source.arrival ||
         std::find(keys.begin(), keys.end(), column) != keys.end();
}

/// A text that must have a value, as folders and constants do where they have a text.
std::string certain(const std::string& text, const std::string& value) {
  return fmt::format("certain({}, {})", text, value);
}

/// A column of the files as the table has it. Quoted nothing in CSV is a text only where the column is one.
std::string view_column(const TableInput& input, const PlanSource& source, const SourceColumn& column) {
  const bool is_outside = is_outside_files(input, source, column.name);
  const bool is_csv = location_of(source).format == FileFormat::kCsv && !is_outside;
  const bool is_text = is_csv || is_outside;
  const bool is_time = column.name == source.event_time;
  const bool has_comma = is_csv && location_of(source).text.decimal != '.';
  const std::string name = is_outside ? outside_text(input, source, column.name)
                           : is_csv   ? without_null_words(location_of(source).text, column.sql_name)
                                      : column.sql_name;
  if (!column.is_declared) return name;
  const std::string read = is_csv && column.type != ScalarType::kString ? fmt::format("nullif({}, '')", name) : name;
  if (is_outside && is_time && !source.unit) return fmt::format("utc_instant({})", read);
  if (is_time) return duckdb_time(source, read);

  switch (column.type) {
    case ScalarType::kTimestamp:
      return is_outside ? fmt::format("utc_instant({})", read) : duckdb_instant(source, read);
    case ScalarType::kInt64:
      return fmt::format("{}({})", is_needed(input, source, column.name) ? "needed_integer" : "whole_integer", read);
    case ScalarType::kDouble:
      if (is_text) return fmt::format("{}({})", has_comma ? "comma_double" : "plain_double", read);
      break;
    case ScalarType::kBool:
      if (is_text) return fmt::format("plain_bool({})", read);
      break;
    case ScalarType::kString:
    case ScalarType::kDuration:
    case ScalarType::kNull: break;
  }
  return fmt::format("CAST({} AS {})", read, column_type(input.dialect, column.type));
}

}  // namespace

/// DuckDB's casts of text to TIMESTAMP drop an offset, and those to TIMESTAMPTZ take the session's zone without one.
std::string_view duckdb_macros() { return text_of(sql_templates(), "duckdb/readers.sql.in"); }

std::string duckdb_view(const TableInput& input, size_t source) {
  const PlanSource& definition = input.plan.sources[source];
  const std::vector<SourceColumn> columns = source_columns(input, source);
  std::vector<std::string> selected;
  for (const SourceColumn& column : columns) {
    const bool is_outside = is_outside_files(input, definition, column.name);
    std::string text = view_column(input, definition, column);
    if (is_outside && column.is_declared && column.type != ScalarType::kString)
      text = certain(outside_text(input, definition, column.name), text);
    selected.push_back(text == column.sql_name ? text : fmt::format("{} AS {}", text, column.sql_name));
  }
  if (has_arrival_columns(input, source)) {
    const bool is_parquet = location_of(definition).format == FileFormat::kParquet;
    selected.push_back(fmt::format("filename AS {}", input.names.own("arrival_file")));
    selected.push_back(fmt::format("{} AS {}", is_parquet ? "file_row_number" : "row_number() OVER ()",
                                   input.names.own("arrival_row")));
  }
  const Reader reader(input, source);
  return time_macro(definition) + folder_macros(input, definition) +
         fmt::format("CREATE OR REPLACE VIEW {} AS\nSELECT\n  {}\nFROM {}{};\n",
                     input.names.source_table(definition.name), fmt::join(selected, ",\n  "), reader.text(columns),
                     reader.guard());
}

}  // namespace headrace::sql
