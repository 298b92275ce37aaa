#include "delivery/judges/evidence_plan.h"

#include "base/check.h"
#include "delivery/judges/mean_evidence.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

namespace headrace {
namespace {

constexpr double kPower = 0.95;

double alpha_of_look(double alpha, int64_t look) {
  CHECK_LT(0, look);
  return alpha / (static_cast<double>(look) * static_cast<double>(look + 1));
}

bool decides_by_evidence(const Judgement& judgement) {
  static constexpr std::array<std::string_view, 5> kJudges = {"equality", "mean", "nulls", "distribution", "latency"};
  return std::ranges::find(kJudges, judgement.judge) != kJudges.end();
}

/// The features that e-BH blames, the greatest evidence first.
std::vector<std::string> blamed(const std::map<std::string, std::vector<double>>& logs_of, int64_t features,
                                double alpha) {
  std::vector<std::pair<double, std::string>> order;
  for (const auto& [feature, logs] : logs_of) {
    order.emplace_back(-log_mean_of(logs.data(), static_cast<int64_t>(logs.size())), feature);
  }
  std::ranges::sort(order);
  size_t count = 0;
  for (size_t k = 1; k <= order.size(); ++k) {
    const double needed = std::log(static_cast<double>(features) / (static_cast<double>(k) * alpha));
    if (-order[k - 1].first >= needed) count = k;
  }
  std::vector<std::string> names;
  for (size_t i = 0; i < count; ++i) names.push_back(order[i].second);
  return names;
}

/// A question as one about means of values in [0, 1].
struct MeanQuestion {
  double low = 0, high = 1;            // that a fail lies outside of
  double pass_low = 0, pass_high = 1;  // that a pass lies inside of
  std::vector<ValueShare> good, bad;   // what values are where all is well, and with the fault
  bool has_low = true;
};

/// Two kinds of values, so far from the mean that the deviation is right.
std::vector<ValueShare> around(double mean, double deviation) {
  return {{std::clamp(mean - deviation, 0.0, 1.0), 0.5}, {std::clamp(mean + deviation, 0.0, 1.0), 0.5}};
}

/// `share` of the first kinds and the rest of the others.
std::vector<ValueShare> mixed(std::vector<ValueShare> kinds, const std::vector<ValueShare>& others, double share) {
  for (ValueShare& each : kinds) each.share *= share;
  for (const ValueShare& each : others) kinds.push_back({each.value, each.share * (1 - share)});
  return kinds;
}

MeanQuestion mean_question(const EvidenceQuestion& asked) {
  if (asked.judge == "equality") {
    return {0, asked.rate_max, 0, asked.rate_max, {{0, 1}}, {{0, 1 - asked.fault}, {1, asked.fault}}, false};
  }
  const bool is_mean = asked.judge == "mean";
  const double width = is_mean ? asked.width : 1.0;
  const auto place = [&](double value) { return 0.5 + 0.5 * value / width; };
  const bool is_distribution = asked.judge == "distribution";
  const AllowedShift allowed =
      is_distribution ? AllowedShift{-asked.distance_max, asked.distance_max, 0} : asked.allowed;

  MeanQuestion question;
  question.low = place(allowed.low);
  question.high = place(allowed.high);
  question.pass_low = place(allowed.low - allowed.margin);
  question.pass_high = place(allowed.high + allowed.margin);
  if (is_mean) {
    const double deviation = 0.5 * asked.deviation / width;
    question.good = around(place(0.5 * (allowed.low + allowed.high)), deviation);
    const double usual = 0.5 * (allowed.low + allowed.high);
    question.bad = mixed(around(place(asked.fault), deviation), around(place(usual), deviation), asked.fault_share);
  } else {
    const double usual = is_distribution ? 0.0 : std::clamp(0.0, allowed.low, allowed.high);
    question.good = {{place(usual < 0 ? -1 : 1), std::abs(usual)}, {place(0), 1 - std::abs(usual)}};
    question.bad = {{place(asked.fault < 0 ? -1 : 1), std::abs(asked.fault)}, {place(0), 1 - std::abs(asked.fault)}};
  }
  return question;
}

int64_t needed(Side side, double bound, const std::vector<ValueShare>& kinds, double alpha) {
  return values_needed(side, bound, kinds.data(), static_cast<int64_t>(kinds.size()), alpha, kPower);
}

std::string units_text(int64_t units) { return units == kNever ? "no number of" : fmt::format("{}", units); }

}  // namespace

JudgeLimits limits_of(const RolloutShape& shape, int64_t look) {
  CHECK_LT(0, shape.features);
  CHECK_LT(0, shape.judges);
  JudgeLimits limits;
  limits.alpha_fail = 0.5 * alpha_of_look(shape.alpha, look) / static_cast<double>(shape.features * shape.judges);
  limits.alpha_pass = shape.alpha_pass;
  return limits;
}

Judgement judge_together(const std::vector<Judgement>& judgements, const RolloutShape& shape, int64_t look) {
  const double alpha = 0.5 * alpha_of_look(shape.alpha, look);
  Judgement together;
  together.judge = "together";
  together.bound = -std::log(alpha);
  std::vector<Judgement> by_evidence;
  std::vector<double> logs;
  std::map<std::string, std::vector<double>> logs_of;
  for (const Judgement& each : judgements) {
    if (!decides_by_evidence(each)) continue;
    by_evidence.push_back(each);
    // A judge that may not speak yet has not bet.
    const bool is_heard = each.outcome == JudgeOutcome::kFail || each.outcome == JudgeOutcome::kPass ||
                          each.entities >= JudgeLimits{}.entities_min || each.judge == "latency";
    logs.push_back(is_heard ? each.statistic : 0.0);
    logs_of[each.feature].push_back(logs.back());
    together.units += each.units;
    together.entities = std::max(together.entities, each.entities);
  }

  together.outcome = worst_outcome(by_evidence);
  together.statistic = log_mean_of(logs.data(), static_cast<int64_t>(logs.size()));
  const bool fails = !logs.empty() && together.statistic >= together.bound;
  if (fails) together.outcome = JudgeOutcome::kFail;
  if (together.outcome != JudgeOutcome::kFail) {
    together.reason = fmt::format("{} answers, none fails", by_evidence.size());
    return together;
  }
  const auto features = static_cast<int64_t>(logs_of.size());
  const std::vector<std::string> names = blamed(logs_of, std::max(features, shape.features), alpha);
  together.reason = names.empty() ? "taken together the values are not what was said, with no feature to blame for it"
                                  : fmt::format("against what was said: `{}`", fmt::join(names, "`, `"));
  return together;
}

EvidenceDemand plan_evidence(const EvidenceQuestion& asked, const EvidenceSupply& supply, const JudgeLimits& limits) {
  const MeanQuestion question = mean_question(asked);
  EvidenceDemand demand;
  demand.judge = asked.judge;

  // Evidence against is the mean over both sides, and of a distribution over its edges, of which few may see the fault.
  const double sides = question.has_low ? 2 : 1;
  const double alpha = limits.alpha_fail / (asked.judge == "distribution" ? sides * 16 : sides);
  const int64_t above = needed(Side::kAbove, question.high, question.bad, alpha);
  const int64_t below = question.has_low ? needed(Side::kBelow, question.low, question.bad, alpha) : kNever;
  demand.units_to_catch = std::min(above, below);
  demand.units_to_pass = needed(Side::kBelow, question.pass_high, question.good, limits.alpha_pass);
  if (question.has_low) {
    const int64_t other = needed(Side::kAbove, question.pass_low, question.good, limits.alpha_pass);
    demand.units_to_pass = std::max(demand.units_to_pass, other);
  }

  // What is there.
  demand.units_there = asked.kind == UnitKind::kEntity          ? supply.entities
                       : asked.kind == UnitKind::kEntityStretch ? supply.entities * supply.stretches
                                                                : supply.stretches;
  const int64_t most = std::max({demand.units_to_pass, demand.units_to_catch, limits.entities_min});
  demand.decides = supply.entities >= limits.entities_min && demand.units_there >= most;
  if (supply.entities < limits.entities_min) {
    demand.reason =
        fmt::format("{}: {} distinct entities, {} are the least", asked.judge, supply.entities, limits.entities_min);
  } else if (!demand.decides) {
    demand.reason =
        fmt::format("{}: {} units to pass and {} to notice the fault; in the allowed time there are {}", asked.judge,
                    units_text(demand.units_to_pass), units_text(demand.units_to_catch), demand.units_there);
  }
  return demand;
}

}  // namespace headrace
