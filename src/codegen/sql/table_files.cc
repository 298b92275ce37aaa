#include "codegen/sql/table_files.h"

#include "codegen/sql/dialect_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace headrace::sql {
namespace {

struct Column {
  std::string name;  // as in the source
  std::string sql_name;
  ScalarType type = ScalarType::kString;
  bool is_declared = true;  // false: a key whose type no source tells
};

/// The source with all its columns: the plan names only those that it reads.
std::vector<Column> columns_of(const TableInput& input, size_t source) {
  const PlanSource& definition = input.plan.sources[source];
  const PlanEntity& entity = input.plan.entities[definition.entity];
  std::vector<Column> out;
  const auto add = [&](const std::string& name, ScalarType type, bool is_declared) {
    const auto same = [&](const Column& column) { return column.name == name; };
    if (std::none_of(out.begin(), out.end(), same)) out.push_back({name, input.names.column(name), type, is_declared});
  };
  for (size_t i = 0; i < entity.keys.size(); ++i) {
    const bool is_known = entity.key_types[i] != ScalarType::kNull;
    add(entity.keys[i], is_known ? entity.key_types[i] : ScalarType::kString, is_known);
  }
  add(definition.event_time, ScalarType::kTimestamp, true);
  for (const ColumnDefinition& column : definition.columns) add(column.name, column.type, true);
  if (definition.arrival) add(*definition.arrival, ScalarType::kInt64, true);
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
  return base + "**/*." + location.format + (location.format == "parquet" ? "" : "*");
}

/// A time in the files as a TIMESTAMP in UTC.
std::string duckdb_time(const PlanSource& source, const std::string& column) {
  if (!source.unit) return fmt::format("make_timestamp(epoch_us({}))", column);
  switch (*source.unit) {
    case TimeUnit::kSeconds: return fmt::format("make_timestamp({} * 1000000)", column);
    case TimeUnit::kMilliseconds: return fmt::format("make_timestamp({} * 1000)", column);
    case TimeUnit::kMicroseconds: return fmt::format("make_timestamp({})", column);
    case TimeUnit::kNanoseconds:
      return fmt::format("make_timestamp(({0} - (({0} % 1000) + 1000) % 1000) // 1000)", column);
  }
  return {};
}

std::string duckdb_reader(const TableInput& input, size_t source, const std::vector<Column>& columns) {
  const PlanSource& definition = input.plan.sources[source];
  const std::string path = string_literal(input.dialect, glob_of(location_of(definition)));
  if (location_of(definition).format == "parquet")
    return fmt::format("read_parquet({}, filename = true, file_row_number = true, hive_partitioning = false)", path);
  std::vector<std::string> types;
  for (const Column& column : columns) {
    if (!column.is_declared) continue;
    const bool is_epoch = column.name == definition.event_time && definition.unit;
    const std::string type = column_type(input.dialect, is_epoch ? ScalarType::kInt64 : column.type);
    types.push_back(fmt::format("{}: '{}'", string_literal(input.dialect, column.name), type));
  }
  if (location_of(definition).format == "csv") {
    return fmt::format("read_csv({}, header = true, filename = true, hive_partitioning = false,\n    types = {{{}}})",
                       path, fmt::join(types, ", "));
  }
  for (const Column& column : columns) {
    if (!column.is_declared) types.push_back(fmt::format("{}: 'VARCHAR'", string_literal(input.dialect, column.name)));
  }
  return fmt::format(
      "read_json({}, format = 'newline_delimited', filename = true, hive_partitioning = false,\n    columns = {{{}}})",
      path, fmt::join(types, ", "));
}

std::string duckdb_view(const TableInput& input, size_t source) {
  const PlanSource& definition = input.plan.sources[source];
  const std::vector<Column> columns = columns_of(input, source);
  const bool has_arrival = has_arrival_columns(input, source);
  std::vector<std::string> selected;
  for (const Column& column : columns) {
    const bool is_time = column.name == definition.event_time;
    if (is_time) {
      selected.push_back(fmt::format("{} AS {}", duckdb_time(definition, column.sql_name), column.sql_name));
    } else if (!column.is_declared) {
      selected.push_back(column.sql_name);
    } else if (column.type == ScalarType::kTimestamp) {
      selected.push_back(fmt::format("make_timestamp(epoch_us({0})) AS {0}", column.sql_name));
    } else {
      selected.push_back(
          fmt::format("CAST({0} AS {1}) AS {0}", column.sql_name, column_type(input.dialect, column.type)));
    }
  }
  if (has_arrival) {
    const bool is_parquet = location_of(definition).format == "parquet";
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
    return fmt::format(
        "-- {} is read from {}, which BigQuery cannot see: copy it to Cloud Storage and load it from there.\n", table,
        location.path);
  if (definition.unit) {
    return fmt::format(
        "-- {} keeps its time as a number: load it into a table of its own and insert it from there with\n"
        "-- TIMESTAMP_MICROS(..) as {}.\n",
        table, definition.event_time);
  }
  // A folder is written with one wildcard there, which stands for any text, slashes too.
  std::string uri = glob_of(location);
  if (const size_t deep = uri.find("**/"); deep != std::string::npos) uri.erase(deep, 3);
  const std::string format = location.format == "parquet" ? "PARQUET"
                             : location.format == "csv"   ? "CSV"
                                                          : "NEWLINE_DELIMITED_JSON";
  const std::string header = location.format == "csv" ? ", skip_leading_rows = 1" : "";
  return fmt::format("LOAD DATA OVERWRITE {}\nFROM FILES (format = '{}'{}, uris = [{}]);\n", table, format, header,
                     string_literal(input.dialect, uri));
}

/// A stage for each source, because a stage has one URL; local files are put into it.
std::string snowflake_copy(const TableInput& input, size_t source) {
  const PlanSource& definition = input.plan.sources[source];
  const std::string table = input.names.source_table(definition.name);
  const BatchLocation location = location_of(definition);
  const std::string stage = definition.name + "_files";
  const bool is_csv = location.format == "csv";
  const std::string type = location.format == "parquet" ? "PARQUET"
                           : is_csv                     ? "CSV SKIP_HEADER = 1 FIELD_OPTIONALLY_ENCLOSED_BY = '\"'"
                                                        : "JSON";
  std::string out = fmt::format(
      "-- Files of {} go into the stage, for instance with PUT; order of columns in CSV files is as below.\n",
      location.path);
  out += fmt::format("CREATE STAGE IF NOT EXISTS {} FILE_FORMAT = (TYPE = {});\n", stage, type);
  std::vector<std::string> names, values;
  size_t position = 0;
  for (const Column& column : columns_of(input, source)) {
    const bool is_epoch = column.name == definition.event_time && definition.unit;
    const std::string sql_type = column_type(input.dialect, is_epoch ? ScalarType::kInt64 : column.type);
    std::string value =
        is_csv ? fmt::format("${}::{}", ++position, sql_type) : fmt::format("$1:\"{}\"::{}", column.name, sql_type);
    if (is_epoch) {
      const int scale = 3 * static_cast<int>(*definition.unit);
      value = fmt::format("TO_TIMESTAMP_NTZ({}, {})", value, scale);
    }
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
    out += "\n" + create_table(input, table, columns_of(input, i), has_arrival_columns(input, i));
  }
  return out;
}

std::string source_loads(const TableInput& input) {
  std::string out = input.dialect == SqlDialect::kDuckDb
                        ? "-- The sources' files as views; run it in the folder that their paths are relative to.\n"
                        : "-- Loads the sources' files into the tables of tables.sql.\n";
  for (size_t i = 0; i < input.plan.sources.size(); ++i) {
    const PlanSource& source = input.plan.sources[i];
    out += "\n";
    if (!source.batch) {
      out += fmt::format("-- {} has no `batch` location: fill its table.\n", source.name);
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
