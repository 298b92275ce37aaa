#include "values_file/values_region.h"

#include "base/check.h"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <system_error>

namespace headrace {
namespace {

/// The owner writes, its group reads.
constexpr mode_t kModeOfFile = 0640;
/// Texts that come again are looked for among so many.
constexpr size_t kTextsKnownMax = 1 << 16;
constexpr size_t kKnownTextBytesMax = 256;

Error cannot(std::string_view action, const std::string& path, int code) {
  Error error =
      Error::environment(fmt::format("cannot {} {}: {}", action, path, std::generic_category().message(code)));
  return code == ENOSPC ? error.with_help("make room there, or name a `values_file` on another disk") : error;
}

uint64_t text_bytes_of(std::string_view text) {
  return (sizeof(ValuesTextHeader) + text.size() + sizeof(uint64_t) - 1) / sizeof(uint64_t) * sizeof(uint64_t);
}

ValuesCell read_cell(const char* place) {
  ValuesCell cell{};
  std::memcpy(&cell, place, sizeof(cell));
  return cell;
}

void store_cell(char* place, const ValuesCell& cell) {
  uint64_t words[kValuesCellWords];
  std::memcpy(words, &cell, sizeof(words));
  for (uint64_t word = 0; word < kValuesCellWords; ++word) store_values_word(place + word * sizeof(word), words[word]);
}

uint64_t random_word() {
  uint64_t word = 0;
  CHECK(::getrandom(&word, sizeof(word), 0) == static_cast<ssize_t>(sizeof(word)));
  return word;
}

/// Where everything is. Gives the bytes of the file.
uint64_t lay_out(const ValuesTitle& title, const ValuesSizes& sizes, const std::string& schema,
                 ValuesFileHeader& header, std::vector<ValuesTableHeader>& tables) {
  header.tables_offset = kValuesTablesOffset;
  header.table_count = title.entities.size();
  header.schema_offset = header.tables_offset + header.table_count * sizeof(ValuesTableHeader);
  header.schema_bytes = schema.size();
  uint64_t end = values_aligned(header.schema_offset + header.schema_bytes);
  for (size_t i = 0; i < title.entities.size(); ++i) {
    ValuesTableHeader& table = tables.emplace_back();
    table.features = title.entities[i].features.size();
    table.rows_capacity = sizes.rows[i];
    table.row_bytes = values_row_bytes(table.features);
    table.index_entries = std::bit_ceil(2 * table.rows_capacity);
    table.index_offset = end;
    table.rows_offset = values_aligned(table.index_offset + table.index_entries * sizeof(uint64_t));
    end = table.rows_offset + table.rows_capacity * table.row_bytes;
    table.watermark_us = HEADRACE_NO_TIME;
  }
  header.heap_offset = end;
  header.heap_bytes = values_aligned(sizes.heap_bytes);
  return end + header.heap_bytes;
}

}  // namespace

Result<std::unique_ptr<ValuesRegion>> ValuesRegion::create(const std::string& path, const ValuesTitle& title,
                                                           const ValuesSizes& sizes) {
  std::unique_ptr<ValuesRegion> region(new ValuesRegion(path, title));
  RETURN_IF_ERROR(region->map(title, sizes));
  return region;
}

Status ValuesRegion::map(const ValuesTitle& title, const ValuesSizes& sizes) {
  ValuesFileHeader header{};
  std::memcpy(header.magic, kValuesMagic, sizeof(kValuesMagic));
  header.layout = kValuesLayout;
  header.byte_order = kValuesByteOrder;
  header.generation = random_word();
  header.hash_seed = hash_seed_ = random_word();
  header.created_us = title.created.us;
  header.refresh_us = title.refresh.us;
  const std::string schema = write_values_schema(title.entities);
  std::vector<ValuesTableHeader> tables;
  header.file_bytes = bytes_ = lay_out(title, sizes, schema, header, tables);

  const int descriptor = ::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, kModeOfFile);
  if (descriptor < 0) {
    const int code = errno;
    return cannot("make", std::exchange(path_, ""), code);
  }
  // A store into a hole of a full disk would end the process.
  int code = ::posix_fallocate(descriptor, 0, static_cast<off_t>(bytes_));
  void* file = MAP_FAILED;
  if (code == 0) {
    file = ::mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    code = errno;
  }
  struct stat info{};
  const bool is_known = ::fstat(descriptor, &info) == 0;
  ::close(descriptor);
  if (file == MAP_FAILED || !is_known) return cannot("take room for", path_, code);
  file_ = static_cast<char*>(file);
  device_ = info.st_dev;
  inode_ = info.st_ino;

  heap_ = file_ + header.heap_offset;
  heap_bytes_ = header.heap_bytes;
  for (size_t i = 0; i < tables.size(); ++i) {
    const ValuesTableHeader& table = tables[i];
    char* const place = file_ + header.tables_offset + i * sizeof(ValuesTableHeader);
    std::memcpy(place, &table, sizeof(table));
    tables_.push_back({.place = place,
                       .index = file_ + table.index_offset,
                       .rows = file_ + table.rows_offset,
                       .index_entries = table.index_entries,
                       .rows_capacity = table.rows_capacity,
                       .rows_used = kValuesRowOfNobody + 1,
                       .row_bytes = table.row_bytes,
                       .features = table.features});
    for (const ValuesColumn& feature : entities_[i].features)
      tables_.back().has_text.push_back(feature.type == HEADRACE_TEXT || feature.type == HEADRACE_LIST);
  }
  std::memcpy(file_ + header.schema_offset, schema.data(), schema.size());
  header.check = values_header_check(header, file_);
  std::memcpy(file_, &header, sizeof(header));
  return {};
}

ValuesRegion::~ValuesRegion() {
  if (file_ != nullptr) ::munmap(file_, bytes_);
  if (!path_.empty()) ::unlink(path_.c_str());
}

std::string_view ValuesRegion::text_at(uint64_t offset) const {
  ValuesTextHeader header{};
  std::memcpy(&header, heap_ + offset, sizeof(header));
  return {heap_ + offset + sizeof(header), header.bytes};
}

uint64_t ValuesRegion::add_text(std::string_view text) {
  const uint64_t offset = heap_used_;
  const ValuesTextHeader header{static_cast<uint32_t>(text.size()), values_text_check(text)};
  heap_used_ += text_bytes_of(text);
  CHECK_LE(heap_used_, heap_bytes_);
  std::memcpy(heap_ + offset, &header, sizeof(header));
  std::memcpy(heap_ + offset + sizeof(header), text.data(), text.size());
  return offset;
}

/// Where a text is, or is put; `before` is what its cell had.
uint64_t ValuesRegion::text_of(std::string_view text, const ValuesCell& before) {
  const bool had_text = before.marks != 0 && (before.marks & ValuesCell::kNull) == 0;
  if (had_text && text_at(before.value) == text) return before.value;
  if (text.size() > kKnownTextBytesMax) return add_text(text);
  if (texts_.size() >= kTextsKnownMax) texts_.clear();
  const auto [known, is_new] = texts_.try_emplace(std::string(text), 0);
  if (is_new) known->second = add_text(text);
  return known->second;
}

std::string_view ValuesRegion::key_of(const char* row) const {
  const auto& header = *reinterpret_cast<const ValuesRowHeader*>(row);
  if (header.key_bytes <= ValuesRowHeader::kKeyBytesInline) return {header.key, header.key_bytes};
  return text_at(header.key_offset);
}

ValuesRegion::Place ValuesRegion::find(const Table& table, std::string_view key, uint64_t hash) const {
  for (uint64_t probe = 0; probe < kValuesProbesMax; ++probe) {
    char* const entry = table.index + ((hash + probe) & (table.index_entries - 1)) * sizeof(uint64_t);
    const uint64_t found = load_values_word(entry);
    if (found == 0) return {.index_entry = entry};
    if (found >> 32 != hash >> 32) continue;
    char* const row = table.rows + (found & UINT32_MAX) * table.row_bytes;
    if (reinterpret_cast<const ValuesRowHeader*>(row)->hash == hash && key_of(row) == key) return {.row = row};
  }
  return {};
}

uint64_t ValuesRegion::heap_bytes_of(std::string_view key, std::span<const ValuesItem> items) {
  uint64_t bytes = key.size() > ValuesRowHeader::kKeyBytesInline ? text_bytes_of(key) : 0;
  for (const ValuesItem& item : items) bytes += text_bytes_of(item.text);  // an empty one takes room too
  return bytes;
}

ValuesRegion::Full ValuesRegion::put(size_t table_index, std::string_view key, std::span<const ValuesItem> items) {
  Table& table = tables_[table_index];
  CHECK_EQ(items.size(), table.features);
  if (heap_bytes_of(key, items) > heap_bytes_ - heap_used_) return Full::kHeap;
  if (key.empty()) {
    write_cells(table, table.rows + kValuesRowOfNobody * table.row_bytes, 0, items);
    return Full::kNothing;
  }
  const uint64_t hash = values_hash(key, hash_seed_);
  const Place place = find(table, key, hash);
  if (place.row != nullptr) {
    write_cells(table, place.row, hash, items);
    return Full::kNothing;
  }

  // A row is whole before the index has it.
  if (place.index_entry == nullptr || table.rows_used == table.rows_capacity) return Full::kRows;
  char* const row = table.rows + table.rows_used * table.row_bytes;
  ValuesRowHeader header{};
  header.hash = hash;
  header.key_bytes = static_cast<uint32_t>(key.size());
  if (key.size() <= ValuesRowHeader::kKeyBytesInline) {
    std::memcpy(header.key, key.data(), key.size());
  } else {
    header.key_offset = add_text(key);
  }
  std::memcpy(row, &header, sizeof(header));
  write_cells(table, row, hash, items);
  store_values_word(place.index_entry, (hash >> 32 << 32) | table.rows_used);
  ++table.rows_used;
  return Full::kNothing;
}

void ValuesRegion::write_cells(const Table& table, char* row, uint64_t hash, std::span<const ValuesItem> items) {
  char* const version_place = row + offsetof(ValuesRowHeader, version);
  const uint64_t version = load_values_word(version_place);
  const uint64_t next = version == 0 ? 2 : version + 1;
  const char* const from = row + values_cells_offset(version, table.features);
  char* const to = row + values_cells_offset(next, table.features);
  for (size_t i = 0; i < items.size(); ++i) {
    const ValuesItem& item = items[i];
    ValuesCell cell{.value = item.bits, .event_time = item.event_time, .holds_until = item.holds_until, .marks = 0};
    const bool has_text = table.has_text[i] && !item.is_null;
    const ValuesCell before = version == 0 ? ValuesCell{} : read_cell(from + i * sizeof(cell));
    if (has_text) cell.value = text_of(item.text, before);
    cell.marks = values_marks(cell, item.is_null ? ValuesCell::kNull : 0, hash, i);
    store_cell(to + i * sizeof(cell), cell);
  }
  store_values_word(version_place, next);
}

bool ValuesRegion::copy_rows(const ValuesRegion& other) {
  std::vector<ValuesItem> items;
  for (size_t t = 0; t < other.tables_.size(); ++t) {
    const Table& table = other.tables_[t];
    for (uint64_t number = 0; number < table.rows_used; ++number) {
      const char* const row = table.rows + number * table.row_bytes;
      const uint64_t version = load_values_word(row + offsetof(ValuesRowHeader, version));
      if (version == 0) continue;

      items.clear();
      for (uint64_t i = 0; i < table.features; ++i) {
        const ValuesCell cell = read_cell(row + values_cells_offset(version, table.features) + i * sizeof(ValuesCell));
        ValuesItem& item = items.emplace_back();
        item.is_null = (cell.marks & ValuesCell::kNull) != 0;
        item.event_time = cell.event_time;
        item.holds_until = cell.holds_until;
        if (!table.has_text[i] || item.is_null) {
          item.bits = cell.value;
        } else {
          item.text = other.text_at(cell.value);
        }
      }
      const std::string_view key = number == kValuesRowOfNobody ? std::string_view() : other.key_of(row);
      if (put(t, key, items) != Full::kNothing) return false;
    }
    set_watermark(t, static_cast<int64_t>(load_values_word(table.place + offsetof(ValuesTableHeader, watermark_us))));
  }
  const char* const state = other.file_ + kValuesStateOffset;
  set_current_to(static_cast<int64_t>(load_values_word(state + offsetof(ValuesFileState, current_to_us))));
  return true;
}

void ValuesRegion::set_current_to(int64_t us) {
  store_values_word(file_ + kValuesStateOffset + offsetof(ValuesFileState, current_to_us), static_cast<uint64_t>(us));
}

void ValuesRegion::set_watermark(size_t table, int64_t us) {
  store_values_word(tables_[table].place + offsetof(ValuesTableHeader, watermark_us), static_cast<uint64_t>(us));
}

void ValuesRegion::set_replaced() {
  store_values_word(file_ + kValuesStateOffset + offsetof(ValuesFileState, is_replaced), 1);
}

Status ValuesRegion::rename_to(const std::string& path) {
  if (::rename(path_.c_str(), path.c_str()) != 0) return cannot("put a new file in place of", path, errno);
  path_.clear();
  return {};
}

bool ValuesRegion::is_at(const std::string& path) const {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 && info.st_dev == device_ && info.st_ino == inode_;
}

ValuesSizes ValuesRegion::larger(size_t table, Full full, uint64_t bytes) const {
  ValuesSizes sizes;
  for (size_t t = 0; t < tables_.size(); ++t) {
    const bool is_nearly_full = tables_[t].rows_used * 4 > tables_[t].rows_capacity * 3;
    const bool is_doubled = is_nearly_full || (t == table && full == Full::kRows);
    sizes.rows.push_back(tables_[t].rows_capacity * (is_doubled ? 2 : 1));
  }
  sizes.heap_bytes = std::max(heap_used_ * 2, kValuesHeapBytesMin) + bytes;
  return sizes;
}

}  // namespace headrace
