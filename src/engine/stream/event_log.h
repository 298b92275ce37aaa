#pragma once

/// What a stream keeps so that it can be rebuilt: the pushes in their order, as they came, with the clock by which they
/// were judged. Feeding them again gives the same state to the last bit, also with other definitions.

#include "base/result.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>

namespace headrace {

struct LoggedPush {
  std::string source;
  int64_t now_us = 0;   // the clock when it was judged
  std::string records;  // the text of the events, as they were pushed
};

/// Not thread-safe.
class EventLog {
 public:
  using Take = std::function<Status(const LoggedPush&)>;

  virtual ~EventLog() = default;

  /// Adds pushes behind all others, all of them or none; durable once it returns. After an error nothing more is taken.
  virtual Status append(std::span<const LoggedPush> pushes) = 0;
  /// All pushes in their order. Ends early with the error of `take`.
  virtual Status replay(const Take& take) const = 0;
};

}  // namespace headrace
