#include "engine/timeline/spill_file.h"

#include "engine/timeline/temporary_file.h"

#include <unistd.h>
#include <cstring>

namespace headrace {
namespace {

/// A page is a header and then the arrays one after another, each padded to whole words:
///   words: source, order, rows, has arrivals, has tie orders, has event ids, has deletions, column count, then for each
///   column whether it has nulls
///   times, ids, arrivals, tie orders, event ids, deletions, and for each column its values and validity
class PageWriter {
 public:
  void word(uint64_t value) { append(&value, 8); }
  template <typename T>
  void array(const T* values, size_t count) {
    append(values, count * sizeof(T));
    bytes_.resize((bytes_.size() + 7) & ~size_t{7});
  }
  const std::string& bytes() const { return bytes_; }

 private:
  void append(const void* data, size_t size) { bytes_.append(static_cast<const char*>(data), size); }
  std::string bytes_;
};

class PageReader {
 public:
  explicit PageReader(const std::string& bytes) : bytes_(bytes) {}
  uint64_t word() {
    uint64_t value;
    std::memcpy(&value, bytes_.data() + at_, 8);
    at_ += 8;
    return value;
  }
  template <typename T>
  void array(std::vector<T>& values, size_t count) {
    values.resize(count);
    if (count > 0) std::memcpy(values.data(), bytes_.data() + at_, count * sizeof(T));
    at_ = (at_ + count * sizeof(T) + 7) & ~size_t{7};
  }

 private:
  const std::string& bytes_;
  size_t at_ = 0;
};

}  // namespace

Result<std::unique_ptr<SpillFile>> SpillFile::open(const std::string& folder) {
  ASSIGN_OR_RETURN(const int descriptor, open_temporary_file(folder));
  return std::unique_ptr<SpillFile>(new SpillFile(descriptor));
}

SpillFile::~SpillFile() { ::close(descriptor_); }

Result<int64_t> SpillFile::write(const RowBlock& block, size_t begin, size_t end) {
  const size_t rows = end - begin;
  PageWriter page;
  page.word(0);  // the length, filled in below
  page.word(block.source);
  page.word(block.order);
  page.word(rows);
  page.word(block.arrivals.empty() ? 0 : 1);
  page.word(block.tie_orders.empty() ? 0 : 1);
  page.word(block.event_ids.empty() ? 0 : 1);
  page.word(block.is_deleted.empty() ? 0 : 1);
  page.word(block.columns.size());
  for (const RowColumn& column : block.columns) page.word(column.valid.empty() ? 0 : 1);

  page.array(block.times.data() + begin, rows);
  page.array(block.ids.data() + begin, rows);
  if (!block.arrivals.empty()) page.array(block.arrivals.data() + begin, rows);
  if (!block.tie_orders.empty()) page.array(block.tie_orders.data() + begin, rows);
  if (!block.event_ids.empty()) page.array(block.event_ids.data() + begin, rows);
  if (!block.is_deleted.empty()) page.array(block.is_deleted.data() + begin, rows);
  for (const RowColumn& column : block.columns) {
    page.array(column.values.data() + begin, rows);
    if (!column.valid.empty()) page.array(column.valid.data() + begin, rows);
  }

  std::string bytes = page.bytes();
  const uint64_t length = bytes.size();
  std::memcpy(bytes.data(), &length, 8);
  const int64_t offset = bytes_;
  RETURN_IF_ERROR(write_at(descriptor_, bytes.data(), bytes.size(), offset));
  bytes_ += static_cast<int64_t>(bytes.size());
  return offset;
}

Result<RowBlock> SpillFile::read(int64_t offset) const {
  uint64_t length;
  RETURN_IF_ERROR(read_at(descriptor_, reinterpret_cast<char*>(&length), 8, offset));
  std::string bytes(length, '\0');
  RETURN_IF_ERROR(read_at(descriptor_, bytes.data(), bytes.size(), offset));

  PageReader page(bytes);
  page.word();
  RowBlock block;
  block.source = page.word();
  block.order = page.word();
  const size_t rows = page.word();
  const bool has_arrivals = page.word() != 0;
  const bool has_tie_orders = page.word() != 0;
  const bool has_event_ids = page.word() != 0;
  const bool has_deletions = page.word() != 0;
  block.columns.resize(page.word());
  std::vector<uint64_t> has_nulls(block.columns.size());
  for (uint64_t& flag : has_nulls) flag = page.word();

  page.array(block.times, rows);
  page.array(block.ids, rows);
  if (has_arrivals) page.array(block.arrivals, rows);
  if (has_tie_orders) page.array(block.tie_orders, rows);
  if (has_event_ids) page.array(block.event_ids, rows);
  if (has_deletions) page.array(block.is_deleted, rows);
  for (size_t i = 0; i < block.columns.size(); ++i) {
    page.array(block.columns[i].values, rows);
    if (has_nulls[i]) page.array(block.columns[i].valid, rows);
  }
  return block;
}

}  // namespace headrace
