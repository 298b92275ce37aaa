#pragma once

/// A clock that goes on only when a test says so.

#include "base/clock.h"

namespace headrace {

class StoppedClock : public Clock {
 public:
  int64_t now_us() const override { return now; }
  int64_t elapsed_us() const override { return now; }

  int64_t now = 0;
};

}  // namespace headrace
