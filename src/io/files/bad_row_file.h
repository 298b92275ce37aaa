#pragma once

/// The file into which bad rows are set aside, so that they can be repaired and read again.
///
/// Written anew in each run: CSV with the columns source, file, row, line, column, problem, effect, value, record; or
/// one JSON object a line when its name ends in .ndjson, .jsonl or .json. `effect` says what became of it: "row left
/// out" or "cell is null". `record` is the whole row, byte by byte as it stands in its file without its line end; of
/// Parquet as a JSON object. In JSON a record that is no UTF-8 is `record_base64`. Rows are in order of source, file and
/// row as long as they fit into kPendingMax rows and kPendingBytesMax; beyond that, sorted runs follow each other.

#include "base/result.h"
#include "io/files/bad_rows.h"

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace headrace {

/// Not thread-safe.
class BadRowFile {
 public:
  static constexpr size_t kPendingMax = 50'000;
  static constexpr size_t kPendingBytesMax = size_t{64} << 20;

  static Result<std::unique_ptr<BadRowFile>> create(const std::string& path);
  ~BadRowFile();

  Status add(const std::string& source, const BadRow& row);
  /// Writes what is still in memory.
  Status finish() { return write_pending(); }

 private:
  struct Pending {
    std::string source;
    BadRow row;
  };

  explicit BadRowFile(std::string path) : path_(std::move(path)) {}
  Status write(const std::string& text);
  Status write_pending();

  const std::string path_;
  bool is_json_ = false;
  std::FILE* handle_ = nullptr;
  std::vector<Pending> pending_;
  size_t pending_bytes_ = 0;
};

}  // namespace headrace
