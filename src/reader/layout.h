#pragma once

/// A file of values as it lies in memory: what the one who writes it (values_file/) and those who read it agree on.
///
///   header | said by the writer | tables | schema | of each table: index, rows | heap
///
///   index   open addressing, probed one after the other: the high half of a key's hash, and its row
///   row     version, hash and key; then the cells of all features, twice
///   heap    keys and texts that are too long for their place; only ever added to
///
/// Rules for changing what others read at the same time, with one writer and no lock:
///   (1) A row's version counts its writes, from 2 on. The cells of version v are the first or the second copy, as v is even or
///       odd; the writer fills the other copy and then counts on. So a writer that is killed leaves every row whole, and a reader
///       that finds the version unchanged after it has copied the cells has those of one moment.
///   (2) A row is whole before the index has it; its key and its place stay. Bytes of the heap stay from before a cell names
///       them. Nothing is removed: what does not fit goes into a new file, which takes over the name.
///   (3) Words that change are stored with release and loaded with acquire, so that who sees a word sees all before it.
///
/// Each cell has a check over all of it, its row and its place, and so has each text: a changed byte is not answered as a
/// value. The header's check is over header, tables and schema, which never change.
///
/// Numbers are those of the machine (the header tells its byte order). Offsets count from the start of the file, those of
/// texts from the start of the heap. Every section begins at a multiple of 64.

#include "base/hash.h"
#include "reader/headrace_reader.h"

#include <cstring>
#include <string_view>

namespace headrace {

inline constexpr char kValuesMagic[8] = {'H', 'R', 'V', 'A', 'L', 'U', 'E', 'S'};
inline constexpr uint32_t kValuesLayout = 1;
inline constexpr uint32_t kValuesByteOrder = 0x01020304;
inline constexpr uint64_t kValuesAlignment = 64;
inline constexpr uint64_t kValuesTablesMax = 1 << 16;
inline constexpr uint64_t kValuesRowsMax = UINT32_MAX;
/// Places that are looked at for a key. The writer makes a larger index before one lies farther off.
inline constexpr uint64_t kValuesProbesMax = 128;
/// The row of entities that had no event; the index does not have it.
inline constexpr uint32_t kValuesRowOfNobody = 0;

/// Never changes.
struct ValuesFileHeader {
  char magic[8];
  uint32_t layout;
  uint32_t byte_order;
  uint64_t file_bytes;
  uint64_t generation;
  uint64_t hash_seed;
  int64_t created_us;
  int64_t refresh_us;
  uint64_t tables_offset, table_count;
  uint64_t schema_offset, schema_bytes;
  uint64_t heap_offset, heap_bytes;
  uint64_t check;  // of what stands before, the tables' fixed parts and the schema
};

/// Changed by the writer, on a line of the cache of its own.
struct ValuesFileState {
  uint64_t is_replaced;   // another file has the name
  int64_t current_to_us;  // all that was durable then is in the file
};
inline constexpr uint64_t kValuesStateOffset = 128;

struct ValuesTableHeader {
  // Fixed:
  uint64_t index_offset, index_entries;  // a power of two
  uint64_t rows_offset, rows_capacity, row_bytes;
  uint64_t features;
  uint64_t reserved[2];
  // Changed by the writer:
  int64_t watermark_us;
  uint64_t reserved_state[7];
};
inline constexpr uint64_t kValuesTableFixedBytes = 64;

/// Before the cells of a row.
struct ValuesRowHeader {
  static constexpr uint32_t kKeyBytesInline = 40;

  uint64_t version;  // 0: nothing was written
  uint64_t hash;
  uint32_t key_bytes;
  uint32_t reserved;
  union {
    char key[kKeyBytesInline];
    uint64_t key_offset;  // of a text, where the key is longer
  };
};

struct ValuesCell {
  static constexpr uint64_t kNull = 1;

  uint64_t value;  // bits of a double; an integer; 0 or 1; where a text is
  int64_t event_time;
  int64_t holds_until;
  uint64_t marks;  // the low half: kNull or 0; the high one: the check
};
inline constexpr uint64_t kValuesCellWords = 4;

/// Before the bytes of a text.
struct ValuesTextHeader {
  uint32_t bytes;
  uint32_t check;
};

static_assert(sizeof(ValuesFileHeader) <= kValuesStateOffset);
static_assert(sizeof(ValuesTableHeader) == 128);
static_assert(sizeof(ValuesRowHeader) == 64);
static_assert(sizeof(ValuesCell) == kValuesCellWords * sizeof(uint64_t));

inline constexpr uint64_t kValuesTablesOffset = 192;

constexpr uint64_t values_aligned(uint64_t offset) {
  return (offset + kValuesAlignment - 1) / kValuesAlignment * kValuesAlignment;
}

constexpr uint64_t values_row_bytes(uint64_t features) {
  return values_aligned(sizeof(ValuesRowHeader) + 2 * features * sizeof(ValuesCell));
}

/// Where the cells of a version begin in a row.
constexpr uint64_t values_cells_offset(uint64_t version, uint64_t features) {
  return sizeof(ValuesRowHeader) + (version & 1) * features * sizeof(ValuesCell);
}

inline uint64_t load_values_word(const void* word) {
  return __atomic_load_n(static_cast<const uint64_t*>(word), __ATOMIC_ACQUIRE);
}
inline void store_values_word(void* word, uint64_t value) {
  __atomic_store_n(static_cast<uint64_t*>(word), value, __ATOMIC_RELEASE);
}

/// Nobody who does not know the seed can make keys that lie close together.
inline uint64_t values_hash(std::string_view bytes, uint64_t seed) {
  uint64_t hash = mix64(seed ^ bytes.size());
  while (!bytes.empty()) {
    const size_t part = bytes.size() < sizeof(uint64_t) ? bytes.size() : sizeof(uint64_t);
    uint64_t word = 0;
    std::memcpy(&word, bytes.data(), part);
    hash = mix64(hash ^ word);
    bytes.remove_prefix(part);
  }
  return hash;
}

/// The mark of a cell with its check: each word times an odd number, so that a changed bit shows in the high half.
inline uint64_t values_marks(const ValuesCell& cell, uint64_t null, uint64_t row_hash, uint64_t feature) {
  const uint64_t place = row_hash + (feature * 2 + null) * 0x9e3779b97f4a7c15ULL;
  const uint64_t check = (cell.value + place) * 0xe7037ed1a0b428dbULL ^
                         static_cast<uint64_t>(cell.event_time) * 0xd6e8feb86659fd93ULL ^
                         static_cast<uint64_t>(cell.holds_until) * 0xa0761d6478bd642fULL;
  return (check >> 32 << 32) | null;
}

inline uint32_t values_text_check(std::string_view bytes) { return static_cast<uint32_t>(values_hash(bytes, 0)); }

/// The check of a file's header. REQUIRES: tables and schema lie in the file.
inline uint64_t values_header_check(const ValuesFileHeader& header, const char* file) {
  const auto part = [](const void* bytes, uint64_t size) {
    return std::string_view(static_cast<const char*>(bytes), size);
  };
  uint64_t check = values_hash(part(&header, offsetof(ValuesFileHeader, check)), 0);
  for (uint64_t table = 0; table < header.table_count; ++table) {
    const char* const fixed = file + header.tables_offset + table * sizeof(ValuesTableHeader);
    check = values_hash(part(fixed, kValuesTableFixedBytes), check);
  }
  return values_hash(part(file + header.schema_offset, header.schema_bytes), check);
}

}  // namespace headrace
