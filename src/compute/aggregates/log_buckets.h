#pragma once

/// approx_percentile: relative-error buckets, in the manner of DDSketch (Masson, Rim, Lee 2019).
///
/// A bucket is the set of doubles with one sign, exponent and first ten bits of the mantissa: 1,024 buckets for each
/// power of two, found by a shift. It keeps the exact sum of the remaining bits, so it stands for the mean of its
/// values: the value itself when it holds only one distinct value. Counts and sums are integers, so the state depends
/// on the set of values alone, and values can be taken back exactly.
///
/// Error: every value is off by less than 2^-10 (0.1 %) of itself, and by nothing when it is alone in its bucket; the
/// percentile interpolates between two of them as the exact one does. (Below 2^-1022, by less than 2^-1032.)
/// Memory: 32 bytes a bucket in use, whatever the number of values. An int64 is rounded to a double first.

#include "compute/aggregates/percentile.h"
#include "compute/aggregates/sorted_blocks.h"
#include "compute/aggregates/state_bytes.h"

namespace headrace {

/// T is double or int64_t.
template <typename T>
class LogBucketsAggregate {
 public:
  struct Bucket {
    uint32_t key = 0;  // the leading bits; keys rise with the values
    int64_t count = 0;
    unsigned __int128 sum = 0;  // of the remaining bits
  };
  struct KeyBefore {
    bool operator()(const Bucket& a, const Bucket& b) const { return a.key < b.key; }
  };
  struct CountWeight {
    int64_t operator()(const Bucket& bucket) const { return bucket.count; }
  };
  using State = SortedBlocks<Bucket, KeyBefore, CountWeight>;
  using Input = T;

  State identity() const { return {}; }
  void update(State& state, Input value, EventTime /*time*/) const {
    add(state, bucket_of(static_cast<double>(value)));
  }
  void merge(State& state, const State& other) const {
    other.visit_while([&](const Bucket& bucket) { return add(state, bucket), true; });
  }
  /// REQUIRES: the value is there; any value, not only the oldest.
  void retract(State& state, Input value, EventTime /*time*/) const {
    const Bucket gone = bucket_of(static_cast<double>(value));
    state.change(Bucket{.key = gone.key}, [&](Bucket& bucket) {
      CHECK_LT(0, bucket.count);
      --bucket.count;
      bucket.sum -= gone.sum;
    });
  }

  void store(const State& state, StateWriter& writer) const {
    uint64_t buckets = 0;
    state.visit_while([&](const Bucket&) { return ++buckets, true; });
    writer.word(buckets);
    state.visit_while([&](const Bucket& bucket) {
      writer.word(bucket.key);
      writer.value(bucket.count);
      writer.word(static_cast<uint64_t>(bucket.sum));
      writer.word(static_cast<uint64_t>(bucket.sum >> 64));
      return true;
    });
  }
  void restore(State& state, StateReader& reader) const {
    for (size_t left = reader.count(32); left > 0; --left) {
      Bucket bucket;
      bucket.key = static_cast<uint32_t>(reader.word());
      bucket.count = reader.number();
      bucket.sum = reader.word();
      bucket.sum |= static_cast<unsigned __int128>(reader.word()) << 64;
      if (bucket.count <= 0) reader.fail();
      if (!reader.ok()) return;
      add(state, bucket);
    }
  }

  bool write(const State& state, Aggregation /*which*/, const AggregationParams& params, Slot& out) const {
    return write_percentile(state.weight(), params.p, [&](int64_t rank) { return mean_of(state.at(rank)); }, out);
  }

 private:
  static constexpr int kLowBits = 42;
  static constexpr uint64_t kSign = uint64_t{1} << 63;

  /// The bits of a double, changed so that they rise with its value.
  static uint64_t to_rising(double value) {
    const auto bits = std::bit_cast<uint64_t>(value);
    return (bits & kSign) != 0 ? ~bits : bits | kSign;
  }
  static double from_rising(uint64_t rising) {
    return std::bit_cast<double>((rising & kSign) != 0 ? rising & ~kSign : ~rising);
  }

  static Bucket bucket_of(double value) {
    const uint64_t rising = to_rising(value);
    return {static_cast<uint32_t>(rising >> kLowBits), 1, rising & ((uint64_t{1} << kLowBits) - 1)};
  }

  /// In one bucket values are linear in their bits, so the mean of the bits is the bits of the mean.
  static double mean_of(const Bucket& bucket) {
    const auto count = static_cast<uint64_t>(bucket.count);
    const auto low = static_cast<uint64_t>((bucket.sum + count / 2) / count);
    return from_rising((uint64_t{bucket.key} << kLowBits) + low);
  }

  static void add(State& state, const Bucket& gain) {
    state.change(Bucket{.key = gain.key}, [&](Bucket& bucket) {
      bucket.count += gain.count;
      bucket.sum += gain.sum;
    });
  }
};

static_assert(Retractable<LogBucketsAggregate<double>>);

}  // namespace headrace
