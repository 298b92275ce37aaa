#pragma once

/// How a table becomes bytes: Parquet, CSV or NDJSON.
///
/// A file is a head, then chunks of rows in order, then a tail. Chunks are encoded independently of each other and of
/// their place in the file (a chunk of Parquet is a row group), so several threads can work on one file. Equal rows in
/// equal chunks give equal bytes: nothing of the clock, the machine or the threads is in them.

#include "base/result.h"
#include "data/column.h"
#include "engine/sink.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

enum class TableFormat { kParquet, kCsv, kNdjson };

/// Of Parquet. Columns that a sample shows to be incompressible are stored plain under each of them.
enum class Compression { kNone, kSnappy, kLz4, kZstd };

/// "parquet", "csv", "ndjson": the word in definitions and manifests, and the file's extension.
std::string_view to_string(TableFormat format);
std::optional<TableFormat> table_format_from_string(std::string_view word);
/// By the extension: .parquet, .pq; .csv; .ndjson, .jsonl.
std::optional<TableFormat> table_format_of_path(std::string_view path);

std::string_view to_string(Compression compression);
std::optional<Compression> compression_from_string(std::string_view word);

struct TableOptions {
  TableFormat format = TableFormat::kParquet;
  Compression compression = Compression::kSnappy;
  /// Rows of a chunk; the last one of a file has fewer. A row group of Parquet.
  int64_t chunk_rows = 256 * 1024;
};

/// The columns of a table that is written.
struct TableSchema {
  std::vector<std::string> names;
  std::vector<Type> types;
  /// The first so many columns hold no nulls: keys and event time.
  size_t required_count = 0;
};

/// One encoded chunk. Owned by whoever encoded it until it is given to encode_tail.
struct EncodedChunk {
  int64_t rows = 0;
  std::string_view bytes;                   // kept alive by `owner`
  std::shared_ptr<const void> owner;        // shared with the library that made the bytes
  std::shared_ptr<const void> description;  // what the tail needs to know of the chunk
  int64_t size = 0;                         // bytes.size(), also after the bytes have been let go
};

/// Thread-safe: all functions are const and keep nothing.
class TableEncoder {
 public:
  virtual ~TableEncoder() = default;
  virtual std::string encode_head() const = 0;
  /// Encodes the rows of the batches, in order, as one chunk.
  /// REQUIRES: columns have the schema's types, required ones hold no nulls.
  virtual Result<EncodedChunk> encode_chunk(const std::vector<Batch>& rows) const = 0;
  /// `chunks` are those of the file in order; their bytes may have been let go.
  virtual Result<std::string> encode_tail(const std::vector<EncodedChunk>& chunks) const = 0;
};

std::unique_ptr<TableEncoder> make_table_encoder(const TableSchema& schema, const TableOptions& options);

}  // namespace headrace
