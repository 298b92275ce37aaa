#include "brokers/messages/decimal_text.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace headrace {
namespace {

/// Divides in place; gives the rest.
uint32_t divide_by_ten(std::vector<uint8_t>& bytes) {
  uint32_t rest = 0;
  for (uint8_t& byte : bytes) {
    const uint32_t value = rest << 8 | byte;
    byte = static_cast<uint8_t>(value / 10);
    rest = value % 10;
  }
  return rest;
}

}  // namespace

std::string decimal_text(std::string_view bytes, int scale) {
  std::vector<uint8_t> magnitude(bytes.begin(), bytes.end());
  const bool is_negative = magnitude.front() >= 0x80;
  if (is_negative) {
    uint32_t carry = 1;
    for (size_t i = magnitude.size(); i-- > 0;) {
      carry += static_cast<uint8_t>(~magnitude[i]);
      magnitude[i] = static_cast<uint8_t>(carry);
      carry >>= 8;
    }
  }

  std::string text;  // from its end
  const auto is_zero = [](uint8_t byte) { return byte == 0; };
  while (!std::ranges::all_of(magnitude, is_zero)) text += static_cast<char>('0' + divide_by_ten(magnitude));
  const auto digits_min = static_cast<size_t>(scale) + 1;
  if (text.size() < digits_min) text.append(digits_min - text.size(), '0');
  if (scale > 0) text.insert(static_cast<size_t>(scale), 1, '.');
  if (is_negative) text += '-';
  std::ranges::reverse(text);
  return text;
}

}  // namespace headrace
