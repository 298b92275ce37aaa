#pragma once

/// Upper and lower case of single code points (Unicode), by ranges; strings map code point by code point.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace headrace {

/// Every stride-th code point from first to last maps to itself plus delta.
struct CaseRange {
  uint32_t first;
  uint32_t last;
  uint32_t stride;
  int32_t delta;
};

/// Sorted, without overlap, past ASCII only.
std::span<const CaseRange> lower_ranges();
std::span<const CaseRange> upper_ranges();

/// A mapped UTF-8 text is at most this many times as long in bytes: U+0250 (two bytes) maps to U+2C6F (three).
inline constexpr size_t kCaseGrowth = 2;

/// Writes the mapped text to `out`, which has room for kCaseGrowth times the bytes. Returns the bytes written. Bytes
/// that are not UTF-8 stay as they are.
size_t write_lower(std::string_view text, char* out);
size_t write_upper(std::string_view text, char* out);

}  // namespace headrace
