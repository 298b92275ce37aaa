#pragma once

/// Arrow's IPC streams in memory, as bodies of requests and answers.

#include "base/result.h"
#include "data/column.h"

#include <string>
#include <string_view>
#include <vector>

namespace headrace {

inline constexpr std::string_view kArrowStreamType = "application/vnd.apache.arrow.stream";

/// What a stream may unfold to, whatever its compression and dictionaries promise.
struct ArrowStreamLimits {
  int64_t memory_bytes_max = int64_t{256} << 20;
  size_t text_bytes_max = size_t{64} << 20;
};

/// The rows of a stream as JSON objects, one a line: numbers keep their digits, times all digits of their unit; NaN is null,
/// which it is in JSON. An Error of data for what is no stream, is damaged, or unfolds to more than the limits.
Result<std::string> json_lines_of_arrow(std::string_view stream, const ArrowStreamLimits& limits = {});

/// A stream of one batch. REQUIRES: columns of one length, a name for each.
Result<std::string> arrow_of_columns(const std::vector<std::string>& names, const std::vector<Column>& columns);

}  // namespace headrace
