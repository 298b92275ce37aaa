#include "codegen/sql/table_files.h"

#include "codegen/sql/dialect_text.h"
#include "codegen/sql/duckdb_files.h"
#include "codegen/sql/source_columns.h"
#include "codegen/sql/table_layout.h"
#include "codegen/visible_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace headrace::sql {
namespace {

/// Whether each row's key and time can be named; without them there is no table.
bool has_sayable_rows(const TableInput& input, size_t source) {
  const PlanSource& definition = input.plan.sources[source];
  const std::vector<std::string>& keys = input.plan.entities[definition.entity].keys;
  return is_sayable(definition.event_time) &&
         std::all_of(keys.begin(), keys.end(), [](const std::string& key) { return is_sayable(key); });
}

std::string left_out(const PlanSource& source) {
  return comment_lines(
      fmt::format("{} is left out: not all of the name of its key or time would be seen.", source.name));
}

/// Events lie by day and key, so that a statement over some days reads no others.
std::string source_layout(const TableInput& input, const PlanSource& source) {
  return table_layout(input.dialect, input.names, input.plan.entities[source.entity],
                      input.names.column(source.event_time));
}

std::string create_table(const TableInput& input, size_t source) {
  const PlanSource& definition = input.plan.sources[source];
  const std::vector<SourceColumn> columns = source_columns(input, source);
  std::vector<std::string> lines;
  lines.reserve(columns.size() + 2);
  for (const SourceColumn& column : columns)
    lines.push_back(fmt::format("  {} {}", column.sql_name, column_type(input.dialect, column.type)));
  if (has_arrival_columns(input, source)) {
    lines.push_back(
        fmt::format("  {} {}", input.names.own("arrival_file"), column_type(input.dialect, ScalarType::kString)));
    lines.push_back(
        fmt::format("  {} {}", input.names.own("arrival_row"), column_type(input.dialect, ScalarType::kInt64)));
  }
  return fmt::format("CREATE TABLE IF NOT EXISTS {} (\n{}\n){};\n", input.names.source_table(definition.name),
                     fmt::join(lines, ",\n"), source_layout(input, definition));
}

std::string bigquery_load(const TableInput& input, size_t source) {
  const PlanSource& definition = input.plan.sources[source];
  const std::string table = input.names.source_table(definition.name);
  const BatchLocation location = location_of(definition);
  if (!location.path.starts_with("gs://"))
    return comment_lines(
        fmt::format("{} is read from {}, which BigQuery cannot see: copy it to Cloud Storage and load it from there.",
                    table, visible_line(location.path)));
  if (definition.unit) {
    return comment_lines(
        fmt::format("{} keeps its time as a number: load it into a table of its own and insert it from there with\n"
                    "TIMESTAMP_MICROS(..) as {}.",
                    table, definition.event_time));
  }
  // A folder is written with one wildcard there, which stands for any text, slashes too.
  std::string uri = glob_of(location);
  if (const size_t deep = uri.find("**/"); deep != std::string::npos) uri.erase(deep, 3);
  const std::string format = location.format == FileFormat::kParquet ? "PARQUET"
                             : location.format == FileFormat::kCsv   ? "CSV"
                                                                     : "NEWLINE_DELIMITED_JSON";
  std::string header = location.format == FileFormat::kCsv ? ", skip_leading_rows = 1" : "";
  if (location.format == FileFormat::kCsv && is_tab_separated(location.path)) header += ", field_delimiter = '\\t'";
  return fmt::format("LOAD DATA OVERWRITE {}{}\nFROM FILES (format = '{}'{}, uris = [{}]);\n", table,
                     source_layout(input, definition), format, header, string_literal(input.dialect, uri));
}

/// A stage for each source, because a stage has one URL; local files are put into it.
std::string snowflake_copy(const TableInput& input, size_t source) {
  const PlanSource& definition = input.plan.sources[source];
  const std::string table = input.names.source_table(definition.name);
  const BatchLocation location = location_of(definition);
  const std::string stage = definition.name + "_files";
  const bool is_csv = location.format == FileFormat::kCsv;
  std::string type = location.format == FileFormat::kParquet ? "PARQUET"
                     : is_csv                                ? "CSV SKIP_HEADER = 1 FIELD_OPTIONALLY_ENCLOSED_BY = '\"'"
                                                             : "JSON";
  if (is_csv && is_tab_separated(location.path)) type += " FIELD_DELIMITER = '\\t'";
  std::string out = comment_lines(
      fmt::format("Files of {} go into the stage, for instance with PUT; order of columns in CSV files is as below.",
                  visible_line(location.path)));
  out += fmt::format("CREATE STAGE IF NOT EXISTS {} FILE_FORMAT = (TYPE = {});\n", stage, type);
  std::vector<std::string> names, values;
  size_t position = 0;
  for (const SourceColumn& column : source_columns(input, source)) {
    const bool is_epoch = column.name == definition.event_time && definition.unit;
    const bool is_instant = column.type == ScalarType::kTimestamp && !is_epoch;
    // A cast to the type without zone would drop an offset.
    const std::string sql_type =
        is_instant ? "TIMESTAMP_TZ" : column_type(input.dialect, is_epoch ? ScalarType::kInt64 : column.type);
    std::string value = is_csv ? fmt::format("${}::{}", ++position, sql_type)
                               : fmt::format("{}::{}", snowflake_field(column.name), sql_type);
    if (is_epoch) {
      const int scale = 3 * static_cast<int>(*definition.unit);
      value = fmt::format("TO_TIMESTAMP_NTZ({}, {})", value, scale);
    }
    if (is_instant)
      value = fmt::format("CONVERT_TIMEZONE('UTC', {})::{}", value, column_type(input.dialect, column.type));
    names.push_back(column.sql_name);
    values.push_back(value);
  }
  if (has_arrival_columns(input, source)) {
    names.insert(names.end(), {input.names.own("arrival_file"), input.names.own("arrival_row")});
    values.insert(values.end(), {"METADATA$FILENAME", "METADATA$FILE_ROW_NUMBER"});
  }
  return out + fmt::format("COPY INTO {} ({})\nFROM (\n  SELECT {}\n  FROM @{}\n);\n", table, fmt::join(names, ", "),
                           fmt::join(values, ", "), stage);
}

}  // namespace

std::string table_definitions(const TableInput& input) {
  std::string out = "-- The tables that the statements read. Instants are in UTC.\n";
  for (size_t i = 0; i < input.plan.sources.size(); ++i) {
    if (!has_sayable_rows(input, i)) {
      out += "\n" + left_out(input.plan.sources[i]);
      continue;
    }
    out += "\n" + create_table(input, i);
  }
  return out;
}

std::string source_loads(const TableInput& input) {
  std::string out = input.dialect == SqlDialect::kDuckDb
                        ? "-- The sources' files as views; run it in the folder that their paths are relative to.\n"
                        : "-- Loads the sources' files into the tables of tables.sql.\n";
  if (input.dialect == SqlDialect::kDuckDb) out += duckdb_macros();
  if (input.dialect == SqlDialect::kSnowflake)
    out += "\n-- Times without an offset are UTC.\nALTER SESSION SET TIMEZONE = 'UTC';\n";

  for (size_t i = 0; i < input.plan.sources.size(); ++i) {
    const PlanSource& source = input.plan.sources[i];
    out += "\n";
    if (!has_sayable_rows(input, i)) {
      out += left_out(source);
      continue;
    }
    if (!source.batch) {
      out += comment_lines(fmt::format("{} has no `batch` location: fill its table.", source.name));
      continue;
    }
    switch (input.dialect) {
      case SqlDialect::kDuckDb: out += duckdb_view(input, i); break;
      case SqlDialect::kBigQuery: out += bigquery_load(input, i); break;
      case SqlDialect::kSnowflake: out += snowflake_copy(input, i); break;
    }
  }
  return out;
}

}  // namespace headrace::sql
