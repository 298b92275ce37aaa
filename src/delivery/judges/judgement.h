#pragma once

/// What a judge says of one feature's old and new values: the form that a rollout decides by.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

/// In the order in which they win over each other: the worst of several is what counts. No data is kInconclusive, never
/// a pass.
enum class JudgeOutcome { kPass, kInconclusive, kError, kFail };

/// "pass", "inconclusive", "error", "fail".
std::string_view to_string(JudgeOutcome outcome);

/// One judge's word on one feature, with what it rests on.
struct Judgement {
  std::string judge;  // "equality", "mean", "nulls", "distribution", "latency", "freshness", "cost", or a guard's name
  std::string feature;  // empty: of the whole set of versions
  JudgeOutcome outcome = JudgeOutcome::kInconclusive;
  int64_t units = 0;           // of evidence looked at: entities or blocks of time, never rows of one entity
  int64_t entities = 0;        // distinct ones among them
  int64_t units_required = 0;  // of the plan; a pass needs as many
  double statistic = 0;        // the judge's own: an e-value, a distance, a share; see the judge's header
  double bound = 0;            // that it is held against
  std::string reason;          // for people: one sentence
};

/// The worst outcome; kInconclusive for none.
JudgeOutcome worst_outcome(const std::vector<Judgement>& judgements);

}  // namespace headrace
