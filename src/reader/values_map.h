#pragma once

/// A file of values, mapped to be read. Whatever bytes it has, and however they change meanwhile: what is read lies in the
/// file, and what does not fit is damaged. What never changes is copied and checked when it is opened.
///
/// Not for files that others cut short while they are mapped: see headrace_reader.h.
///
/// Thread-safe.

#include "reader/layout.h"
#include "reader/values_schema.h"

#include <sys/types.h>

#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace headrace {

class ValuesMap {
 public:
  static headrace_status open(const char* path, std::unique_ptr<ValuesMap>& map);
  ~ValuesMap();
  ValuesMap(const ValuesMap&) = delete;
  ValuesMap& operator=(const ValuesMap&) = delete;

  const std::vector<ValuesEntity>& entities() const { return entities_; }
  uint64_t generation() const { return header_.generation; }
  int64_t created_us() const { return header_.created_us; }
  int64_t refresh_us() const { return header_.refresh_us; }

  bool is_replaced() const;
  int64_t current_to_us() const;
  int64_t watermark_us(size_t entity) const;
  /// Whether the path names this very file.
  bool is_at(const char* path) const;

  /// The row of a key, as append_values_key() writes it; kValuesRowOfNobody where there is none.
  headrace_status find(size_t entity, std::string_view key, uint32_t& row) const;
  /// The cells of some features of a row, all of one version, whole by their checks. `cells` is as long as `features`.
  headrace_status read(size_t entity, uint32_t row, std::span<const uint32_t> features,
                       std::span<ValuesCell> cells) const;
  headrace_status text(uint64_t offset, std::string_view& text) const;

 private:
  struct Table {
    const char* index;
    uint64_t index_mask;
    const char* rows;
    uint64_t rows_capacity, row_bytes, features;
    const char* watermark;
  };

  ValuesMap(const char* file, size_t bytes, dev_t device, ino_t inode)
      : file_(file), bytes_(bytes), device_(device), inode_(inode) {}
  headrace_status check();
  headrace_status check_header() const;
  bool take_table(const ValuesTableHeader& header, const char* place, size_t features);
  bool has(uint64_t offset, uint64_t bytes) const;
  const char* row_at(const Table& table, uint32_t row) const { return table.rows + row * table.row_bytes; }
  headrace_status has_key(const char* row, uint64_t hash, std::string_view key, bool& is_it) const;

  const char* const file_;
  const size_t bytes_;
  const dev_t device_;
  const ino_t inode_;
  ValuesFileHeader header_{};
  std::vector<ValuesEntity> entities_;
  std::vector<Table> tables_;
};

}  // namespace headrace
