#pragma once

/// Numbers in the bytes of keys and values, big-endian, so that keys are in the order of their numbers.

#include <cstdint>
#include <string>
#include <string_view>

namespace headrace {

/// Appends the last `width` bytes of a number.
inline void append_number(std::string& bytes, uint64_t number, int width) {
  for (int shift = 8 * (width - 1); shift >= 0; shift -= 8) bytes += static_cast<char>(number >> shift);
}

/// REQUIRES: at most 8 bytes.
inline uint64_t number_at(std::string_view bytes) {
  uint64_t number = 0;
  for (char byte : bytes) number = number << 8 | static_cast<uint8_t>(byte);
  return number;
}

}  // namespace headrace
