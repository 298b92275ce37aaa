#include "base/base64.h"

#include <algorithm>
#include <cstdint>

namespace headrace {

namespace {

constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

}  // namespace

std::string to_base64(std::string_view bytes) {
  std::string text;
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    for (size_t k = 0; k < 3; ++k) group = group << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (size_t k = 0; k < 4; ++k) text += k <= count ? kDigits[group >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::string bytes;
  for (size_t i = 0; i < text.size(); i += 4) {
    const bool is_last = i + 4 == text.size();
    const size_t ends = !is_last ? 0 : text[i + 3] != '=' ? 0 : text[i + 2] != '=' ? 1 : 2;
    uint32_t group = 0;
    for (size_t k = 0; k < 4 - ends; ++k) {
      const size_t digit = kDigits.find(text[i + k]);
      if (digit == std::string_view::npos) return std::nullopt;
      group |= static_cast<uint32_t>(digit) << (18 - 6 * k);
    }
    for (size_t k = 0; k < 3 - ends; ++k) bytes += static_cast<char>(group >> (16 - 8 * k) & 255);
  }
  if (to_base64(bytes) != text) return std::nullopt;  // bits behind the last byte
  return bytes;
}

}  // namespace headrace
