#include "io/parquet/page_checksums.h"

#include "io/arrow/status.h"
#include "io/remote/object_store.h"

#include <arrow/io/interfaces.h>
#include <parquet/metadata.h>

#include <algorithm>

namespace headrace {
namespace {

/// A field of the type i32 whose number is one more than that of the field before.
constexpr char kNextInt32 = 0x15;
/// What stands before the checksum: type, uncompressed and compressed size.
constexpr int kFieldsBefore = 3;
/// So many bytes of a header are enough.
constexpr int kHeaderBytes = 32;

}  // namespace

bool has_page_checksum(std::string_view header) {
  size_t at = 0;
  for (int field = 0; field < kFieldsBefore; ++field) {
    if (at >= header.size() || header[at] != kNextInt32) return false;
    ++at;
    while (at < header.size() && (static_cast<unsigned char>(header[at]) & 0x80) != 0)
      ++at;  // of a number, all but the last
    ++at;
  }
  return at < header.size() && header[at] == kNextInt32;
}

Result<bool> lacks_page_checksums(const InputFile& file, const parquet::RowGroupMetaData& group,
                                  const std::string& context) {
  if (is_remote(file.path) || group.num_columns() == 0) return false;
  const auto chunk = group.ColumnChunk(0);
  int64_t offset = chunk->data_page_offset();
  if (chunk->has_dictionary_page() && chunk->dictionary_page_offset() > 0) {
    offset = std::min(offset, chunk->dictionary_page_offset());
  }

  ASSIGN_OR_RETURN(const auto input, open_input(file.path, context));
  const auto header = input->ReadAt(offset, kHeaderBytes);
  if (!header.ok()) return error_of(header.status(), context);
  return !has_page_checksum(std::string_view(**header));
}

}  // namespace headrace
