#pragma once

/// An event as a line of JSON, written piece by piece by what decodes messages.
///
/// Nothing is lost on the way into the log: integers have all their digits, doubles the shortest text that reads back to the
/// same bits (with a point or an exponent, so that no double looks like an integer), times all their digits. What is no number
/// is NaN, Infinity or -Infinity, as the reader of lines takes them.
///
/// Commas and brackets are the caller's. Not thread-safe.

#include "language/definitions/source_parts.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace headrace {

class EventLine {
 public:
  /// Of one event: a message that is small may be large as a line.
  static constexpr size_t kBytesMax = size_t{16} << 20;
  /// What nests deeper is refused.
  static constexpr int kDepthMax = 64;

  /// Appends to `out`, which lives longer.
  explicit EventLine(std::string& out) : out_(out), begin_(out.size()) {}

  void raw(std::string_view json) { out_ += json; }
  void null() { out_ += "null"; }
  void boolean(bool value) { out_ += value ? "true" : "false"; }
  void integer(int64_t value);
  void natural(uint64_t value);
  void number(double value);
  /// A text in quotes. False: it is no UTF-8, and nothing was written.
  bool text(std::string_view value);
  /// In Base64.
  void bytes(std::string_view value);
  /// An instant as RFC 3339, or where a unit is set, as a number that counts it. `nanoseconds` are 0 to 999,999,999. Outside the
  /// years 1 to 9999 nothing is written: false.
  bool instant(int64_t seconds, int32_t nanoseconds, bool has_zone);

  /// How instants are written from now on; nothing: as text.
  void set_unit(std::optional<TimeUnit> unit) { unit_ = unit; }
  bool is_too_long() const { return out_.size() - begin_ > kBytesMax; }
  /// Takes all back that was written.
  void take_back() { out_.resize(begin_); }
  /// What was written is an object.
  bool is_object() const { return out_.size() > begin_ && out_[begin_] == '{'; }

 private:
  std::string& out_;
  const size_t begin_;
  std::optional<TimeUnit> unit_;
};

/// Which member of an event holds its time as a number, and what that counts: what `event_time` and `unit` of a source say.
struct EpochMember {
  std::string name;
  TimeUnit unit = TimeUnit::kMicroseconds;
};

}  // namespace headrace
