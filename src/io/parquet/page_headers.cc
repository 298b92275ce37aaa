#include "io/parquet/page_headers.h"

#include "io/arrow/status.h"
#include "io/remote/object_store.h"

#include <arrow/io/interfaces.h>
#include <fmt/format.h>
#include <parquet/metadata.h>
#include <parquet/schema.h>

#include <algorithm>

namespace headrace {
namespace {

/// A header is small unless its statistics hold long texts.
constexpr int64_t kHeaderBytes = 256;
constexpr int64_t kHeaderBytesMax = int64_t{1} << 24;
/// Early writers left the header of the dictionary out of the size of a column.
constexpr int64_t kUncountedBytes = 100;
constexpr int kDepthMax = 16;

/// The kinds of values of Thrift's compact protocol.
enum Kind : uint8_t {
  kStop = 0,
  kTrue = 1,
  kFalse,
  kByte,
  kInt16,
  kInt32,
  kInt64,
  kDouble,
  kBinary,
  kList,
  kSet,
  kMap,
  kStruct
};

/// Steps over values; once something is wrong or missing, it stays so.
class ThriftScanner {
 public:
  explicit ThriftScanner(std::string_view text) : text_(text) {}

  bool is_fine() const { return is_fine_; }
  size_t position() const { return at_; }

  uint8_t byte() {
    if (at_ >= text_.size()) is_fine_ = false;
    return is_fine_ ? static_cast<uint8_t>(text_[at_++]) : uint8_t{0};
  }
  uint64_t varint() {
    uint64_t value = 0;
    for (int shift = 0; is_fine_ && shift < 64; shift += 7) {
      const uint8_t next = byte();
      value |= uint64_t{next & 0x7FU} << shift;
      if (next < 0x80) return value;
    }
    is_fine_ = false;
    return 0;
  }
  int64_t number() {
    const uint64_t zigzag = varint();
    return static_cast<int64_t>(zigzag >> 1) ^ -static_cast<int64_t>(zigzag & 1);
  }

  void skip(uint8_t kind, int depth) {
    if (depth > kDepthMax) is_fine_ = false;
    if (!is_fine_ || kind == kTrue || kind == kFalse) return;
    switch (kind) {
      case kByte: return pass(1);
      case kInt16:
      case kInt32:
      case kInt64: varint(); return;
      case kDouble: return pass(8);
      case kBinary: return pass(varint());
      case kList:
      case kSet: return skip_list(depth);
      case kMap: return skip_map(depth);
      case kStruct: return skip_struct(depth);
      default: is_fine_ = false;
    }
  }

 private:
  void pass(uint64_t bytes) {
    if (bytes > text_.size() - at_) is_fine_ = false;
    if (is_fine_) at_ += bytes;
  }
  /// In a list, unlike in a struct, a truth is a byte.
  void skip_element(uint8_t kind, int depth) { kind == kTrue || kind == kFalse ? pass(1) : skip(kind, depth + 1); }
  void skip_list(int depth) {
    const uint8_t head = byte();
    const uint64_t count = (head >> 4) == 15 ? varint() : head >> 4;
    for (uint64_t i = 0; is_fine_ && i < count; ++i) skip_element(head & 15, depth);
  }
  void skip_map(int depth) {
    const uint64_t count = varint();
    const uint8_t kinds = count > 0 ? byte() : uint8_t{0};
    for (uint64_t i = 0; is_fine_ && i < count; ++i) {
      skip_element(kinds >> 4, depth);
      skip_element(kinds & 15, depth);
    }
  }
  void skip_struct(int depth) {
    while (is_fine_) {
      const uint8_t head = byte();
      if (!is_fine_ || (head & 15) == kStop) return;
      if ((head >> 4) == 0) number();
      skip(head & 15, depth + 1);
    }
  }

  std::string_view text_;
  size_t at_ = 0;
  bool is_fine_ = true;
};

/// One column of a row group, as its pages lie in the file.
class ColumnPages {
 public:
  ColumnPages(arrow::io::RandomAccessFile& file, int64_t start, int64_t end) : file_(file), at_(start), end_(end) {}

  /// The next one; nothing at the end, and where there is no header, which Arrow will say.
  Result<std::optional<PageHeader>> next(const std::string& context) {
    for (int64_t bytes = kHeaderBytes; at_ < end_ && bytes <= kHeaderBytesMax; bytes *= 16) {
      const auto text = file_.ReadAt(at_, bytes);
      if (!text.ok()) return error_of(text.status(), context);
      const std::optional<PageHeader> header = parse_page_header(std::string_view(**text));
      if (!header && (*text)->size() == bytes) continue;
      if (!header) break;
      at_ += static_cast<int64_t>(header->bytes) + header->page_bytes;
      return header;
    }
    return std::optional<PageHeader>();
  }
  bool is_past_end() const { return at_ > end_ + kUncountedBytes; }

 private:
  arrow::io::RandomAccessFile& file_;
  int64_t at_;
  int64_t end_;
};

}  // namespace

std::optional<PageHeader> parse_page_header(std::string_view text) {
  // Of PageHeader: 1 type, 2 uncompressed size, 3 compressed size, 4 checksum, then what depends on the type.
  ThriftScanner scanner(text);
  PageHeader header;
  bool has_size = false;
  int64_t field = 0;
  while (scanner.is_fine()) {
    const uint8_t head = scanner.byte();
    const uint8_t kind = head & 15;
    if (kind == kStop) break;
    field = (head >> 4) == 0 ? scanner.number() : field + (head >> 4);
    if (field == 3 && kind == kInt32) {
      header.page_bytes = scanner.number();
      has_size = true;
      continue;
    }
    header.has_checksum |= field == 4 && kind == kInt32;
    scanner.skip(kind, 0);
  }
  if (!scanner.is_fine() || !has_size || header.page_bytes < 0) return std::nullopt;
  header.bytes = scanner.position();
  return header;
}

Result<bool> lacks_page_checksums(const InputFile& file, const parquet::RowGroupMetaData& group,
                                  const std::vector<int>& leaves, const std::string& context) {
  if (is_remote(file.path)) return false;
  ASSIGN_OR_RETURN(const auto input, open_input(file.path, context));
  bool has_without = false;
  for (const int leaf : leaves) {
    const auto chunk = group.ColumnChunk(leaf);
    int64_t start = chunk->data_page_offset();
    if (chunk->has_dictionary_page() && chunk->dictionary_page_offset() > 0) {
      start = std::min(start, chunk->dictionary_page_offset());
    }
    if (start < 0 || chunk->total_compressed_size() < 0) continue;  // Arrow says it better

    ColumnPages pages(*input, start, start + chunk->total_compressed_size());
    while (true) {
      ASSIGN_OR_RETURN(const std::optional<PageHeader> header, pages.next(context));
      if (!header) break;
      has_without |= !header->has_checksum;
      if (!pages.is_past_end()) continue;
      return Error::data(fmt::format("{}, column `{}`: a page reaches past the end of its column", context,
                                     group.schema()->Column(leaf)->name()));
    }
  }
  return has_without;
}

}  // namespace headrace
