#pragma once

/// How the values of two versions of a feature differ, on the same entities and instants.
///
/// Equality is of bits: null equals null, and a NaN that a file of others holds equals a NaN. A tolerance, where one is
/// given, takes two numbers for equal whose distance is at most so much of the greater magnitude.
///
/// The segment that says most about where values differ is the one whose share of the differing rows exceeds its share
/// of all rows by most: a key with 3 of 100 rows and 30 of 60 differing ones has 0.50 − 0.03 = 0.47. It is a hint where to
/// look and no proof of a cause. Keys, hours of the day (UTC) and days are looked at.
///
/// A feature's rows are counted all; its quantiles are of at most kQuantileRowsMax of them, evenly spread.

#include "data/column.h"

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace headrace {

inline constexpr size_t kQuantileRowsMax = 65'536;
inline constexpr size_t kWorstRowsMax = 5;
/// Keys beyond so many are counted together, and none of them is named as a segment.
inline constexpr size_t kSegmentKeysMax = 100'000;

struct WorstRow {
  std::string key;
  EventTime time;
  Value before, now;
};

struct DifferingSegment {
  std::string of;     // "pump_id", "hour of day", "day"
  std::string value;  // "p7", "13", "2024-03-01"
  int64_t rows = 0;
  int64_t differing = 0;
  double excess = 0.0;  // its share of the differing rows less its share of all rows
};

/// Of one side: the values that are not null, where they are numbers.
struct NumbersOfSide {
  double mean = 0.0;
  std::vector<double> quantiles;  // at kComparedQuantiles
};
inline constexpr double kComparedQuantiles[] = {0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99};

struct ValueDifference {
  std::string feature;
  int64_t rows = 0;
  int64_t differing = 0;
  int64_t nulls_before = 0, nulls_now = 0;
  int64_t null_before_only = 0, null_now_only = 0;
  int64_t keys = 0, keys_differing = 0;
  // Of numbers, over rows in which both are there and differ; else 0.
  double absolute_max = 0.0, absolute_mean = 0.0;
  double relative_max = 0.0;  // distance over the magnitude of before; rows with 0 before are left out
  std::optional<NumbersOfSide> before, now;
  int64_t quantile_rows = 0;
  std::vector<WorstRow> worst;  // of different keys, the greatest distance first
  std::optional<DifferingSegment> segment;

  double null_rate_delta() const {
    return rows == 0 ? 0.0 : static_cast<double>(nulls_now - nulls_before) / static_cast<double>(rows);
  }
  /// Nothing: no numbers on a side, or a mean of 0 before.
  std::optional<double> mean_shift() const;
};

/// One comparison of values, of several features.
struct ValueReport {
  double sample = 1.0;  // share of the keys
  int64_t rows = 0;     // that were compared, over all entities
  std::optional<EventTime> start, end;
  std::vector<ValueDifference> features;
};

/// The keys and instants of rows, as segments: shared by all features that are compared on them.
class RowSegments {
 public:
  explicit RowSegments(std::vector<std::string> key_names);

  struct Row {
    size_t key = 0;  // kSegmentKeysMax: beyond what is told apart
    int64_t hour = 0;
    int64_t day = 0;
    EventTime time;
  };
  /// REQUIRES: int64, string, bool or timestamp keys; times have no nulls.
  std::vector<Row> add(const std::vector<Column>& keys, const Column& times);

  const std::string& key_text(size_t key) const { return key_texts_[key]; }

 private:
  friend class PairComparison;
  std::string key_names_;
  std::unordered_map<std::string, size_t> key_of_;
  std::vector<std::string> key_texts_;
  std::vector<int64_t> key_rows_;
  std::vector<int64_t> hour_rows_;
  std::unordered_map<int64_t, int64_t> day_rows_;
  int64_t rows_ = 0;
};

/// One feature's comparison on its way. Not thread-safe.
class PairComparison {
 public:
  PairComparison(std::string feature, const RowSegments& segments, double tolerance);

  /// REQUIRES: the columns have one type, and the rows of the segments.
  void add(const Column& before, const Column& now, const std::vector<RowSegments::Row>& rows);
  ValueDifference finish();

 private:
  void add_numbers(double before, double now, bool is_before, bool is_now);
  void add_difference(const Column& before, const Column& now, int64_t row, const RowSegments::Row& place);
  void add_worst(double distance, const Column& before, const Column& now, int64_t row, const RowSegments::Row& place);
  std::optional<DifferingSegment> worst_segment() const;

  const RowSegments& segments_;
  const double tolerance_;
  ValueDifference difference_;
  double sum_before_ = 0.0, sum_now_ = 0.0, sum_distance_ = 0.0;
  int64_t numbers_before_ = 0, numbers_now_ = 0, distances_ = 0;
  bool are_numbers_ = false;
  // Every stride-th row.
  std::vector<double> kept_before_, kept_now_;
  int64_t stride_ = 1, seen_ = 0;
  std::vector<std::pair<double, WorstRow>> worst_;
  std::vector<int64_t> key_differing_;
  std::vector<int64_t> hour_differing_;
  std::unordered_map<int64_t, int64_t> day_differing_;
};

}  // namespace headrace
