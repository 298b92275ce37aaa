#include "base/random_name.h"

#include "base/check.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <span>

namespace headrace {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";
constexpr size_t kNameBytes = 16;

void fill_randomly(std::span<unsigned char> bytes) {
  size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = ::getrandom(bytes.data() + filled, bytes.size() - filled, 0);
    CHECK(got >= 0 || errno == EINTR);
    if (got > 0) filled += static_cast<size_t>(got);
  }
}

uint64_t random_seed() {
  std::array<unsigned char, sizeof(uint64_t)> bytes{};
  fill_randomly(bytes);
  return std::bit_cast<uint64_t>(bytes);
}

}  // namespace

/// Splitmix: a count that rises by the golden ratio, mixed (Steele, Lea and Flood 2014). One for each thread.
uint64_t random_bits() {
  thread_local uint64_t state = random_seed();
  state += 0x9e3779b97f4a7c15;
  uint64_t bits = state;
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
  return bits ^ (bits >> 31);
}

std::string random_name() {
  unsigned char bytes[kNameBytes];
  fill_randomly(bytes);

  std::string name;
  for (const unsigned char byte : bytes) {
    name += kHexDigits[byte >> 4];
    name += kHexDigits[byte & 15];
  }
  return name;
}

bool is_random_name(const std::string& text) {
  return text.size() == 2 * kNameBytes && text.find_first_not_of(kHexDigits) == std::string::npos;
}

}  // namespace headrace
