#include "delivery/judges/judgement.h"

#include <algorithm>

namespace headrace {

std::string_view to_string(JudgeOutcome outcome) {
  switch (outcome) {
    case JudgeOutcome::kPass: return "pass";
    case JudgeOutcome::kInconclusive: return "inconclusive";
    case JudgeOutcome::kError: return "error";
    case JudgeOutcome::kFail: return "fail";
  }
  return {};
}

JudgeOutcome worst_outcome(const std::vector<Judgement>& judgements) {
  if (judgements.empty()) return JudgeOutcome::kInconclusive;
  return std::ranges::max_element(judgements, {}, &Judgement::outcome)->outcome;
}

}  // namespace headrace
