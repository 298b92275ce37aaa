#include "compute/functions/case_mapping.h"

#include "compute/functions/utf8.h"

#include <algorithm>
#include <cstring>

namespace headrace {
namespace {

uint32_t map_code_point(uint32_t point, std::span<const CaseRange> ranges) {
  const auto found =
      std::partition_point(ranges.begin(), ranges.end(), [&](const CaseRange& r) { return r.last < point; });
  if (found == ranges.end() || point < found->first || (point - found->first) % found->stride != 0) return point;
  return point + static_cast<uint32_t>(found->delta);
}

/// ASCII letters of the case that starts at `first` ('A' or 'a') change case by one bit.
size_t write_mapped(std::string_view text, char first, std::span<const CaseRange> ranges, char* out) {
  size_t read = 0;
  size_t written = 0;
  while (read < text.size()) {
    const char c = text[read];
    if (static_cast<unsigned char>(c) < 0x80) {
      const bool changes = c >= first && c < first + 26;
      out[written++] = static_cast<char>(changes ? c ^ 0x20 : c);
      ++read;
      continue;
    }
    const CodePoint point = decode_utf8(text.substr(read));
    if (point.length == 0) {
      out[written++] = c;
      ++read;
      continue;
    }
    written += encode_utf8(map_code_point(point.value, ranges), out + written);
    read += point.length;
  }
  return written;
}

}  // namespace

size_t write_lower(std::string_view text, char* out) { return write_mapped(text, 'A', lower_ranges(), out); }
size_t write_upper(std::string_view text, char* out) { return write_mapped(text, 'a', upper_ranges(), out); }

}  // namespace headrace
