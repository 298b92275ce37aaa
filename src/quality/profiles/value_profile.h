#pragma once

/// What a feature's values of one period look like, in a few kilobytes.
///
/// Two profiles of the same type and bins merge to the profile of all their rows, and however rows are split and in
/// whatever order parts are merged, the bytes are the same:
///   counts               rows, nulls, not finite, zeros, in each bin
///   sum, sum of squares  exact, as integers of fixed width in units of the least double (compute/exact/limbs.h)
///   extremes             of values, event times and delays
///   distinct values, and entities   HyperLogLog of 1,024 registers: a standard error of 3.3 %
///   kept values          those whose hashes are the least, with exact counts: all values where there are at most
///                        kKeptMax, else a sample of the distinct ones. (A list of the most frequent ones would depend on
///                        the order of rows)
///
/// Bins are frozen: a profile takes edges from the reference and never changes them. Bin i has edge i <= value < edge i+1, the
/// last one both ends; below and above are counted apart. −0.0 is 0.0. NaN and infinities are values that are not finite: in no sum,
/// no extreme and no bin.
///
/// Not thread-safe.

#include "base/result.h"
#include "data/time.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

/// What of a value a profile can look at.
enum class ProfiledKind : uint8_t { kNumber, kText, kPresence };

/// Ranks of 1,024 registers (compute/aggregates/hyper_log_log.h).
class SmallHyperLogLog {
 public:
  static constexpr int kIndexBits = 10;
  static constexpr size_t kRegisters = size_t{1} << kIndexBits;
  void insert(uint64_t hash);
  void merge(const SmallHyperLogLog& other);
  int64_t estimate() const;
  std::span<uint8_t> ranks() { return ranks_; }
  std::span<const uint8_t> ranks() const { return ranks_; }

 private:
  std::array<uint8_t, kRegisters> ranks_{};
};

struct KeptValue {
  uint64_t hash = 0;
  int64_t count = 0;
  std::string text;  // at most ValueProfile::kKeptBytesMax of it; numbers as JSON has them
  friend bool operator==(const KeptValue&, const KeptValue&) = default;
};

class ValueProfile {
 public:
  static constexpr size_t kBinsMax = 32;
  static constexpr size_t kKeptMax = 24;
  static constexpr size_t kKeptBytesMax = 48;
  static constexpr size_t kBytesMax = 8192;  // of the stored form

  /// `edges` rise, at most kBinsMax + 1 of them; none: there is no histogram.
  explicit ValueProfile(ProfiledKind kind, std::vector<double> edges = {});

  /// One row each; `entity` is a hash of the key.
  void take_null(uint64_t entity, EventTime time);
  void take_number(double value, uint64_t entity, EventTime time);
  void take_text(std::string_view value, uint64_t entity, EventTime time);
  /// A value that is there and of which nothing else is kept: a list.
  void take_present(uint64_t entity, EventTime time);
  /// How long after its event a row arrived.
  void take_delay(int64_t delay_us);
  /// Counts a number in its bin alone, for rows that were taken before there were edges. take_number does it too.
  void take_bin(double value);

  bool can_merge(const ValueProfile& other) const;
  /// REQUIRES: can_merge(other).
  void merge(const ValueProfile& other);
  /// REQUIRES: there are none, and no bin has been counted.
  void set_edges(std::vector<double> edges);

  ProfiledKind kind() const { return kind_; }
  int64_t rows() const { return rows_; }
  int64_t nulls() const { return nulls_; }
  int64_t not_finite() const { return not_finite_; }
  int64_t zeros() const { return zeros_; }
  int64_t finite() const { return finite_; }
  std::optional<double> min() const;
  std::optional<double> max() const;
  /// Rounded once; nothing without finite values.
  std::optional<double> mean() const;
  /// Of the population, likewise.
  std::optional<double> variance() const;
  int64_t distinct() const { return values_.estimate(); }
  int64_t entities() const { return entities_.estimate(); }
  std::optional<EventTime> oldest() const;
  std::optional<EventTime> newest() const;
  int64_t delays() const { return delays_; }
  int64_t delay_us_max() const { return delay_us_max_; }
  const std::vector<double>& edges() const { return edges_; }
  /// Below the first edge, the bins, above the last edge. Empty without edges.
  const std::vector<int64_t>& counts() const { return counts_; }
  const std::vector<KeptValue>& kept() const { return kept_; }
  bool has_kept_all() const { return !has_dropped_; }

  /// The form that is kept: version, kind, fields, checksum; at most kBytesMax bytes.
  std::string to_bytes() const;
  /// An Error of the data for anything that to_bytes did not write.
  static Result<ValueProfile> from_bytes(std::string_view bytes);

 private:
  friend class ProfileForm;
  static constexpr size_t kSumLimbs = 34;     // 2,098 bits of doubles and room for 2^64 of them
  static constexpr size_t kSquareLimbs = 67;  // 4,196 likewise

  void take_row(uint64_t entity, EventTime time);
  /// `text` gives the text where the value is kept and was not before.
  template <typename MakeText>
  void keep(uint64_t hash, int64_t count, const MakeText& text);
  bool is_sound() const;

  ProfiledKind kind_;
  int64_t rows_ = 0, nulls_ = 0, not_finite_ = 0, zeros_ = 0, finite_ = 0;
  double min_ = 0, max_ = 0;  // where finite_ > 0
  std::array<uint64_t, kSumLimbs> sum_{};
  std::array<uint64_t, kSquareLimbs> squares_{};
  SmallHyperLogLog values_, entities_;
  int64_t oldest_us_ = kTimeMax, newest_us_ = kTimeMin;
  int64_t delays_ = 0, delay_us_max_ = 0;
  std::vector<double> edges_;
  std::vector<int64_t> counts_;
  std::vector<KeptValue> kept_;  // by hash
  bool has_dropped_ = false;
};

/// Edges that cut the values into bins of about equal numbers; equal edges are one. Non-finite values are left out; none at
/// all: no edges. Depends on the values and not on their order.
std::vector<double> frozen_edges(std::vector<double> values);

}  // namespace headrace
