#pragma once

/// What was made of a registry's schemas, by their numbers, so that each is asked for once.
///
/// A number means the same schema for ever, so what was made of it stays, as long as there is room. That a registry has none may
/// change: it is believed for half a minute.

#include "base/clock.h"
#include "base/result.h"

#include <cstdint>
#include <deque>
#include <map>
#include <utility>

namespace headrace {

/// Not thread-safe.
template <typename Made>
class KnownSchemas {
 public:
  static constexpr size_t kCountMax = 1'000;
  static constexpr int64_t kUnknownUs = 30'000'000;

  /// The clock lives longer.
  explicit KnownSchemas(const Clock& clock) : clock_(clock) {}

  /// What was made of a schema, or why nothing could be; else what `make` gives now. It stays where it is until the next call. What
  /// is kUnavailable is asked for again.
  template <typename Make>
  Result<Made*> find(uint32_t id, const Make& make) {
    const int64_t now = clock_.elapsed_us();
    const auto known = entries_.find(id);
    if (known != entries_.end()) {
      if (known->second.until_us > now) return answer_of(known->second);
      forget(id);
    }
    Result<Made> made = make();
    if (!made && made.error().kind() == ErrorKind::kUnavailable) return made.error();
    if (entries_.size() >= kCountMax) forget(order_.front());
    const bool may_change = !made && made.error().kind() == ErrorKind::kNotFound;
    order_.push_back(id);
    const auto added = entries_.emplace(id, Entry{std::move(made), may_change ? now + kUnknownUs : INT64_MAX}).first;
    return answer_of(added->second);
  }

 private:
  struct Entry {
    Result<Made> made;
    int64_t until_us;
  };

  static Result<Made*> answer_of(Entry& entry) {
    if (!entry.made) return entry.made.error();
    return &entry.made.value();
  }
  void forget(uint32_t id) {
    entries_.erase(id);
    std::erase(order_, id);
  }

  const Clock& clock_;
  std::map<uint32_t, Entry> entries_;
  std::deque<uint32_t> order_;  // in which they came
};

}  // namespace headrace
