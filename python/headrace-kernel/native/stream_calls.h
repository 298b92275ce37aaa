#pragma once

/// What was done with a stream since the states that are stored of it, so that another one can do it again.

#include "compute/aggregates/state_bytes.h"
#include "data/column.h"
#include "data/time.h"
#include "engine/stream/stored_stream.h"

#include <cstdint>
#include <deque>
#include <string>

namespace headrace {

struct StreamCall {
  enum class Kind : uint8_t { kPush, kDrained, kAdvance, kFinish, kSettle };
  Kind kind = Kind::kAdvance;
  int64_t now = 0;
  int64_t before = 0;  // kSettle
  size_t source = 0;   // of the layout; kPush, kDrained
  uint32_t lane = 0;   // likewise
  bool is_drained = false;
  Batch events;               // kPush
  int64_t newest = kTimeMin;  // of its events
};

/// Calls in their order, and places among them at which the watermarks are known.
///
///   marks   │           │           │
///   calls   ····push····push··push··push··advance··push
///
/// Not thread-safe.
class StreamCalls {
 public:
  /// Whether watermarks should be marked before the next call.
  bool wants_mark() const { return marks_.empty() || end() - marks_.back().number >= kCallsBetweenMarks; }
  void mark(StoredWatermarks watermarks) { marks_.push_back({end(), std::move(watermarks)}); }
  /// REQUIRES: there is a mark.
  void add(StreamCall call);
  const StreamCall& last() const { return calls_.back(); }
  /// The last one has failed.
  void drop_last() { calls_.pop_back(); }
  /// Forgets calls that have nothing that is not before `settled_to`, as far as there is a mark behind them.
  void forget_before(int64_t settled_to);

  /// Watermarks, then the calls after them.
  void store(StateWriter& writer) const;
  /// REQUIRES: there are none. Bytes that mean nothing fail the reader.
  void restore(StateReader& reader);

  const StoredWatermarks& first_watermarks() const { return marks_.front().watermarks; }
  const std::deque<StreamCall>& all() const { return calls_; }
  bool empty() const { return marks_.empty(); }

 private:
  struct Mark {
    uint64_t number = 0;  // of the first call after it
    StoredWatermarks watermarks;
  };

  uint64_t end() const { return first_ + calls_.size(); }

  static constexpr uint64_t kCallsBetweenMarks = 64;

  std::deque<Mark> marks_;
  std::deque<StreamCall> calls_;
  uint64_t first_ = 0;  // number of the first call
};

}  // namespace headrace
