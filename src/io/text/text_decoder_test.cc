#include "io/text/text_decoder.h"

#include "base/utf8.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

/// Byte by byte, so that every character is divided.
std::string decoded(TextEncoding encoding, std::string_view bytes) {
  TextDecoder decoder(encoding);
  std::string text;
  for (const char byte : bytes) decoder.decode({&byte, 1}, text);
  return text;
}

TEST(TextDecoder, SingleBytes) {
  EXPECT_EQ(decoded(TextEncoding::kLatin1,
                    "Temp \xb0"
                    "C"),
            "Temp °C");
  EXPECT_EQ(decoded(TextEncoding::kWindows1252, "\x80 5"), "€ 5");
  EXPECT_EQ(decoded(TextEncoding::kUtf8, "é"), "é");
}

TEST(TextDecoder, Utf16OfBothOrders) {
  EXPECT_EQ(decoded(TextEncoding::kUtf16, {"\xff\xfe\x61\x00\xac\x20\x3d\xd8\x00\xde", 10}), "a€😀");
  EXPECT_EQ(decoded(TextEncoding::kUtf16, {"\xfe\xff\x00\x61\x20\xac\xd8\x3d\xde\x00", 10}), "a€😀");
  EXPECT_EQ(decoded(TextEncoding::kUtf16, {"\x61\x00", 2}), "a");
  EXPECT_FALSE(is_valid_utf8(decoded(TextEncoding::kUtf16, {"\x3d\xd8\x61\x00", 4})));
}

}  // namespace
}  // namespace headrace
