#include "delivery/judges/mean_evidence.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace headrace {
namespace {

double needed_for(double alpha) { return -std::log(alpha); }

TEST(MeanEvidence, IsNothingBeforeTheFirstValue) {
  EXPECT_NEAR(MeanEvidence(Side::kAbove, 0.3).log_value(), 0.0, 1e-15);
  EXPECT_NEAR(MeanEvidence(Side::kBelow, 0.3).log_value(), 0.0, 1e-15);
}

TEST(MeanEvidence, IsTheSameForValuesAtOnceAndOneByOneInAnyOrder) {
  MeanEvidence one_by_one(Side::kAbove, 0.2);
  MeanEvidence at_once(Side::kAbove, 0.2);
  for (int i = 0; i < 5000; ++i) one_by_one.take(i % 3 == 0 ? 1.0 : 0.0);
  at_once.take(1.0, 1667);
  at_once.take(0.0, 3333);
  EXPECT_NEAR(one_by_one.log_value(), at_once.log_value(), 1e-9 * at_once.log_value());
}

/// The likelihood ratio of "no mismatch at all" has half of the capital: 1/2 · (1 − 1e-4)^−n >= 1000.
TEST(MeanEvidence, OfNoMismatchIn76010UnitsIsEnoughForABoundOfOneInTenThousand) {
  MeanEvidence below(Side::kBelow, 1e-4);
  below.take(0.0, 75'900);
  EXPECT_LT(below.log_value(), needed_for(0.001));
  below.take(0.0, 110);
  EXPECT_GE(below.log_value(), needed_for(0.001));
}

TEST(MeanEvidence, OfAMismatchMakesThePassLaterAndNotImpossible) {
  MeanEvidence below(Side::kBelow, 1e-4);
  below.take(1.0);
  below.take(0.0, 76'010);
  EXPECT_LT(below.log_value(), needed_for(0.001));
  below.take(0.0, 200'000);
  EXPECT_GE(below.log_value(), needed_for(0.001));
}

TEST(MeanEvidence, DoesNotGrowOnTheBound) {
  MeanEvidence above(Side::kAbove, 0.5);
  MeanEvidence below(Side::kBelow, 0.5);
  above.take(0.5, 100'000);
  below.take(0.5, 100'000);
  EXPECT_LE(above.log_value(), 1e-9);
  EXPECT_LE(below.log_value(), 1e-9);
}

TEST(MeanEvidence, BelowIsAboveOfTheMirroredValues) {
  MeanEvidence above(Side::kAbove, 0.75);
  MeanEvidence below(Side::kBelow, 0.25);
  for (const double value : {0.0, 0.125, 0.5, 1.0, 0.875}) {
    above.take(value);
    below.take(1.0 - value);
  }
  EXPECT_DOUBLE_EQ(above.log_value(), below.log_value());
}

TEST(MeanEvidence, NeverExceedsItsPriceOnAverage) {
  // All sequences of eight values 0 and 1 at the very rate of the bound: the mean of the evidence is 1, whatever the bets.
  for (const double rate : {0.1, 0.5, 0.9}) {
    double mean = 0;
    for (unsigned sequence = 0; sequence < 256; ++sequence) {
      MeanEvidence above(Side::kAbove, rate);
      double probability = 1;
      for (unsigned i = 0; i < 8; ++i) {
        const bool is_one = (sequence >> i & 1) != 0;
        above.take(is_one ? 1.0 : 0.0);
        probability *= is_one ? rate : 1 - rate;
      }
      mean += probability * std::exp(above.log_value());
    }
    EXPECT_NEAR(mean, 1.0, 1e-12);
  }
}

TEST(MeanEvidence, OfABoundAtTheEndSaysWhatThereIsToSay) {
  MeanEvidence above_zero(Side::kAbove, 0.0);
  above_zero.take(0.25);
  EXPECT_GT(above_zero.log_value(), needed_for(1e-6));
  MeanEvidence above_one(Side::kAbove, 1.0);
  above_one.take(1.0, 1000);
  EXPECT_LT(above_one.log_value(), 0.01);
}

TEST(ValuesNeeded, AreWhatTheEvidenceTakes) {
  const ValueShare good[] = {{0.0, 1.0}};
  EXPECT_NEAR(static_cast<double>(values_needed(Side::kBelow, 1e-4, good, 1, 0.001, 0.95)), 76'010, 20);
  const ValueShare on_the_bound[] = {{0.5, 1.0}};
  EXPECT_EQ(values_needed(Side::kAbove, 0.5, on_the_bound, 1, 0.001, 0.95), kNever);
  const ValueShare bad[] = {{0.0, 0.999}, {1.0, 0.001}};
  const int64_t units = values_needed(Side::kAbove, 1e-4, bad, 2, 0.00125, 0.95);
  EXPECT_GT(units, 4'000);
  EXPECT_LT(units, 20'000);
}

TEST(LogMeanOf, IsAMean) {
  const std::vector<double> logs = {std::log(1.0), std::log(3.0)};
  EXPECT_NEAR(log_mean_of(logs.data(), 2), std::log(2.0), 1e-15);
  const std::vector<double> far = {1000.0, -1000.0};
  EXPECT_NEAR(log_mean_of(far.data(), 2), 1000.0 - std::log(2.0), 1e-12);
  EXPECT_EQ(log_mean_of(logs.data(), 0), 0.0);
}

}  // namespace
}  // namespace headrace
