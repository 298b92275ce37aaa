#include "delivery/judges/value_judges.h"

#include "base/check.h"
#include "delivery/judges/mean_evidence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace headrace {
namespace {

/// A judgement that has looked at the units, without an outcome yet.
Judgement opened(const char* judge, const std::string& feature, const PairedEvidence& evidence, int64_t units,
                 const JudgeLimits& limits) {
  Judgement judgement;
  judgement.judge = judge;
  judgement.feature = feature;
  judgement.units = units;
  judgement.entities = evidence.entities;
  judgement.units_required = limits.units_required;
  judgement.bound = -std::log(limits.alpha_fail);
  return judgement;
}

/// `found` says in words what was seen, "3 of 40,000 pairs differ".
Judgement closed(Judgement judgement, double log_against, double log_for, const std::string& found,
                 const JudgeLimits& limits) {
  judgement.statistic = log_against;
  const auto say = [&](JudgeOutcome outcome, const std::string& reason) {
    judgement.outcome = outcome;
    judgement.reason = reason;
    return judgement;
  };
  if (judgement.units == 0) return say(JudgeOutcome::kInconclusive, "there is no pair to look at");
  if (judgement.entities < limits.entities_min) {
    return say(JudgeOutcome::kInconclusive, fmt::format("{}; {} distinct entities, {} are the least", found,
                                                        judgement.entities, limits.entities_min));
  }

  if (log_against >= judgement.bound) return say(JudgeOutcome::kFail, found);
  if (judgement.units < limits.units_required) {
    return say(JudgeOutcome::kInconclusive,
               fmt::format("{}; {} of {} units", found, judgement.units, limits.units_required));
  }
  if (log_for >= -std::log(limits.alpha_pass)) return say(JudgeOutcome::kPass, found);
  return say(JudgeOutcome::kInconclusive, found + "; too little to tell");
}

/// Evidence about a mean of values in [−width, width] and an interval.
class IntervalEvidence {
 public:
  IntervalEvidence(const AllowedShift& allowed, double width)
      : width_(width),
        above_(Side::kAbove, place(allowed.high)),
        below_(Side::kBelow, place(allowed.low)),
        not_above_(Side::kBelow, place(allowed.high + allowed.margin)),
        not_below_(Side::kAbove, place(allowed.low - allowed.margin)) {}

  void take(double value) {
    for (MeanEvidence* each : {&above_, &below_, &not_above_, &not_below_}) each->take(place(value));
  }

  double log_against() const {
    const double both[] = {above_.log_value(), below_.log_value()};
    return log_mean_of(both, 2);
  }
  double log_for() const { return std::min(not_above_.log_value(), not_below_.log_value()); }

 private:
  double place(double value) const { return 0.5 + 0.5 * value / width_; }

  double width_;
  MeanEvidence above_, below_, not_above_, not_below_;
};

int64_t count_both(const PairedEvidence& evidence) {
  return std::ranges::count_if(evidence.units, [](const PairedUnit& unit) { return unit.both > 0; });
}

int64_t count_pairs(const PairedEvidence& evidence) {
  int64_t pairs = 0;
  for (const PairedUnit& unit : evidence.units) pairs += unit.pairs;
  return pairs;
}

/// Pairs of which one side is missing in all say nothing about values, and that is no pass.
Judgement without_values(Judgement judgement) {
  judgement.outcome = JudgeOutcome::kError;
  judgement.reason = "no pair has a number on both sides";
  return judgement;
}

}  // namespace

AllowedShift shift_of_mean(double low, double high, double margin, double old_mean) {
  const double scale = std::abs(old_mean);
  return {low * scale, high * scale, margin * scale};
}

Judgement judge_equality(const std::string& feature, const PairedEvidence& evidence, double rate_max,
                         const JudgeLimits& limits) {
  MeanEvidence against(Side::kAbove, rate_max);
  MeanEvidence in_favour(Side::kBelow, rate_max);
  double differing = 0;
  int64_t alike = 0;
  for (const PairedUnit& unit : evidence.units) {
    if (unit.mismatched == 0) {
      ++alike;
      continue;
    }
    differing += unit.mismatched * static_cast<double>(unit.pairs);
    against.take(unit.mismatched);
    in_favour.take(unit.mismatched);
  }

  // The order of values makes no difference to a product.
  against.take(0.0, alike);
  in_favour.take(0.0, alike);
  const auto units = static_cast<int64_t>(evidence.units.size());
  const std::string found = fmt::format("{:.0f} of {} pairs differ, in {} of {} units; at most {:g} may", differing,
                                        count_pairs(evidence), units - alike, units, rate_max);
  return closed(opened("equality", feature, evidence, units, limits), against.log_value(), in_favour.log_value(), found,
                limits);
}

Judgement judge_mean(const std::string& feature, const PairedEvidence& evidence, const UnitShape& shape,
                     const AllowedShift& allowed, const JudgeLimits& limits) {
  CHECK_LT(shape.low, shape.high);
  Judgement judgement = opened("mean", feature, evidence, count_both(evidence), limits);
  if (judgement.units == 0 && !evidence.units.empty()) return without_values(std::move(judgement));
  IntervalEvidence interval(allowed, shape.high - shape.low);
  double sum = 0;
  for (const PairedUnit& unit : evidence.units) {
    if (unit.both == 0) continue;
    interval.take(unit.shift);
    sum += unit.shift;
  }
  const std::string found =
      fmt::format("the mean moved by {:.6g}, said is {:.6g} to {:.6g}",
                  sum / static_cast<double>(std::max<int64_t>(1, judgement.units)), allowed.low, allowed.high);
  return closed(std::move(judgement), interval.log_against(), interval.log_for(), found, limits);
}

Judgement judge_nulls(const std::string& feature, const PairedEvidence& evidence, const AllowedShift& allowed,
                      const JudgeLimits& limits) {
  IntervalEvidence interval(allowed, 1.0);
  double before = 0;
  double after = 0;
  for (const PairedUnit& unit : evidence.units) {
    interval.take(unit.new_missing - unit.old_missing);
    before += unit.old_missing;
    after += unit.new_missing;
  }
  const auto units = static_cast<int64_t>(evidence.units.size());
  const auto share = [&](double sum) { return sum / static_cast<double>(std::max<int64_t>(1, units)); };
  const std::string found = fmt::format("missing values went from {:.4g} to {:.4g}, said is {:+.4g} to {:+.4g}",
                                        share(before), share(after), allowed.low, allowed.high);
  return closed(opened("nulls", feature, evidence, units, limits), interval.log_against(), interval.log_for(), found,
                limits);
}

Judgement judge_distribution(const std::string& feature, const PairedEvidence& evidence, double distance_max,
                             const JudgeLimits& limits) {
  Judgement judgement = opened("distribution", feature, evidence, count_both(evidence), limits);
  if (judgement.units == 0 && !evidence.units.empty()) return without_values(std::move(judgement));
  const auto first = std::ranges::find_if(evidence.units, [](const PairedUnit& unit) { return unit.both > 0; });
  const size_t edges = first == evidence.units.end() ? 0 : first->risen.size();
  if (judgement.units > 0 && edges == 0) {
    judgement.outcome = JudgeOutcome::kError;
    judgement.reason = "there are no edges at which distributions could be compared";
    return judgement;
  }

  // Against the change: the evidence at all edges averaged. For it: what the least favourable edge says.
  std::vector<double> logs_against;
  double log_for = std::numeric_limits<double>::infinity();
  double distance = 0;
  for (size_t edge = 0; edge < edges; ++edge) {
    IntervalEvidence interval({-distance_max, distance_max, 0}, 1.0);
    double sum = 0;
    for (const PairedUnit& unit : evidence.units) {
      if (unit.both == 0) continue;
      interval.take(unit.risen[edge]);
      sum += unit.risen[edge];
    }
    logs_against.push_back(interval.log_against());
    log_for = std::min(log_for, interval.log_for());
    distance = std::max(distance, std::abs(sum) / static_cast<double>(judgement.units));
  }
  const std::string found =
      fmt::format("the distributions are {:.4g} apart, at most {:.4g} is allowed", distance, distance_max);
  return closed(std::move(judgement), log_mean_of(logs_against.data(), static_cast<int64_t>(edges)), log_for, found,
                limits);
}

}  // namespace headrace
