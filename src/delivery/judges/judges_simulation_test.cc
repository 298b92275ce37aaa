/// Rollouts that are made up, thousands of them: how often judges fail a change that is what it says, and how often they
/// see a fault with as many units as the plan asks for.
///
/// HEADRACE_SIMULATED_ROLLOUTS sets their number (100; `make test-judges`: 2,000); the table of docs/explanation/judges.md is what
/// this prints. A world: entities with a level of their own (50 ± 10), hours that hang together (an autoregressive part
/// of ±3, 0.9 from hour to hour) and a time of day (±5). An entity's unit is a day, 24 pairs.

#include "base/hash.h"
#include "delivery/judges/evidence_plan.h"
#include "delivery/judges/mean_evidence.h"

#include <gtest/gtest.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <numbers>

namespace headrace {
namespace {

constexpr int kHours = 24;

class Dice {
 public:
  explicit Dice(uint64_t seed) : state_(mix64(seed)) {}
  uint64_t word() { return mix64(state_ += 0x9e3779b97f4a7c15ULL); }
  double share() { return static_cast<double>(word() >> 11) * 0x1.0p-53; }
  bool falls(double probability) { return share() < probability; }
  double normal() {
    const double radius = std::sqrt(-2 * std::log(1.0 - share()));
    return radius * std::cos(2 * std::numbers::pi * share());
  }

 private:
  uint64_t state_;
};

int simulated_rollouts() {
  const char* text = std::getenv("HEADRACE_SIMULATED_ROLLOUTS");
  int rollouts = 40;
  if (text != nullptr) std::from_chars(text, text + std::strlen(text), rollouts);
  return rollouts;
}

/// Wilson's interval, 95 %.
struct Rate {
  int hits = 0;
  int of = 0;
  double share() const { return static_cast<double>(hits) / of; }
  std::array<double, 2> interval() const {
    constexpr double kZ = 1.959964;
    const double n = of;
    const double middle = (share() + kZ * kZ / (2 * n)) / (1 + kZ * kZ / n);
    const double half = kZ / (1 + kZ * kZ / n) * std::sqrt(share() * (1 - share()) / n + kZ * kZ / (4 * n * n));
    return {std::max(0.0, middle - half), std::min(1.0, middle + half)};
  }
  std::string text() const {
    char out[64];
    std::snprintf(out, sizeof out, "%.2f %% (%.2f to %.2f)", 100 * share(), 100 * interval()[0], 100 * interval()[1]);
    return out;
  }
};

enum class Fault { kNone, kWrongRows, kBias, kNulls, kLag, kSwappedUnits, kTimeZone, kStuck, kStuckAll };
constexpr std::array<std::pair<Fault, const char*>, 9> kFaults = {{
    {Fault::kNone, "none (A/A)"},
    {Fault::kWrongRows, "0.1 % of the rows wrong"},
    {Fault::kBias, "2 % too high"},
    {Fault::kNulls, "5 % nulls"},
    {Fault::kLag, "10 min behind"},
    {Fault::kSwappedUnits, "units swapped (3.6 times) for 3 % of the entities"},
    {Fault::kTimeZone, "time zone shifted by an hour"},
    {Fault::kStuck, "stuck for 3 % of the entities"},
    {Fault::kStuckAll, "stuck for all entities"},
}};

UnitShape world_shape() {
  UnitShape shape;
  shape.low = 15;
  shape.high = 85;
  for (int i = 1; i <= 16; ++i) shape.edges.push_back(50 + 11.1 * (i - 8.5) / 4.5);
  return shape;
}

double at_hour(double hour) { return 5 * std::sin(2 * std::numbers::pi * hour / kHours); }

/// One entity's day of old and new values. Between the two versions lies, besides a fault, what two ways of the same
/// computation differ by where it is said that values change: an offset of the entity and a part that hangs together in time.
void play_day(Dice& dice, Fault fault, bool is_preserved, uint64_t entity, PairedUnits& units) {
  const double level = 50 + 10 * dice.normal();
  const double offset = is_preserved ? 0 : 0.5 * dice.normal();
  const bool is_hit = dice.falls(0.03);
  const double step = std::sqrt(1 - 0.81);
  double part = 3 * dice.normal();
  double wander = is_preserved ? 0 : 0.5 * dice.normal();
  for (int hour = 0; hour < kHours; ++hour) {
    part = 0.9 * part + 3 * step * dice.normal();
    if (!is_preserved) wander = 0.9 * wander + 0.5 * step * dice.normal();
    const double before = level + part + at_hour(hour);
    std::optional<double> after = before + offset + wander;
    if (fault == Fault::kWrongRows && dice.falls(0.001)) after = *after * 1.1;
    if (fault == Fault::kBias) after = *after * 1.02;
    if (fault == Fault::kNulls && dice.falls(0.05)) after.reset();
    if (fault == Fault::kLag) after = *after + 3 * std::sqrt(2 * (1 - std::pow(0.9, 1.0 / 6))) * dice.normal();
    if (fault == Fault::kSwappedUnits && is_hit) after = *after * 3.6;
    if (fault == Fault::kTimeZone) after = *after - at_hour(hour) + at_hour(hour + 1);
    if (fault == Fault::kStuckAll || (fault == Fault::kStuck && is_hit)) after = 50;
    units.take(paired_numbers(entity, {hour}, before, after));
  }
}

PairedEvidence play(Dice& dice, Fault fault, bool is_preserved, int64_t entities) {
  PairedUnits units(world_shape());
  for (int64_t i = 0; i < entities; ++i) play_day(dice, fault, is_preserved, static_cast<uint64_t>(i), units);
  return units.evidence();
}

/// Units of equality alone, of which there are many: how many of 24 pairs differ.
PairedEvidence play_equality(Dice& dice, double rate, int64_t entities) {
  PairedEvidence evidence;
  evidence.entities = entities;
  const double any = 1 - std::pow(1 - rate, kHours);
  for (int64_t i = 0; i < entities; ++i) {
    PairedUnit unit;
    unit.pairs = kHours;
    unit.mismatched = dice.falls(any) ? 1.0 / kHours : 0;
    evidence.units.push_back(unit);
  }
  return evidence;
}

constexpr double kRateMax = 1e-4;
constexpr double kDistanceMax = 0.1;
const AllowedShift kShift{-0.25, 0.25, 0};  // 0.5 % of the mean
const AllowedShift kNullShift{-0.01, 0, 0.01};

Judgement judge_by(const std::string& judge, const PairedEvidence& evidence, const JudgeLimits& limits) {
  if (judge == "equality") return judge_equality("f", evidence, kRateMax, limits);
  if (judge == "mean") return judge_mean("f", evidence, world_shape(), kShift, limits);
  if (judge == "nulls") return judge_nulls("f", evidence, kNullShift, limits);
  return judge_distribution("f", evidence, kDistanceMax, limits);
}

EvidenceQuestion question_of(const std::string& judge) {
  EvidenceQuestion question;
  question.judge = judge;
  if (judge == "equality") question.fault = 0.001;
  if (judge == "mean") {
    question.allowed = kShift;
    question.width = world_shape().high - world_shape().low;
    question.deviation = 0.65;
    question.fault = 1.0;
  }
  if (judge == "nulls") {
    question.allowed = kNullShift;
    question.fault = 0.05;
  }
  if (judge == "distribution") {
    question.distance_max = kDistanceMax;
    question.fault = 0.25;
  }
  return question;
}

/// Of a rollout of ten features.
JudgeLimits planned_limits() {
  RolloutShape shape;
  shape.features = 10;
  return limits_of(shape, 1);
}

int64_t planned_units(const std::string& judge) {
  const auto units_for = [](const EvidenceQuestion& question) {
    return plan_evidence(question, {1'000'000, 1}, planned_limits()).units_to_catch;
  };
  EvidenceQuestion question = question_of(judge);
  const int64_t units = units_for(question);
  if (judge != "mean") return units;
  // What hits few entities and moves them far is another fault than what moves all of them a little.
  question.fault_share = 0.03;
  question.fault = 30;
  return std::max(units, units_for(question));
}

/// How often the judge fails, asked after each fifth of the planned units.
Rate caught(const std::string& judge, Fault fault, int rollouts) {
  const int64_t planned = planned_units(judge);
  const bool is_preserved = judge == "equality";
  Rate rate{0, rollouts};
  for (int i = 0; i < rollouts; ++i) {
    Dice dice(mix64(static_cast<uint64_t>(i)) ^ static_cast<uint64_t>(fault));
    for (int fifth = 1; fifth <= 5; ++fifth) {
      // Where all rows differ, few units are enough; where few do, only their number counts.
      Dice again = dice;
      const int64_t units = planned * fifth / 5;
      const bool is_rare = is_preserved && (fault == Fault::kNone || fault == Fault::kWrongRows);
      const PairedEvidence evidence =
          is_rare ? play_equality(again, fault == Fault::kNone ? 0 : 0.001, units)
                  : play(again, fault, is_preserved, is_preserved ? std::min<int64_t>(units, 400) : units);
      if (judge_by(judge, evidence, planned_limits()).outcome != JudgeOutcome::kFail) continue;
      ++rate.hits;
      break;
    }
  }
  return rate;
}

/// What must be seen by whom; the others are in the table whatever they give.
TEST(JudgesSimulation, FaultsAreCaughtAtThePlannedUnits) {
  const int rollouts = simulated_rollouts();
  const std::array<std::string, 4> judges = {"equality", "mean", "nulls", "distribution"};
  for (const std::string& judge : judges) {
    std::printf("%s: %ld units\n", judge.c_str(), static_cast<long>(planned_units(judge)));
  }
  const auto must_see = [](const std::string& judge, Fault fault) {
    if (fault == Fault::kNone) return false;
    if (judge == "equality") return true;
    if (judge == "mean") return fault == Fault::kBias || fault == Fault::kSwappedUnits;
    if (judge == "nulls") return fault == Fault::kNulls;
    return fault == Fault::kStuckAll;
  };
  for (const auto& [fault, name] : kFaults) {
    std::printf("| %s", name);
    for (const std::string& judge : judges) {
      // The cells that must hold get all rollouts, the others enough to see that they are no chance.
      const bool must = must_see(judge, fault);
      const Rate rate = caught(judge, fault, must || fault == Fault::kNone ? rollouts : std::max(1, rollouts / 10));
      std::printf(" | %s", rate.text().c_str());
      std::fflush(stdout);
      EXPECT_GE(rate.share(), must ? 0.95 : 0.0) << judge << " of: " << name;
      EXPECT_LE(rate.share(), fault == Fault::kNone ? 0.01 : 1.0) << judge << " of: " << name;
    }
    std::printf(" |\n");
  }
}

/// A rollout of a change that is what it says, at the very edge of what it says: four looks at more and more entities,
/// each gathered anew from another day, all judges and all of them together.
TEST(JudgesSimulation, ChangesThatAreWhatTheySayAreNotRolledBack) {
  Rate rate{0, simulated_rollouts()};
  RolloutShape shape;
  for (int i = 0; i < rate.of; ++i) {
    Dice dice(static_cast<uint64_t>(i) + 7'000'000);
    bool fails = false;
    for (int64_t look = 1; look <= 4 && !fails; ++look) {
      const JudgeLimits limits = limits_of(shape, look);
      const PairedEvidence evidence = play(dice, Fault::kNone, false, int64_t{30} << look);
      std::vector<Judgement> judgements;
      for (const char* judge : {"mean", "nulls", "distribution"})
        judgements.push_back(judge_by(judge, evidence, limits));
      judgements.push_back(judge_by("equality", play_equality(dice, kRateMax / 2, int64_t{2000} << look), limits));
      judgements.push_back(judge_together(judgements, shape, look));
      fails = worst_outcome(judgements) == JudgeOutcome::kFail;
    }
    if (fails) ++rate.hits;
  }
  std::printf("A/A, one feature, four looks, %d rollouts: rolled back %s\n", rate.of, rate.text().c_str());
  EXPECT_LE(rate.share(), 0.01);
}

/// A thousand features on the edge of what is said: the mean moves by exactly what is allowed.
TEST(JudgesSimulation, AThousandFeaturesAreRolledBackNoMoreOftenThanOne) {
  Rate rate{0, std::max(50, simulated_rollouts() / 10)};
  RolloutShape shape;
  shape.features = 1000;
  shape.judges = 1;
  const JudgeLimits limits = limits_of(shape, 1);
  UnitShape unit_shape = world_shape();
  for (int i = 0; i < rate.of; ++i) {
    Dice dice(static_cast<uint64_t>(i) + 9'000'000);
    std::vector<Judgement> judgements;
    for (int feature = 0; feature < 1000; ++feature) {
      PairedEvidence evidence;
      evidence.entities = 60;
      for (int entity = 0; entity < 60; ++entity) {
        PairedUnit unit;
        unit.pairs = unit.both = kHours;
        unit.shift = kShift.high + 8 * dice.normal();
        evidence.units.push_back(unit);
      }
      judgements.push_back(judge_mean("f" + std::to_string(feature), evidence, unit_shape, kShift, limits));
    }
    judgements.push_back(judge_together(judgements, shape, 1));
    if (worst_outcome(judgements) == JudgeOutcome::kFail) ++rate.hits;
  }
  std::printf("A/A on the edge, 1,000 features, %d rollouts: rolled back %s\n", rate.of, rate.text().c_str());
  EXPECT_LE(rate.share(), 0.01);
}

/// Pairs of one entity that hang together in time are one unit; counted as rows they would be proof of anything.
TEST(JudgesSimulation, PairsThatHangTogetherAreNotCountedAsRows) {
  Rate by_entity{0, 200};
  Rate by_row{0, 200};
  const JudgeLimits limits = limits_of({}, 1);
  UnitShape shape = world_shape();
  for (int i = 0; i < by_entity.of; ++i) {
    Dice dice(static_cast<uint64_t>(i) + 11'000'000);
    PairedUnits as_they_are(shape);
    PairedUnits as_rows(shape);
    for (uint64_t entity = 0; entity < 40; ++entity) {
      const double offset = 4 * dice.normal();
      for (uint64_t row = 0; row < 200; ++row) {
        const double before = 50 + dice.normal();
        as_they_are.take(paired_numbers(entity, {}, before, before + offset));
        as_rows.take(paired_numbers(entity * 1000 + row, {}, before, before + offset));
      }
    }
    if (judge_mean("f", as_they_are.evidence(), shape, kShift, limits).outcome == JudgeOutcome::kFail) ++by_entity.hits;
    if (judge_mean("f", as_rows.evidence(), shape, kShift, limits).outcome == JudgeOutcome::kFail) ++by_row.hits;
  }
  EXPECT_EQ(by_entity.hits, 0);
  EXPECT_GT(by_row.share(), 0.1);
}

}  // namespace
}  // namespace headrace
