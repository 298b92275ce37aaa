#include "io/text/text_decoder.h"

#include "io/text/append_text.h"

#include <array>
#include <cstdint>

namespace headrace {
namespace {

/// Windows-1252 from 0x80 to 0x9F; elsewhere it is Latin-1.
constexpr std::array<uint32_t, 32> kWindowsCodePoints = {
    0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x8D,   0x017D, 0x8F,   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022,
    0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

}  // namespace

void TextDecoder::decode(std::string_view bytes, std::string& out) {
  switch (encoding_) {
    case TextEncoding::kUtf8: out += bytes; return;
    case TextEncoding::kUtf16: return decode_utf16(bytes, out);
    case TextEncoding::kLatin1:
    case TextEncoding::kWindows1252: break;
  }
  for (const char letter : bytes) {
    const auto byte = static_cast<unsigned char>(letter);
    const bool is_windows = encoding_ == TextEncoding::kWindows1252 && byte >= 0x80 && byte < 0xA0;
    append_utf8(out, is_windows ? kWindowsCodePoints[byte - 0x80U] : byte);
  }
}

void TextDecoder::decode_utf16(std::string_view bytes, std::string& out) {
  rest_ += bytes;
  size_t at = 0;
  const auto unit_at = [&](size_t place) {
    const auto first = static_cast<unsigned char>(rest_[place]);
    const auto second = static_cast<unsigned char>(rest_[place + 1]);
    return is_big_endian_ ? static_cast<uint32_t>(first << 8 | second) : static_cast<uint32_t>(second << 8 | first);
  };

  while (at + 2 <= rest_.size()) {
    const uint32_t unit = unit_at(at);
    if (is_at_start_) {
      is_at_start_ = false;
      is_big_endian_ = unit == 0xFFFE;
      if (unit == 0xFEFF || unit == 0xFFFE) {
        at += 2;
        continue;
      }
    }

    // Two units may be one character.
    const bool is_high = unit >= 0xD800 && unit < 0xDC00;
    if (is_high && at + 4 > rest_.size()) break;
    const uint32_t low = is_high ? unit_at(at + 2) : 0;
    const bool is_pair = low >= 0xDC00 && low < 0xE000;
    append_utf8(out, is_pair ? 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00) : unit);
    at += is_pair ? 4 : 2;
  }
  rest_.erase(0, at);
}

}  // namespace headrace
