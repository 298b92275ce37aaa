#pragma once

/// Code points in UTF-8 text. Safe on any bytes: what is not UTF-8 counts as one code point for each lead or stray
/// byte.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace headrace {

inline bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

/// Counts code points: all bytes but continuation bytes.
inline int64_t count_code_points(std::string_view text) {
  int64_t count = 0;
  for (char c : text) count += is_continuation(c) ? 0 : 1;
  return count;
}

/// The byte at which the code point of that number (from 0) starts; the text's size if there are fewer.
inline size_t byte_of_code_point(std::string_view text, int64_t number) {
  if (number <= 0) return 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!is_continuation(text[i]) && number-- == 0) return i;
  }
  return text.size();
}

/// A code point and the bytes that it takes; not UTF-8: length 0.
struct CodePoint {
  uint32_t value = 0;
  size_t length = 0;
};

/// Decodes the code point at the front. REQUIRES: text is not empty.
CodePoint decode_utf8(std::string_view text);

/// Writes at most four bytes. REQUIRES: value is a code point.
size_t encode_utf8(uint32_t value, char* out);

}  // namespace headrace
