#include "codegen/sql/table_files.h"

#include "codegen/sql/dialect_text.h"
#include "codegen/visible_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace headrace::sql {
namespace {

struct Column {
  std::string name;  // as in the source
  std::string sql_name;
  ScalarType type = ScalarType::kString;
  bool is_declared = true;  // false: a key or an id whose type no source tells
};

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

/// The source with all its columns: the plan names only those that it reads. Columns that cannot be named are left out,
/// with the features that read them.
std::vector<Column> columns_of(const TableInput& input, size_t source) {
  const PlanSource& definition = input.plan.sources[source];
  const PlanEntity& entity = input.plan.entities[definition.entity];
  std::vector<Column> out;
  const auto add = [&](const std::string& name, ScalarType type, bool is_declared) {
    const auto same = [&](const Column& column) { return column.name == name; };
    if (!is_sayable(name) || std::any_of(out.begin(), out.end(), same)) return;
    out.push_back({name, input.names.column(name), type, is_declared});
  };
  for (size_t i = 0; i < entity.keys.size(); ++i) {
    const bool is_known = entity.key_types[i] != ScalarType::kNull;
    add(entity.keys[i], is_known ? entity.key_types[i] : ScalarType::kString, is_known);
  }
  add(definition.event_time, ScalarType::kTimestamp, true);
  for (const ColumnDefinition& column : definition.columns) add(column.name, column.type, true);
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

std::string create_table(const TableInput& input, const std::string& table, const std::vector<Column>& columns,
                         bool has_arrival) {
  std::vector<std::string> lines;
  lines.reserve(columns.size() + 2);
  for (const Column& column : columns)
    lines.push_back(fmt::format("  {} {}", column.sql_name, column_type(input.dialect, column.type)));
  if (has_arrival) {
    lines.push_back(
        fmt::format("  {} {}", input.names.own("arrival_file"), column_type(input.dialect, ScalarType::kString)));
    lines.push_back(
        fmt::format("  {} {}", input.names.own("arrival_row"), column_type(input.dialect, ScalarType::kInt64)));
  }
  return fmt::format("CREATE TABLE IF NOT EXISTS {} (\n{}\n);\n", table, fmt::join(lines, ",\n"));
}

/// REQUIRES: the source has a location.
BatchLocation location_of(const PlanSource& source) { return source.batch.value_or(BatchLocation{}); }

/// The glob of a location's files: a folder stands for the files of its format below it.
std::string glob_of(const BatchLocation& location) {
  const size_t slash = location.path.rfind('/');
  const std::string last = slash == std::string::npos ? location.path : location.path.substr(slash + 1);
  const bool is_file = last.find('.') != std::string::npos || last.find('*') != std::string::npos;
  if (is_file) return location.path;
  const std::string base = location.path.ends_with('/') ? location.path : location.path + "/";
  return base + "**/*." + std::string(to_string(location.format)) +
         (location.format == FileFormat::kParquet ? "" : "*");
}

/// DuckDB's casts of text to TIMESTAMP drop an offset, and those to TIMESTAMPTZ take the session's zone without one.
constexpr std::string_view kInstantMacro = R"sql(
-- A time of any type, or RFC 3339 text, as a TIMESTAMP in UTC whatever the session's zone; without an offset it is UTC.
-- Digits past microseconds are cut off.
CREATE OR REPLACE MACRO utc_instant(x) AS CASE
  WHEN typeof(x) LIKE '%TZ_NS' THEN make_timestamp(epoch_us(CAST(CAST(x AS VARCHAR) AS TIMESTAMPTZ)))
  WHEN typeof(x) LIKE '%_NS'
    THEN make_timestamp((epoch_ns(CAST(x AS TIMESTAMP_NS))
      - (epoch_ns(CAST(x AS TIMESTAMP_NS)) % 1000 + 1000) % 1000) // 1000)
  WHEN typeof(x) LIKE '%TIME ZONE' THEN make_timestamp(epoch_us(CAST(x AS TIMESTAMPTZ)))
  WHEN typeof(x) <> 'VARCHAR' THEN CAST(x AS TIMESTAMP)
  WHEN NOT regexp_full_match(trim(CAST(x AS VARCHAR)),
    '\d{4}-\d\d-\d\d([Tt ]([01]\d|2[0-3]):\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d(:?\d\d)?)?)?')
    THEN error('not a timestamp: ' || CAST(x AS VARCHAR))
  WHEN regexp_matches(trim(CAST(x AS VARCHAR)), ':.*[Zz+-]')
    THEN make_timestamp(epoch_us(CAST(upper(trim(CAST(x AS VARCHAR))) AS TIMESTAMPTZ)))
  ELSE CAST(upper(trim(CAST(x AS VARCHAR))) AS TIMESTAMP)
END;
)sql";

/// A time in the files as a TIMESTAMP in UTC. `column` is a number where the source has a unit.
std::string duckdb_time(const PlanSource& source, const std::string& column) {
  if (!source.unit) return fmt::format("utc_instant({})", column);
  switch (*source.unit) {
    case TimeUnit::kSeconds: return fmt::format("make_timestamp({} * 1000000)", column);
    case TimeUnit::kMilliseconds: return fmt::format("make_timestamp({} * 1000)", column);
    case TimeUnit::kMicroseconds: return fmt::format("make_timestamp({})", column);
    case TimeUnit::kNanoseconds:
      return fmt::format("make_timestamp(({0} - (({0} % 1000) + 1000) % 1000) // 1000)", column);
  }
  return {};
}

bool is_tab_separated(const BatchLocation& location) {
  const std::string& path = location.path;
  return path.ends_with(".tsv") || path.ends_with(".tsv.gz") || path.ends_with(".tsv.zst");
}

/// Nothing is left to DuckDB's guesses: fields of CSV files are text, those of JSON have the types of the columns.
std::string duckdb_reader(const TableInput& input, size_t source, const std::vector<Column>& columns) {
  const PlanSource& definition = input.plan.sources[source];
  const BatchLocation location = location_of(definition);
  const std::string path = string_literal(input.dialect, glob_of(location));
  if (location.format == FileFormat::kParquet)
    return fmt::format(
        "read_parquet({}, filename = true, file_row_number = true, hive_partitioning = false,\n    union_by_name = "
        "true)",
        path);

  if (location.format == FileFormat::kCsv) {
    return fmt::format(
        "read_csv({}, delim = '{}', quote = '\"', escape = '\"', header = true, skip = 0,\n"
        "    comment = '', all_varchar = true, nullstr = '', allow_quoted_nulls = false, union_by_name = true,\n"
        "    filename = true, hive_partitioning = false)",
        path, is_tab_separated(location) ? "\\t" : ",");
  }

  std::vector<std::string> types;
  for (const Column& column : columns) {
    const bool is_epoch = column.name == definition.event_time && definition.unit;
    const bool is_text = !is_epoch && (!column.is_declared || column.type == ScalarType::kTimestamp);
    const ScalarType type = is_epoch ? ScalarType::kInt64 : is_text ? ScalarType::kString : column.type;
    types.push_back(
        fmt::format("{}: '{}'", string_literal(input.dialect, column.name), column_type(input.dialect, type)));
  }
  return fmt::format(
      "read_json({}, format = 'newline_delimited', filename = true, hive_partitioning = false,\n    columns = {{{}}})",
      path, fmt::join(types, ", "));
}

/// A column of the files as the table has it. Quoted nothing in CSV is a text only where the column is one.
std::string duckdb_column(const TableInput& input, const PlanSource& source, const Column& column) {
  const bool is_csv = location_of(source).format == FileFormat::kCsv;
  const bool is_time = column.name == source.event_time;
  const std::string& name = column.sql_name;
  if (!column.is_declared) return name;
  const std::string read = is_csv && column.type != ScalarType::kString ? fmt::format("nullif({}, '')", name) : name;
  if (is_time) return duckdb_time(source, is_csv && source.unit ? fmt::format("CAST({} AS BIGINT)", read) : read);
  if (column.type == ScalarType::kTimestamp) return fmt::format("utc_instant({})", read);
  return fmt::format("CAST({} AS {})", read, column_type(input.dialect, column.type));
}

std::string duckdb_view(const TableInput& input, size_t source) {
  const PlanSource& definition = input.plan.sources[source];
  const std::vector<Column> columns = columns_of(input, source);
  const bool has_arrival = has_arrival_columns(input, source);
  std::vector<std::string> selected;
  for (const Column& column : columns) {
    const std::string text = duckdb_column(input, definition, column);
    selected.push_back(text == column.sql_name ? text : fmt::format("{} AS {}", text, column.sql_name));
  }
  if (has_arrival) {
    const bool is_parquet = location_of(definition).format == FileFormat::kParquet;
    selected.push_back(fmt::format("filename AS {}", input.names.own("arrival_file")));
    selected.push_back(fmt::format("{} AS {}", is_parquet ? "file_row_number" : "row_number() OVER ()",
                                   input.names.own("arrival_row")));
  }
  return fmt::format("CREATE OR REPLACE VIEW {} AS\nSELECT\n  {}\nFROM {};\n",
                     input.names.source_table(definition.name), fmt::join(selected, ",\n  "),
                     duckdb_reader(input, source, columns));
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
  if (location.format == FileFormat::kCsv && is_tab_separated(location)) header += ", field_delimiter = '\\t'";
  return fmt::format("LOAD DATA OVERWRITE {}\nFROM FILES (format = '{}'{}, uris = [{}]);\n", table, format, header,
                     string_literal(input.dialect, uri));
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
  if (is_csv && is_tab_separated(location)) type += " FIELD_DELIMITER = '\\t'";
  std::string out = comment_lines(
      fmt::format("Files of {} go into the stage, for instance with PUT; order of columns in CSV files is as below.",
                  visible_line(location.path)));
  out += fmt::format("CREATE STAGE IF NOT EXISTS {} FILE_FORMAT = (TYPE = {});\n", stage, type);
  std::vector<std::string> names, values;
  size_t position = 0;
  for (const Column& column : columns_of(input, source)) {
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
    const std::string table = input.names.source_table(input.plan.sources[i].name);
    if (!has_sayable_rows(input, i)) {
      out += "\n" + left_out(input.plan.sources[i]);
      continue;
    }
    out += "\n" + create_table(input, table, columns_of(input, i), has_arrival_columns(input, i));
  }
  return out;
}

std::string source_loads(const TableInput& input) {
  std::string out = input.dialect == SqlDialect::kDuckDb
                        ? "-- The sources' files as views; run it in the folder that their paths are relative to.\n"
                        : "-- Loads the sources' files into the tables of tables.sql.\n";
  if (input.dialect == SqlDialect::kDuckDb) out += kInstantMacro;
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
