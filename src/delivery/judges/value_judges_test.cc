#include "delivery/judges/value_judges.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace headrace {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

UnitShape shape_of_tests() { return {UnitKind::kEntity, {}, 0, 100, {25, 50, 75}}; }

/// Entities 0 to count − 1, each with one pair that `make` gives by the entity's number.
template <typename Make>
PairedEvidence evidence_of(int64_t count, Make make) {
  PairedUnits units(shape_of_tests());
  for (int64_t i = 0; i < count; ++i) {
    const auto [before, after] = make(i);
    units.take(paired_numbers(static_cast<uint64_t>(i), {}, before, after));
  }
  return units.evidence();
}
using Pair = std::pair<std::optional<double>, std::optional<double>>;
Pair same(int64_t entity) { return {static_cast<double>(entity % 100), static_cast<double>(entity % 100)}; }

JudgeLimits limits() { return {0.01, 0.001, 30, 0}; }

TEST(PairedUnits, CountEntitiesAndNotRows) {
  PairedUnits units(shape_of_tests());
  for (int64_t row = 0; row < 76'800; ++row) units.take(paired_numbers(7, {row}, 1.0, 1.0));
  const PairedEvidence evidence = units.evidence();
  EXPECT_EQ(evidence.units.size(), 1U);
  EXPECT_EQ(evidence.entities, 1);
  const Judgement judgement = judge_equality("f", evidence, 1e-4, limits());
  EXPECT_EQ(judgement.outcome, JudgeOutcome::kInconclusive);
  EXPECT_EQ(judgement.reason,
            "0 of 76800 pairs differ, in 0 of 1 units; at most 0.0001 may; 1 distinct entities, 30 are the least");
}

TEST(PairedUnits, CountStretchesThatAreAlignedTo1970) {
  PairedUnits of_entities({UnitKind::kEntityStretch, {100}, 0, 1, {}});
  PairedUnits of_all({UnitKind::kStretch, {100}, 0, 1, {}});
  for (const int64_t time : {-1, 0, 99, 100}) {
    for (const uint64_t entity : {1, 2}) {
      of_entities.take(paired_numbers(entity, {time}, 1.0, 1.0));
      of_all.take(paired_numbers(entity, {time}, 1.0, 1.0));
    }
  }
  EXPECT_EQ(of_entities.evidence().units.size(), 6U);
  EXPECT_EQ(of_all.evidence().units.size(), 3U);
  EXPECT_EQ(of_all.evidence().entities, 2);
}

TEST(PairedUnits, KnowWhatIsEqualAndWhatIsMissing) {
  const auto is_equal = [](std::optional<double> a, std::optional<double> b) {
    return paired_numbers(1, {}, a, b).is_equal;
  };
  EXPECT_TRUE(is_equal(std::nullopt, std::nullopt));
  EXPECT_TRUE(is_equal(kNaN, kNaN));
  EXPECT_TRUE(is_equal(-0.0, 0.0));
  EXPECT_FALSE(is_equal(kNaN, std::nullopt));
  EXPECT_FALSE(is_equal(kNaN, 1.0));
  EXPECT_FALSE(is_equal(1.0, std::nullopt));

  PairedUnits units(shape_of_tests());
  units.take(paired_numbers(1, {}, 1.0, kNaN));
  units.take(paired_numbers(1, {}, 1.0, std::nullopt));
  units.take(paired_numbers(1, {}, 60.0, kInfinity));
  units.take(paired_numbers(1, {}, kNaN, 1.0));
  const PairedUnit unit = units.evidence().units.at(0);
  EXPECT_EQ(unit.pairs, 4);
  EXPECT_EQ(unit.both, 1);
  EXPECT_DOUBLE_EQ(unit.new_missing, 0.5);
  EXPECT_DOUBLE_EQ(unit.old_missing, 0.25);
  EXPECT_DOUBLE_EQ(unit.shift, 40.0);  // clipped to 100
  EXPECT_EQ(unit.risen, (std::vector<double>{0, 0, -1}));
}

TEST(JudgeEquality, PassesOnEnoughUnitsWithoutAMismatch) {
  EXPECT_EQ(judge_equality("f", evidence_of(76'010, same), 1e-4, limits()).outcome, JudgeOutcome::kPass);
  EXPECT_EQ(judge_equality("f", evidence_of(75'900, same), 1e-4, limits()).outcome, JudgeOutcome::kInconclusive);
}

TEST(JudgeEquality, FailsOnMismatches) {
  const auto one_in_a_hundred = [](int64_t i) { return i % 100 == 0 ? Pair{1.0, 2.0} : same(i); };
  const Judgement judgement = judge_equality("f", evidence_of(1000, one_in_a_hundred), 1e-4, limits());
  EXPECT_EQ(judgement.outcome, JudgeOutcome::kFail);
  EXPECT_EQ(judgement.reason, "10 of 1000 pairs differ, in 10 of 1000 units; at most 0.0001 may");
  EXPECT_GT(judgement.statistic, judgement.bound);
}

TEST(Judges, AreInconclusiveWithoutData) {
  const PairedEvidence none;
  const UnitShape shape = shape_of_tests();
  for (const Judgement& each :
       {judge_equality("f", none, 1e-4, limits()), judge_mean("f", none, shape, {-1, 1, 0}, limits()),
        judge_nulls("f", none, {0, 0, 0.01}, limits()), judge_distribution("f", none, 0.1, limits())}) {
    EXPECT_EQ(each.outcome, JudgeOutcome::kInconclusive) << each.judge;
    EXPECT_EQ(each.reason, "there is no pair to look at") << each.judge;
  }
}

TEST(Judges, DoNotPassBeforeThePlannedUnits) {
  JudgeLimits planned = limits();
  planned.units_required = 5000;
  const Judgement judgement = judge_nulls("f", evidence_of(4999, same), {0, 0, 0.01}, planned);
  EXPECT_EQ(judgement.outcome, JudgeOutcome::kInconclusive);
  EXPECT_EQ(judgement.reason, "missing values went from 0 to 0, said is +0 to +0; 4999 of 5000 units");
  EXPECT_EQ(judge_nulls("f", evidence_of(5000, same), {0, 0, 0.01}, planned).outcome, JudgeOutcome::kPass);
}

TEST(JudgeMean, PassesInsideFailsOutsideAndWaitsBetween) {
  const auto moved_by = [](double shift) {
    return evidence_of(
        2000, [shift](int64_t i) { return Pair{static_cast<double>(i % 90), static_cast<double>(i % 90) + shift}; });
  };
  const UnitShape shape = shape_of_tests();
  const AllowedShift allowed{1, 5, 0};
  EXPECT_EQ(judge_mean("f", moved_by(3), shape, allowed, limits()).outcome, JudgeOutcome::kPass);
  EXPECT_EQ(judge_mean("f", moved_by(8), shape, allowed, limits()).outcome, JudgeOutcome::kFail);
  EXPECT_EQ(judge_mean("f", moved_by(-1), shape, allowed, limits()).outcome, JudgeOutcome::kFail);
  EXPECT_EQ(judge_mean("f", moved_by(1), shape, allowed, limits()).outcome, JudgeOutcome::kInconclusive);
  EXPECT_EQ(judge_mean("f", moved_by(8), shape, allowed, limits()).reason, "the mean moved by 8, said is 1 to 5");
}

TEST(JudgeMean, IsAnErrorWhereNoNumberIsLeft) {
  const PairedEvidence all_nan = evidence_of(100, [](int64_t) { return Pair{1.0, kNaN}; });
  EXPECT_EQ(judge_mean("f", all_nan, shape_of_tests(), {-1, 1, 0}, limits()).outcome, JudgeOutcome::kError);
  EXPECT_EQ(judge_distribution("f", all_nan, 0.1, limits()).outcome, JudgeOutcome::kError);
  EXPECT_EQ(judge_nulls("f", all_nan, {0, 0, 0.01}, limits()).outcome, JudgeOutcome::kFail);
  EXPECT_EQ(judge_equality("f", all_nan, 1e-4, limits()).outcome, JudgeOutcome::kFail);
}

TEST(JudgeNulls, IsHeldAgainstTheDeclaredDifference) {
  const auto fewer = [](int64_t i) { return i % 10 == 0 ? Pair{std::nullopt, 1.0} : Pair{1.0, 1.0}; };
  EXPECT_EQ(judge_nulls("f", evidence_of(3000, fewer), {-0.2, -0.05, 0}, limits()).outcome, JudgeOutcome::kPass);
  EXPECT_EQ(judge_nulls("f", evidence_of(3000, fewer), {-0.01, 0, 0}, limits()).outcome, JudgeOutcome::kFail);
}

TEST(JudgeDistribution, SeesAStuckValueWhoseMeanIsRight) {
  const PairedEvidence stuck = evidence_of(400, [](int64_t i) { return Pair{static_cast<double>(i % 100), 49.5}; });
  EXPECT_EQ(judge_distribution("f", stuck, 0.1, limits()).outcome, JudgeOutcome::kFail);
  EXPECT_NE(judge_mean("f", stuck, shape_of_tests(), {-5, 5, 0}, limits()).outcome, JudgeOutcome::kFail);
  EXPECT_EQ(judge_distribution("f", evidence_of(400, same), 0.1, limits()).outcome, JudgeOutcome::kPass);
}

TEST(JudgeDistribution, IsAnErrorWithoutEdges) {
  PairedUnits units({UnitKind::kEntity, {}, 0, 100, {}});
  for (uint64_t i = 0; i < 50; ++i) units.take(paired_numbers(i, {}, 1.0, 1.0));
  EXPECT_EQ(judge_distribution("f", units.evidence(), 0.1, limits()).outcome, JudgeOutcome::kError);
}

TEST(ShiftOfMean, GoesUpAlsoBelowZero) {
  const AllowedShift shift = shift_of_mean(0.02, 0.08, 0, -50);
  EXPECT_DOUBLE_EQ(shift.low, 1);
  EXPECT_DOUBLE_EQ(shift.high, 4);
}

}  // namespace
}  // namespace headrace
