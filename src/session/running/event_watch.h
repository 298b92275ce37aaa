#pragma once

/// What a run saw of the events of a source, so that silence that misleads becomes a word: no events at all, times that a
/// wrong unit makes, one clock far off the others.
///
/// Units are watched apart, since a run may read one again. Thread-safe.

#include "data/column.h"
#include "engine/source.h"

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace headrace {

/// Times by year, roughly: how many, and from when to when.
struct YearOfEvents {
  int64_t events = 0;
  int64_t time_min = 0;
  int64_t time_max = 0;
};

/// What one reading of a unit saw.
class UnitEvents {
 public:
  void add(const Batch& batch, const SourceRequest& request);

  int64_t events() const { return events_; }
  const std::map<int64_t, YearOfEvents>& years() const { return years_; }
  /// The first key, as a text writes it: "00001", or "7, a" of two columns.
  const std::string& first_key() const { return first_key_; }

 private:
  void add_to_year(int64_t time_min, int64_t time_max, int64_t events);

  int64_t events_ = 0;
  std::map<int64_t, YearOfEvents> years_;
  std::string first_key_;
};

class EventWatch {
 public:
  EventWatch(SourceRequest request, size_t units) : request_(std::move(request)), units_(units) {}

  const SourceRequest& request() const { return request_; }
  void set_unit(size_t unit, UnitEvents seen);

  /// Warnings with their numbers; `now_us` says what the future is.
  std::vector<std::string> warnings(int64_t now_us) const;
  /// Of the first unit that has one; empty: no event was read.
  std::string first_key() const;
  /// The first event's time, of those read.
  std::optional<EventTime> time_min() const;

 private:
  const SourceRequest request_;
  mutable std::mutex mutex_;
  std::vector<std::optional<UnitEvents>> units_;  // nothing: not read
};

/// A key as a text writes it.
std::string key_text(const std::vector<Column>& keys, int64_t row);

}  // namespace headrace
