#pragma once

/// The headers of a Parquet file's pages, which no checksum covers.
///
/// Arrow believes a header: of a page of an unknown kind it passes over as many bytes as the header says, and makes room
/// for them, though the column ends long before. So headers are looked at before Arrow reads the column. They also say, and
/// nothing else does, whether pages have checksums.

#include "base/result.h"
#include "io/paths/location.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace parquet {
class RowGroupMetaData;
}

namespace headrace {

struct PageHeader {
  size_t bytes = 0;  // of the header itself
  int64_t page_bytes = 0;
  bool has_checksum = false;
};

/// Thrift's compact protocol. Nothing where the text ends inside of the header, or is none.
std::optional<PageHeader> parse_page_header(std::string_view text);

/// Looks at all pages of some columns of a row group; says whether one has no checksum. A page that reaches past its column
/// is an Error of the data. Of an object nothing is looked at: each page would be a request, and its store has checksums of
/// its own. `context` is for messages.
Result<bool> lacks_page_checksums(const InputFile& file, const parquet::RowGroupMetaData& group,
                                  const std::vector<int>& leaves, const std::string& context);

}  // namespace headrace
