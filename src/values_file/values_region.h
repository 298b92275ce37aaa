#pragma once

/// One file of values while it is written: made with room for so many rows and texts, and changed by one writer under the
/// eyes of readers, by the rules of reader/layout.h. What does not fit is refused, and belongs into a larger file.
///
/// Internal to values_file. Not thread-safe.

#include "base/result.h"
#include "data/time.h"
#include "reader/layout.h"
#include "reader/values_schema.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace headrace {

/// A value with what is told of it.
struct ValuesItem {
  bool is_null = true;
  uint64_t bits = 0;      // of everything but texts and lists
  std::string_view text;  // of those
  int64_t event_time = HEADRACE_NO_TIME;
  int64_t holds_until = HEADRACE_NO_END;
};

inline constexpr uint64_t kValuesHeapBytesMin = 1 << 16;

struct ValuesSizes {
  std::vector<uint64_t> rows;  // by table, with that of entities without events
  uint64_t heap_bytes = 0;
};

/// What is the same in a file and the larger one that takes its place.
struct ValuesTitle {
  std::vector<ValuesEntity> entities;
  Duration refresh;
  EventTime created;
};

class ValuesRegion {
 public:
  /// Makes the file, which is not there yet; all its room is taken from the disk now. The file goes with the region unless it
  /// is renamed first.
  static Result<std::unique_ptr<ValuesRegion>> create(const std::string& path, const ValuesTitle& title,
                                                      const ValuesSizes& sizes);
  ~ValuesRegion();
  ValuesRegion(const ValuesRegion&) = delete;
  ValuesRegion& operator=(const ValuesRegion&) = delete;

  /// What has no room for more.
  enum class Full { kNothing, kRows, kHeap };

  /// Writes the row of a key, or of entities without events for an empty one. Where something is full, all is as it was.
  /// REQUIRES: an item for each feature of the table.
  Full put(size_t table, std::string_view key, std::span<const ValuesItem> items);
  /// All rows of a region with the same entities; false: they do not fit.
  bool copy_rows(const ValuesRegion& other);

  void set_current_to(int64_t us);
  void set_watermark(size_t table, int64_t us);
  /// Tells readers that another file has the name.
  void set_replaced();

  /// Puts the file in place of another one.
  Status rename_to(const std::string& path);
  bool is_at(const std::string& path) const;

  uint64_t rows(size_t table) const { return tables_[table].rows_used; }
  uint64_t file_bytes() const { return bytes_; }
  /// Room for what is here, and for more of what is full; `bytes`: of a row's texts, which shall fit too.
  ValuesSizes larger(size_t table, Full full, uint64_t bytes) const;
  /// How much of the heap a row may take.
  static uint64_t heap_bytes_of(std::string_view key, std::span<const ValuesItem> items);

 private:
  struct Table {
    char* place = nullptr;  // of its header
    char* index = nullptr;
    char* rows = nullptr;
    uint64_t index_entries = 0, rows_capacity = 0, rows_used = 0;
    uint64_t row_bytes = 0, features = 0;
    std::vector<bool> has_text;  // by feature
  };
  struct Place {
    char* row = nullptr;          // null: the key is not there
    char* index_entry = nullptr;  // for a new row; null: none is near enough
  };

  ValuesRegion(std::string path, const ValuesTitle& title) : path_(std::move(path)), entities_(title.entities) {}
  Status map(const ValuesTitle& title, const ValuesSizes& sizes);
  Place find(const Table& table, std::string_view key, uint64_t hash) const;
  std::string_view key_of(const char* row) const;
  std::string_view text_at(uint64_t offset) const;
  uint64_t add_text(std::string_view text);
  uint64_t text_of(std::string_view text, const ValuesCell& before);
  void write_cells(const Table& table, char* row, uint64_t hash, std::span<const ValuesItem> items);

  std::string path_;  // empty: renamed
  const std::vector<ValuesEntity> entities_;
  char* file_ = nullptr;
  uint64_t bytes_ = 0;
  uint64_t device_ = 0, inode_ = 0;
  uint64_t hash_seed_ = 0;
  char* heap_ = nullptr;
  uint64_t heap_bytes_ = 0, heap_used_ = 0;
  std::vector<Table> tables_;
  std::unordered_map<std::string, uint64_t> texts_;  // some that are in the heap
};

}  // namespace headrace
