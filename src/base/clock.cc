#include "base/clock.h"

#include <chrono>

namespace headrace {
namespace {

class SystemClock : public Clock {
 public:
  int64_t now_us() const override { return micros(std::chrono::system_clock::now()); }
  int64_t elapsed_us() const override { return micros(std::chrono::steady_clock::now()); }

 private:
  template <typename TimePoint>
  static int64_t micros(TimePoint point) {
    return std::chrono::duration_cast<std::chrono::microseconds>(point.time_since_epoch()).count();
  }
};

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

}  // namespace headrace
