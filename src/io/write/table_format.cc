#include "io/write/table_format.h"

#include "io/write/parquet_encoder.h"
#include "io/write/text_encoder.h"

namespace headrace {

std::string_view to_string(TableFormat format) {
  switch (format) {
    case TableFormat::kParquet: return "parquet";
    case TableFormat::kCsv: return "csv";
    case TableFormat::kNdjson: return "ndjson";
  }
  return "";
}

std::optional<TableFormat> table_format_from_string(std::string_view word) {
  for (TableFormat format : {TableFormat::kParquet, TableFormat::kCsv, TableFormat::kNdjson}) {
    if (to_string(format) == word) return format;
  }
  return std::nullopt;
}

std::optional<TableFormat> table_format_of_path(std::string_view path) {
  const size_t name = path.rfind('/') + 1;  // 0 when there is no slash
  const size_t dot = path.rfind('.');
  if (dot == std::string_view::npos || dot < name) return std::nullopt;
  const std::string_view extension = path.substr(dot + 1);
  if (extension == "pq") return TableFormat::kParquet;
  if (extension == "jsonl") return TableFormat::kNdjson;
  return table_format_from_string(extension);
}

std::string_view to_string(Compression compression) {
  switch (compression) {
    case Compression::kNone: return "none";
    case Compression::kSnappy: return "snappy";
    case Compression::kLz4: return "lz4";
    case Compression::kZstd: return "zstd";
  }
  return "";
}

std::optional<Compression> compression_from_string(std::string_view word) {
  for (Compression c : {Compression::kNone, Compression::kSnappy, Compression::kLz4, Compression::kZstd}) {
    if (to_string(c) == word) return c;
  }
  return std::nullopt;
}

std::unique_ptr<TableEncoder> make_table_encoder(const TableSchema& schema, const TableOptions& options) {
  CHECK_EQ(schema.names.size(), schema.types.size());
  CHECK_LE(schema.required_count, schema.names.size());
  switch (options.format) {
    case TableFormat::kParquet: return make_parquet_encoder(schema, options.compression);
    case TableFormat::kCsv: return make_csv_encoder(schema);
    case TableFormat::kNdjson: return make_ndjson_encoder(schema);
  }
  return nullptr;
}

}  // namespace headrace
