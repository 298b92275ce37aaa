#include "delivery/change/value_difference.h"

#include "session/running/event_watch.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>

namespace headrace {
namespace {

constexpr int64_t kHourUs = 3'600'000'000;
constexpr int64_t kDayUs = 24 * kHourUs;

bool is_number(const Type& type) {
  return !type.is_list && (type.scalar == ScalarType::kDouble || type.scalar == ScalarType::kInt64);
}

double number_at(const Column& column, int64_t row) {
  return column.type.scalar == ScalarType::kDouble ? column.doubles()[row] : static_cast<double>(column.int64s()[row]);
}

/// Of two values that are there.
bool are_same(const Column& before, const Column& now, int64_t row) {
  if (before.type.is_list) return before.value_at(row) == now.value_at(row);
  switch (before.type.scalar) {
    case ScalarType::kDouble: {
      const double was = before.doubles()[row];
      const double is = now.doubles()[row];
      return std::bit_cast<uint64_t>(was) == std::bit_cast<uint64_t>(is) || (std::isnan(was) && std::isnan(is));
    }
    case ScalarType::kInt64:
    case ScalarType::kTimestamp: return before.int64s()[row] == now.int64s()[row];
    case ScalarType::kString: return before.string_at(row) == now.string_at(row);
    case ScalarType::kBool: return before.bool_at(row) == now.bool_at(row);
    default: return before.value_at(row) == now.value_at(row);
  }
}

/// Linear between neighbours, as the language's percentile.
std::vector<double> compared_quantiles(std::vector<double> values) {
  std::erase_if(values, [](double each) { return std::isnan(each); });
  std::sort(values.begin(), values.end());
  std::vector<double> quantiles;
  for (const double p : kComparedQuantiles) {
    if (values.empty()) break;
    const double place = static_cast<double>(values.size() - 1) * p;
    const auto low = static_cast<size_t>(place);
    const double rest = place - static_cast<double>(low);
    quantiles.push_back(rest == 0.0 ? values[low] : values[low] + (values[low + 1] - values[low]) * rest);
  }
  return quantiles;
}

/// Every second one.
void thin_out(std::vector<double>& values) {
  for (size_t i = 0; i * 2 < values.size(); ++i) values[i] = values[i * 2];
  values.resize((values.size() + 1) / 2);
}

void consider(std::optional<DifferingSegment>& best, DifferingSegment found, int64_t rows, int64_t differing) {
  found.excess = static_cast<double>(found.differing) / static_cast<double>(differing) -
                 static_cast<double>(found.rows) / static_cast<double>(rows);
  if (found.excess > 0.0 && (!best || found.excess > best->excess)) best = std::move(found);
}

}  // namespace

std::optional<double> ValueDifference::mean_shift() const {
  if (!before || !now || before->mean == 0.0) return std::nullopt;
  return (now->mean - before->mean) / std::abs(before->mean);
}

RowSegments::RowSegments(std::vector<std::string> key_names)
    : key_names_(fmt::format("{}", fmt::join(key_names, ", "))), hour_rows_(24) {}

std::vector<RowSegments::Row> RowSegments::add(const std::vector<Column>& keys, const Column& times) {
  std::vector<Row> rows(static_cast<size_t>(times.length));
  for (int64_t i = 0; i < times.length; ++i) {
    Row& row = rows[static_cast<size_t>(i)];
    std::string text = headrace::key_text(keys, i);
    const auto known = key_of_.find(text);
    if (known != key_of_.end()) {
      row.key = known->second;
    } else if (key_texts_.size() < kSegmentKeysMax) {
      row.key = key_texts_.size();
      key_of_.emplace(text, row.key);
      key_texts_.push_back(std::move(text));
      key_rows_.push_back(0);
    } else {
      row.key = kSegmentKeysMax;
    }

    row.time = EventTime{times.int64s()[i]};
    row.day = floor_divide(row.time.us, kDayUs);
    row.hour = floor_divide(row.time.us - row.day * kDayUs, kHourUs);
    if (row.key < kSegmentKeysMax) ++key_rows_[row.key];
    ++hour_rows_[static_cast<size_t>(row.hour)];
    ++day_rows_[row.day];
  }
  rows_ += times.length;
  return rows;
}

PairComparison::PairComparison(std::string feature, const RowSegments& segments, double tolerance)
    : segments_(segments), tolerance_(tolerance), hour_differing_(24) {
  difference_.feature = std::move(feature);
}

void PairComparison::add_numbers(double before, double now, bool is_before, bool is_now) {
  const bool is_kept = seen_++ % stride_ == 0;
  if (is_before) {
    sum_before_ += before;
    ++numbers_before_;
    if (is_kept) kept_before_.push_back(before);
  }
  if (is_now) {
    sum_now_ += now;
    ++numbers_now_;
    if (is_kept) kept_now_.push_back(now);
  }

  if (std::max(kept_before_.size(), kept_now_.size()) < kQuantileRowsMax) return;
  thin_out(kept_before_);
  thin_out(kept_now_);
  stride_ *= 2;
}

void PairComparison::add_worst(double distance, const Column& before, const Column& now, int64_t row,
                               const RowSegments::Row& place) {
  if (worst_.size() == kWorstRowsMax && distance <= worst_.back().first) return;
  const std::string key = place.key < kSegmentKeysMax ? segments_.key_text(place.key) : "";
  // Each key is shown by its worst row.
  const auto of_key =
      std::find_if(worst_.begin(), worst_.end(), [&](const auto& each) { return each.second.key == key; });
  if (of_key != worst_.end()) {
    if (distance <= of_key->first) return;
    worst_.erase(of_key);
  }
  const auto at = std::find_if(worst_.begin(), worst_.end(), [&](const auto& each) { return each.first < distance; });
  worst_.insert(at, {distance, WorstRow{key, place.time, before.value_at(row), now.value_at(row)}});
  if (worst_.size() > kWorstRowsMax) worst_.pop_back();
}

void PairComparison::add_difference(const Column& before, const Column& now, int64_t row,
                                    const RowSegments::Row& place) {
  ++difference_.differing;
  const bool was = before.is_valid(row);
  const bool is = now.is_valid(row);
  if (!was) ++difference_.null_before_only;
  if (!is) ++difference_.null_now_only;
  double distance = 0.0;
  if (was && is && are_numbers_) {
    const double value = number_at(before, row);
    distance = std::abs(number_at(now, row) - value);
    sum_distance_ += distance;
    ++distances_;
    difference_.absolute_max = std::max(difference_.absolute_max, distance);
    if (value != 0.0) difference_.relative_max = std::max(difference_.relative_max, distance / std::abs(value));
  }

  add_worst(distance, before, now, row, place);
  if (place.key < kSegmentKeysMax) {
    if (key_differing_.size() <= place.key) key_differing_.resize(place.key + 1);
    ++key_differing_[place.key];
  }
  ++hour_differing_[static_cast<size_t>(place.hour)];
  ++day_differing_[place.day];
}

void PairComparison::add(const Column& before, const Column& now, const std::vector<RowSegments::Row>& rows) {
  are_numbers_ = is_number(before.type);
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto row = static_cast<int64_t>(i);
    const bool was = before.is_valid(row);
    const bool is = now.is_valid(row);
    ++difference_.rows;
    difference_.nulls_before += was ? 0 : 1;
    difference_.nulls_now += is ? 0 : 1;
    if (are_numbers_) add_numbers(was ? number_at(before, row) : 0.0, is ? number_at(now, row) : 0.0, was, is);

    if (was == is && (!was || are_same(before, now, row))) continue;
    if (was && is && are_numbers_ && tolerance_ > 0.0) {
      const double a = number_at(before, row);
      const double b = number_at(now, row);
      if (std::abs(a - b) <= tolerance_ * std::max(std::abs(a), std::abs(b))) continue;
    }
    add_difference(before, now, row, rows[i]);
  }
}

std::optional<DifferingSegment> PairComparison::worst_segment() const {
  std::optional<DifferingSegment> best;
  const int64_t differing = difference_.differing;
  if (differing == 0) return best;
  for (size_t key = 0; key < key_differing_.size(); ++key) {
    consider(best, {segments_.key_names_, segments_.key_text(key), segments_.key_rows_[key], key_differing_[key], 0.0},
             segments_.rows_, differing);
  }
  for (size_t hour = 0; hour < hour_differing_.size(); ++hour) {
    consider(best, {"hour of day", std::to_string(hour), segments_.hour_rows_[hour], hour_differing_[hour], 0.0},
             segments_.rows_, differing);
  }

  // In order of days, so that of equals always the same one is named.
  const std::map<int64_t, int64_t> days(day_differing_.begin(), day_differing_.end());
  for (const auto& [day, count] : days) {
    const std::string text = to_string(EventTime{day * kDayUs}).substr(0, 10);
    consider(best, {"day", text, segments_.day_rows_.at(day), count, 0.0}, segments_.rows_, differing);
  }
  return best;
}

ValueDifference PairComparison::finish() {
  difference_.keys = static_cast<int64_t>(segments_.key_texts_.size());
  for (const int64_t count : key_differing_) difference_.keys_differing += count > 0 ? 1 : 0;
  if (distances_ > 0) difference_.absolute_mean = sum_distance_ / static_cast<double>(distances_);
  if (numbers_before_ > 0)
    difference_.before = {sum_before_ / static_cast<double>(numbers_before_), compared_quantiles(kept_before_)};
  if (numbers_now_ > 0) difference_.now = {sum_now_ / static_cast<double>(numbers_now_), compared_quantiles(kept_now_)};
  difference_.quantile_rows = static_cast<int64_t>(std::max(kept_before_.size(), kept_now_.size()));
  for (auto& [distance, row] : worst_) difference_.worst.push_back(std::move(row));
  difference_.segment = worst_segment();
  return std::move(difference_);
}

}  // namespace headrace
