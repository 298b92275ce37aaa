#include "base/murmur3.h"

#include <bit>

namespace headrace {
namespace {

// The constants of MurmurHash3_x86_32.
constexpr uint32_t kFirst = 0xcc9e2d51;
constexpr uint32_t kSecond = 0x1b873593;

uint32_t scramble(uint32_t word) { return std::rotl(word * kFirst, 15) * kSecond; }

/// Up to four bytes, the first one lowest.
uint32_t word_at(std::string_view text, size_t at) {
  uint32_t word = 0;
  for (size_t i = 0; i < 4 && at + i < text.size(); ++i) {
    word |= static_cast<uint32_t>(static_cast<unsigned char>(text[at + i])) << (8 * i);
  }
  return word;
}

}  // namespace

uint32_t murmur3(std::string_view text) {
  uint32_t state = 0;
  const size_t whole = text.size() / 4 * 4;
  for (size_t at = 0; at < whole; at += 4) state = std::rotl(state ^ scramble(word_at(text, at)), 13) * 5 + 0xe6546b64;
  if (whole < text.size()) state ^= scramble(word_at(text, whole));
  state ^= static_cast<uint32_t>(text.size());
  state = (state ^ (state >> 16)) * 0x85ebca6b;
  state = (state ^ (state >> 13)) * 0xc2b2ae35;
  return state ^ (state >> 16);
}

}  // namespace headrace
