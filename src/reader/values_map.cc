#include "reader/values_map.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

namespace headrace {
namespace {

/// How often a row may change while it is read; one write takes longer than one read.
constexpr int kTriesMax = 256;

headrace_status status_of_open(int code) {
  if (code == ENOENT || code == ENOTDIR) return HEADRACE_NO_FILE;
  return code == ENOMEM ? HEADRACE_NO_MEMORY : HEADRACE_NO_ACCESS;
}

}  // namespace

headrace_status ValuesMap::open(const char* path, std::unique_ptr<ValuesMap>& map) {
  // Nobody waits for a pipe.
  const int descriptor = ::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) return status_of_open(errno);
  struct stat info{};
  const bool is_known = ::fstat(descriptor, &info) == 0;
  if (!is_known || !S_ISREG(info.st_mode)) {
    ::close(descriptor);
    return HEADRACE_NO_ACCESS;
  }
  const auto bytes = static_cast<size_t>(info.st_size);
  if (bytes < kValuesTablesOffset) {
    char magic[sizeof(kValuesMagic)] = {};
    const bool is_ours = ::pread(descriptor, magic, sizeof(magic), 0) == sizeof(magic) &&
                         std::memcmp(magic, kValuesMagic, sizeof(magic)) == 0;
    ::close(descriptor);
    return is_ours ? HEADRACE_DAMAGED : HEADRACE_FOREIGN_FILE;
  }

  void* const file = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, descriptor, 0);
  const int problem = errno;
  ::close(descriptor);
  if (file == MAP_FAILED) return status_of_open(problem);
  std::unique_ptr<ValuesMap> opened(new ValuesMap(static_cast<const char*>(file), bytes, info.st_dev, info.st_ino));
  const headrace_status status = opened->check();
  if (status == HEADRACE_OK) map = std::move(opened);
  return status;
}

ValuesMap::~ValuesMap() { ::munmap(const_cast<char*>(file_), bytes_); }

bool ValuesMap::has(uint64_t offset, uint64_t bytes) const { return offset <= bytes_ && bytes <= bytes_ - offset; }

headrace_status ValuesMap::check_header() const {
  if (std::memcmp(header_.magic, kValuesMagic, sizeof(kValuesMagic)) != 0) return HEADRACE_FOREIGN_FILE;
  if (header_.byte_order != kValuesByteOrder || header_.layout != kValuesLayout) return HEADRACE_OTHER_LAYOUT;
  const bool is_sound = header_.file_bytes == bytes_ && header_.table_count <= kValuesTablesMax &&
                        header_.tables_offset % kValuesAlignment == 0 && header_.heap_offset % kValuesAlignment == 0 &&
                        has(header_.tables_offset, header_.table_count * sizeof(ValuesTableHeader)) &&
                        has(header_.schema_offset, header_.schema_bytes) &&
                        has(header_.heap_offset, header_.heap_bytes);
  if (!is_sound || values_header_check(header_, file_) != header_.check) return HEADRACE_DAMAGED;
  return HEADRACE_OK;
}

headrace_status ValuesMap::check() {
  std::memcpy(&header_, file_, sizeof(header_));
  const headrace_status status = check_header();
  if (status != HEADRACE_OK) return status;
  std::optional<std::vector<ValuesEntity>> entities =
      read_values_schema({file_ + header_.schema_offset, header_.schema_bytes}, header_.table_count);
  if (!entities) return HEADRACE_DAMAGED;
  entities_ = *std::move(entities);

  for (size_t i = 0; i < entities_.size(); ++i) {
    const char* const place = file_ + header_.tables_offset + i * sizeof(ValuesTableHeader);
    ValuesTableHeader table{};
    std::memcpy(&table, place, kValuesTableFixedBytes);
    if (!take_table(table, place, entities_[i].features.size())) return HEADRACE_DAMAGED;
  }
  return HEADRACE_OK;
}

bool ValuesMap::take_table(const ValuesTableHeader& header, const char* place, size_t features) {
  const uint64_t entries = header.index_entries;
  const bool is_index_sound = entries > 0 && (entries & (entries - 1)) == 0 && entries <= bytes_ / sizeof(uint64_t) &&
                              header.index_offset % kValuesAlignment == 0 &&
                              has(header.index_offset, entries * sizeof(uint64_t));
  const uint64_t row_bytes = values_row_bytes(features);
  const bool are_rows_sound =
      header.features == features && header.row_bytes == row_bytes && header.rows_capacity > 0 &&
      header.rows_capacity <= kValuesRowsMax && header.rows_capacity <= bytes_ / row_bytes &&
      header.rows_offset % kValuesAlignment == 0 && has(header.rows_offset, header.rows_capacity * row_bytes);
  if (!is_index_sound || !are_rows_sound) return false;
  tables_.push_back({.index = file_ + header.index_offset,
                     .index_mask = entries - 1,
                     .rows = file_ + header.rows_offset,
                     .rows_capacity = header.rows_capacity,
                     .row_bytes = row_bytes,
                     .features = features,
                     .watermark = place + offsetof(ValuesTableHeader, watermark_us)});
  return true;
}

bool ValuesMap::is_replaced() const {
  return load_values_word(file_ + kValuesStateOffset + offsetof(ValuesFileState, is_replaced)) != 0;
}

int64_t ValuesMap::current_to_us() const {
  return static_cast<int64_t>(load_values_word(file_ + kValuesStateOffset + offsetof(ValuesFileState, current_to_us)));
}

int64_t ValuesMap::watermark_us(size_t entity) const {
  return static_cast<int64_t>(load_values_word(tables_[entity].watermark));
}

bool ValuesMap::is_at(const char* path) const {
  struct stat info{};
  return ::stat(path, &info) == 0 && info.st_dev == device_ && info.st_ino == inode_;
}

headrace_status ValuesMap::find(size_t entity, std::string_view key, uint32_t& row) const {
  const Table& table = tables_[entity];
  const uint64_t hash = values_hash(key, header_.hash_seed);
  for (uint64_t probe = 0; probe < kValuesProbesMax; ++probe) {
    const uint64_t entry = load_values_word(table.index + ((hash + probe) & table.index_mask) * sizeof(uint64_t));
    if (entry == 0) break;
    if (entry >> 32 != hash >> 32) continue;

    row = static_cast<uint32_t>(entry);
    if (row == kValuesRowOfNobody || row >= table.rows_capacity) return HEADRACE_DAMAGED;
    bool is_it = false;
    const headrace_status status = has_key(row_at(table, row), hash, key, is_it);
    if (status != HEADRACE_OK || is_it) return status;
  }
  row = kValuesRowOfNobody;
  return HEADRACE_OK;
}

headrace_status ValuesMap::has_key(const char* row, uint64_t hash, std::string_view key, bool& is_it) const {
  const auto& header = *reinterpret_cast<const ValuesRowHeader*>(row);
  is_it = false;
  if (header.hash != hash || header.key_bytes != key.size()) return HEADRACE_OK;
  if (key.size() <= ValuesRowHeader::kKeyBytesInline) {
    is_it = std::memcmp(header.key, key.data(), key.size()) == 0;
    return HEADRACE_OK;
  }
  std::string_view other;
  const headrace_status status = text(header.key_offset, other);
  is_it = status == HEADRACE_OK && other == key;
  return status;
}

headrace_status ValuesMap::read(size_t entity, uint32_t row, std::span<const uint32_t> features,
                                std::span<ValuesCell> cells) const {
  const Table& table = tables_[entity];
  const char* const place = row_at(table, row);
  const char* const version_place = place + offsetof(ValuesRowHeader, version);
  uint64_t version = load_values_word(version_place);
  for (int tries = 0;; ++tries) {
    if (version == 0) return HEADRACE_DAMAGED;
    const char* const from = place + values_cells_offset(version, table.features);
    for (size_t i = 0; i < features.size(); ++i) {
      const char* const cell = from + features[i] * sizeof(ValuesCell);
      uint64_t words[kValuesCellWords];
      for (uint64_t word = 0; word < kValuesCellWords; ++word)
        words[word] = load_values_word(cell + word * sizeof(word));
      std::memcpy(&cells[i], words, sizeof(words));
    }
    const uint64_t after = load_values_word(version_place);
    if (after == version) break;
    version = after;
    if (tries == kTriesMax) return HEADRACE_BUSY;
  }

  const uint64_t hash = row == kValuesRowOfNobody ? 0 : reinterpret_cast<const ValuesRowHeader*>(place)->hash;
  for (size_t i = 0; i < features.size(); ++i) {
    const uint64_t null = cells[i].marks & UINT32_MAX;
    if (null > ValuesCell::kNull || values_marks(cells[i], null, hash, features[i]) != cells[i].marks)
      return HEADRACE_DAMAGED;
  }
  return HEADRACE_OK;
}

headrace_status ValuesMap::text(uint64_t offset, std::string_view& text) const {
  ValuesTextHeader header{};
  const uint64_t heap_bytes = header_.heap_bytes;
  if (offset > heap_bytes || heap_bytes - offset < sizeof(header)) return HEADRACE_DAMAGED;
  const char* const place = file_ + header_.heap_offset + offset;
  std::memcpy(&header, place, sizeof(header));
  if (heap_bytes - offset - sizeof(header) < header.bytes) return HEADRACE_DAMAGED;
  text = {place + sizeof(header), header.bytes};
  return values_text_check(text) == header.check ? HEADRACE_OK : HEADRACE_DAMAGED;
}

}  // namespace headrace
