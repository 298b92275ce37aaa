#pragma once

/// Ids of messages that a broker may bring again, so that one that was taken is not taken again.
///
///   slices    │ oldest │        │        │ newest │──> now
///             let go of as a whole, when all of it is older than `kept_for`, or when there are too many
///
/// Kept are 128 bits of each id's SHA-256: no two ids that anybody found have the same. An id takes about 40 bytes. Time is
/// that of this process: what was read from the store counts from the start on, so that a message that was durable but not
/// acknowledged when the server ended is known however long it was down.
///
/// Not thread-safe.

#include "data/time.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_set>

namespace headrace {

class MessageIds {
 public:
  /// How many are kept of a source at most: about 160 MB.
  static constexpr size_t kCountMax = 4'000'000;

  explicit MessageIds(Duration kept_for, size_t count_max = kCountMax) : kept_for_(kept_for), count_max_(count_max) {}

  bool contains(std::string_view id) const;
  /// Does nothing where it is known. `elapsed_us` never goes back.
  void keep(std::string_view id, int64_t elapsed_us);

  size_t size() const { return count_; }
  /// For how long ids were kept that were let go of too soon, as there were too many; 0: that never happened.
  Duration shortest_kept() const { return shortest_; }

  /// Oldest first, without their times.
  std::string to_bytes() const;
  /// Keeps what to_bytes() gave as of now. False where the bytes are none of it.
  bool restore(std::string_view bytes, int64_t elapsed_us);

 private:
  static constexpr size_t kSlices = 16;

  struct Digest {
    uint64_t first = 0;
    uint64_t second = 0;
    friend bool operator==(const Digest&, const Digest&) = default;
  };
  struct Hash {
    size_t operator()(const Digest& digest) const noexcept { return digest.first; }
  };
  struct Slice {
    int64_t first_us = 0;
    int64_t last_us = 0;
    std::unordered_set<Digest, Hash> ids;
  };

  static Digest digest_of(std::string_view id);
  bool has(const Digest& digest) const;
  void keep(const Digest& digest, int64_t elapsed_us);
  void let_go(int64_t elapsed_us);

  const Duration kept_for_;
  const size_t count_max_;
  std::deque<Slice> slices_;
  size_t count_ = 0;  // in all slices
  Duration shortest_{0};
};

}  // namespace headrace
