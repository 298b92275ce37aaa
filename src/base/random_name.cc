#include "base/random_name.h"

#include "base/check.h"

#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>

namespace headrace {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";
constexpr size_t kNameBytes = 16;

}  // namespace

std::string random_name() {
  unsigned char bytes[kNameBytes];
  size_t filled = 0;
  while (filled < kNameBytes) {
    const ssize_t got = ::getrandom(bytes + filled, kNameBytes - filled, 0);
    CHECK(got >= 0 || errno == EINTR);
    if (got > 0) filled += static_cast<size_t>(got);
  }

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
