#include "base/hash.h"

#include <cstring>

namespace headrace {

uint64_t hash_bytes(std::string_view bytes, uint64_t seed) {
  uint64_t hash = mix64(seed ^ (bytes.size() * 0x9e3779b97f4a7c15ULL));
  size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    uint64_t word;
    std::memcpy(&word, bytes.data() + at, 8);
    hash = mix64(hash ^ word) + 0x9e3779b97f4a7c15ULL;
  }
  if (at < bytes.size()) {
    uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, bytes.size() - at);
    hash = mix64(hash ^ word) + 0x9e3779b97f4a7c15ULL;
  }
  return mix64(hash);
}

}  // namespace headrace
