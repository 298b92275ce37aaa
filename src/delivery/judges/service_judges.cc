#include "delivery/judges/service_judges.h"

#include "base/check.h"
#include "delivery/judges/mean_evidence.h"

#include <fmt/format.h>

#include <cmath>

namespace headrace {
namespace {

Judgement plain_judgement(const char* judge, JudgeOutcome outcome, std::string reason) {
  Judgement judgement;
  judgement.judge = judge;
  judgement.outcome = outcome;
  judgement.reason = std::move(reason);
  return judgement;
}

/// A guard: fails by what it reads, in words.
Judgement guard(const char* name, bool has_reading, bool is_broken, std::string reason) {
  if (!has_reading) return plain_judgement(name, JudgeOutcome::kInconclusive, "nobody has read it");
  Judgement judgement = plain_judgement(name, is_broken ? JudgeOutcome::kFail : JudgeOutcome::kPass, std::move(reason));
  judgement.units = 1;
  return judgement;
}

}  // namespace

Judgement judge_latency(const std::vector<LatencyStretch>& stretches, double quantile, const JudgeLimits& limits) {
  MeanEvidence too_slow(Side::kAbove, 1.0 - quantile);
  MeanEvidence fast_enough(Side::kBelow, 1.0 - quantile);
  Judgement judgement = plain_judgement("latency", JudgeOutcome::kInconclusive, {});
  judgement.units_required = limits.units_required;
  judgement.bound = -std::log(limits.alpha_fail);
  int64_t reads = 0;
  int64_t slow = 0;
  for (const LatencyStretch& each : stretches) {
    if (each.reads <= 0) continue;
    const double share = static_cast<double>(each.slow) / static_cast<double>(each.reads);
    too_slow.take(share);
    fast_enough.take(share);
    ++judgement.units;
    reads += each.reads;
    slow += each.slow;
  }

  judgement.statistic = too_slow.log_value();
  judgement.reason = reads == 0
                         ? "there were no reads"
                         : fmt::format("{} of {} reads were slower than the limit, in {} stretches; {:.4g} may be",
                                       slow, reads, judgement.units, 1.0 - quantile);
  if (judgement.units == 0) return judgement;
  if (judgement.statistic >= judgement.bound) {
    judgement.outcome = JudgeOutcome::kFail;
  } else if (judgement.units >= limits.units_required && fast_enough.log_value() >= -std::log(limits.alpha_pass)) {
    judgement.outcome = JudgeOutcome::kPass;
  }
  return judgement;
}

Judgement judge_freshness(const std::string& feature, const std::vector<FreshnessReading>& readings,
                          Duration behind_max, int64_t in_a_row) {
  CHECK_LT(0, in_a_row);
  Judgement judgement = plain_judgement("freshness", JudgeOutcome::kInconclusive, {});
  judgement.feature = feature;
  judgement.units = static_cast<int64_t>(readings.size());
  judgement.units_required = in_a_row;
  judgement.bound = static_cast<double>(behind_max.us) / static_cast<double>(kMicrosPerSecond);
  if (judgement.units < in_a_row) {
    judgement.reason = fmt::format("{} of {} readings", judgement.units, in_a_row);
    return judgement;
  }

  // The newest reading that is within the limit decides.
  judgement.outcome = JudgeOutcome::kFail;
  int64_t least_behind_us = kTimeMax;
  for (size_t i = readings.size() - static_cast<size_t>(in_a_row); i < readings.size(); ++i) {
    const int64_t behind_us = readings[i].old_newest.us - readings[i].new_newest.us;
    least_behind_us = std::min(least_behind_us, behind_us);
    if (behind_us <= behind_max.us) judgement.outcome = JudgeOutcome::kPass;
  }
  judgement.statistic = static_cast<double>(least_behind_us) / static_cast<double>(kMicrosPerSecond);
  judgement.reason = fmt::format("{:.6g} s behind the old version at the least in {} readings, at most {} is allowed",
                                 judgement.statistic, in_a_row, to_string(behind_max));
  return judgement;
}

Judgement judge_cost(std::optional<double> spent, double planned, double factor_max) {
  if (!spent) return plain_judgement("cost", JudgeOutcome::kInconclusive, "nothing was measured");
  if (!std::isfinite(*spent) || !(planned > 0) || !std::isfinite(planned)) {
    return plain_judgement("cost", JudgeOutcome::kError, "what was spent or planned is no number above zero");
  }
  const bool is_beyond = *spent > planned * factor_max;
  Judgement judgement = plain_judgement(
      "cost", is_beyond ? JudgeOutcome::kFail : JudgeOutcome::kPass,
      fmt::format("{:.4g} of a plan of {:.4g}, of which {:.4g} times is allowed", *spent, planned, factor_max));
  judgement.units = 1;
  judgement.statistic = *spent / planned;
  judgement.bound = factor_max;
  return judgement;
}

std::vector<Judgement> judge_guards(const GuardReadings& readings) {
  const int64_t crashes = readings.crashes.value_or(0);
  const bool has_schema = readings.has_planned_schema.value_or(false);
  const Duration stalled = readings.watermark_stalled.value_or(Duration{});
  const bool is_stalled = stalled > readings.stalled_max;
  return {
      guard("crash", readings.crashes.has_value(), crashes > 0, fmt::format("{} crashes", crashes)),
      guard("schema", readings.has_planned_schema.has_value(), !has_schema,
            has_schema ? "columns and types are those of the plan" : "columns or types are not those of the plan"),
      guard("watermark", readings.watermark_stalled.has_value(), is_stalled,
            fmt::format("the watermark has stood for {:.6g} s",
                        static_cast<double>(stalled.us) / static_cast<double>(kMicrosPerSecond))),
  };
}

}  // namespace headrace
