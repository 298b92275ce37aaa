#pragma once

/// Pushes that came under a key, so that one that is sent again is answered again and not taken again.
///
/// The key of a push is in the log with its events, and feeding the log gives its answer again; what a checkpoint passes over
/// is stored with it.
///
/// Not thread-safe.

#include "session/live/live_features.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace headrace {

class Repeats {
 public:
  struct Earlier {
    std::string digest;  // of what was pushed
    LivePush answer;
    uint64_t number = 0;  // of its commit; 0: it is durable
    int64_t at_us = 0;    // the clock
  };

  Repeats(Duration kept_for, std::map<std::string, Duration> kept_for_of)
      : kept_for_(kept_for), kept_for_of_(std::move(kept_for_of)) {}

  /// What came under the key of a source in the time that keys are kept for; null for nothing. Another text is kConflict,
  /// and so many keys that no further one can be kept are kUnavailable.
  Result<const Earlier*> find(std::string_view source, std::string_view key, std::string_view text, int64_t now_us);
  /// `digest`: sha256_hex() of the text. Does nothing where the key is known. REQUIRES: the clock does not go back.
  void keep(std::string_view source, std::string_view key, const std::string& digest, const LivePush& answer,
            uint64_t number, int64_t now_us);

  std::string to_bytes() const;
  /// False where the bytes are none of to_bytes().
  bool restore(std::string_view bytes);

 private:
  static constexpr size_t kKeysMax = 1'000'000;

  struct OfSource {
    Duration kept_for;
    std::unordered_map<std::string, Earlier> earlier;  // by key
    std::deque<std::string> oldest;                    // the keys in the order in which they came
  };

  OfSource& of(std::string_view source);
  static void forget(OfSource& source, int64_t now_us);
  size_t keys() const;

  const Duration kept_for_;
  const std::map<std::string, Duration> kept_for_of_;  // by source, instead
  std::map<std::string, OfSource, std::less<>> sources_;
};

}  // namespace headrace
