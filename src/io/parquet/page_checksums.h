#pragma once

/// Whether the pages of a Parquet file have checksums, which only the headers of pages say.

#include "base/result.h"
#include "io/paths/location.h"

#include <string>
#include <string_view>

namespace parquet {
class RowGroupMetaData;
}

namespace headrace {

/// Of a page, by the first bytes of its header (Thrift's compact protocol: type, two sizes, then the checksum where there
/// is one). Bytes that are no header have none.
bool has_page_checksum(std::string_view header);

/// By the first page of a row group. Of an object it is false: its store has checksums of its own. `context` is for
/// messages.
Result<bool> lacks_page_checksums(const InputFile& file, const parquet::RowGroupMetaData& group,
                                  const std::string& context);

}  // namespace headrace
