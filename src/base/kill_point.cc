#include "base/kill_point.h"

#ifdef HEADRACE_KILL_POINTS

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace headrace {
namespace {

/// The variable as it was at the first point; without a number it is 1.
struct AskedPoint {
  AskedPoint() {
    const char* const text = std::getenv("HEADRACE_KILL_POINT");
    if (text == nullptr) return;
    name = text;
    const size_t colon = name.find(':');
    if (colon == std::string::npos) return;
    int64_t count = 1;
    std::from_chars(name.data() + colon + 1, name.data() + name.size(), count);
    left = count;
    name.resize(colon);
  }

  std::string name;
  std::atomic<int64_t> left{1};
};

}  // namespace

void kill_point(std::string_view name) {
  static AskedPoint asked;
  if (name != asked.name || --asked.left != 0) return;
  ::kill(::getpid(), SIGKILL);
  while (true) ::pause();  // the signal comes, if not at once
}

}  // namespace headrace

#endif
