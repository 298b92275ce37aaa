/// Any bytes as an Arrow stream that is pushed: rows as lines within the limit, or an error.

#include "base/check.h"
#include "io/write/arrow_stream.h"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  const headrace::ArrowStreamLimits limits{.memory_bytes_max = 1 << 22, .text_bytes_max = 1 << 20};
  const auto lines = headrace::json_lines_of_arrow({reinterpret_cast<const char*>(bytes), size}, limits);
  CHECK(!lines.ok() || lines->empty() || lines->ends_with('\n'));
  CHECK(lines.ok() || !lines.error().message().empty());
  return 0;
}
