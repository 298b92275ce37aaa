#include "session/live/rows_by_arrival.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

/// Units of (time, arrival) pairs; the statistics of those in `known` say when they begin.
class TestUnits : public Source {
 public:
  TestUnits(std::vector<std::vector<std::pair<int64_t, int64_t>>> units, bool has_statistics)
      : rows_(std::move(units)) {
    for (const auto& rows : rows_) {
      SourceUnit& unit = units_.emplace_back();
      for (const auto& [time, arrival] : rows) {
        if (has_statistics && (!unit.time_min || time < unit.time_min->us)) unit.time_min = EventTime{time};
      }
    }
  }

  const std::vector<SourceUnit>& units() const override { return units_; }
  Status read(size_t unit, const Consume& consume) override {
    read_units.push_back(unit);
    std::vector<int64_t> keys, times, arrivals;
    for (const auto& [time, arrival] : rows_[unit]) {
      keys.push_back(static_cast<int64_t>(unit));
      times.push_back(time);
      arrivals.push_back(arrival);
    }
    Batch batch;
    batch.rows = static_cast<int64_t>(times.size());
    batch.columns = {make_column(ScalarType::kInt64, keys), make_column(ScalarType::kTimestamp, times),
                     make_column(ScalarType::kInt64, arrivals)};
    return consume(batch);
  }

  std::vector<size_t> read_units;

 private:
  std::vector<std::vector<std::pair<int64_t, int64_t>>> rows_;
  std::vector<SourceUnit> units_;
};

SourceRequest request(bool has_arrival) {
  SourceRequest request;
  request.columns = {"key", "at", "seq"};
  request.key_count = 1;
  request.has_arrival = has_arrival;
  return request;
}

/// "time/unit" of the rows, and `|` between batches.
std::string all_of(RowsByArrival& order, int64_t step, size_t rows_max) {
  std::string text;
  for (int64_t due = order.next_due().value(); due != kTimeMax; due = order.next_due().value()) {
    const Batch batch = order.take(due + step, rows_max).value();
    for (int64_t row = 0; row < batch.rows; ++row) {
      text +=
          std::to_string(batch.columns[1].int64s()[row]) + "/" + std::to_string(batch.columns[0].int64s()[row]) + " ";
    }
    text += "| ";
  }
  return text;
}

TEST(RowsByArrivalTest, GoesByEventTimeAndReadsUnitsWhenTheyAreDue) {
  TestUnits units({{{30, 0}, {40, 0}}, {{20, 0}, {10, 0}, {30, 0}}, {{50, 0}}}, true);
  RowsByArrival order(units, request(false));
  EXPECT_EQ(order.next_due().value(), 10);
  EXPECT_EQ(units.read_units, std::vector<size_t>{1});
  EXPECT_EQ(all_of(order, 10, 100), "10/1 20/1 | 30/0 30/1 40/0 | 50/2 | ");  // ties: units in order of arrival
  EXPECT_EQ(order.newest(), 50);
}

TEST(RowsByArrivalTest, WithoutStatisticsReadsEverythingFirst) {
  TestUnits units({{{30, 0}}, {{20, 0}}}, false);
  RowsByArrival order(units, request(false));
  EXPECT_EQ(order.next_due().value(), 20);
  EXPECT_EQ(units.read_units.size(), 2u);
}

TEST(RowsByArrivalTest, GoesByArrivalWhereThereIsOneAndIsDueAtTheNewestTime) {
  TestUnits units({{{30, 3}, {40, 1}}, {{20, 2}, {60, 4}}}, true);
  RowsByArrival order(units, request(true));
  EXPECT_EQ(order.next_due().value(), 40);
  EXPECT_EQ(all_of(order, 0, 100), "40/0 20/1 30/0 | 60/1 | ");
}

TEST(RowsByArrivalTest, GivesPiecesOfAFewRows) {
  TestUnits units({{{1, 0}, {2, 0}, {3, 0}}}, true);
  RowsByArrival order(units, request(false));
  EXPECT_EQ(all_of(order, 1000, 2), "1/0 2/0 | 3/0 | ");
}

TEST(RowsByArrivalTest, EndsAtOnceWithoutRows) {
  TestUnits units({}, false);
  RowsByArrival order(units, request(false));
  EXPECT_EQ(order.next_due().value(), kTimeMax);
}

}  // namespace
}  // namespace headrace
