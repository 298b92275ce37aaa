#include "app/rollout_texts.h"

#include "app/table.h"

#include <fmt/format.h>

namespace headrace {
namespace {

std::string percent(double share) { return fmt::format("{:g} %", share * 100); }

std::string evidence_table(const std::vector<Judgement>& words) {
  if (words.empty()) return "";
  Table table({{"judge"}, {"feature"}, {"outcome"}, {"units", Align::kRight}, {"entities", Align::kRight}, {"reason"}});
  for (const Judgement& word : words) {
    const bool counts = word.units > 0 || word.entities > 0;
    table.add_row({word.judge, word.feature, std::string(to_string(word.outcome)),
                   counts ? grouped_digits(word.units) : "", counts ? grouped_digits(word.entities) : "", word.reason});
  }
  return table.text();
}

std::string steps_line(const RolloutState& state) {
  std::string out;
  for (size_t i = 0; i < state.applied.steps.size(); ++i) {
    const std::string name = to_string(state.applied.steps[i]);
    out += i == 0 ? "" : " > ";
    out += i == state.step && !state.is_over() ? "[" + name + "]" : name;
  }
  return out;
}

}  // namespace

std::string status_text(const LoggedRollout& rollout) {
  const RolloutState& state = rollout.state;
  std::string out = fmt::format("rollout {}: {}\n", rollout.id, to_string(state.status));
  out += fmt::format("  applied   by {} at {}\n", state.applied_by, to_string(state.applied_at));
  out += fmt::format("  steps     {}\n", steps_line(state));
  out += fmt::format("  readers   {} of {} entities see the new version\n", percent(state.share()),
                     state.applied.entities);
  if (!state.held_by.empty()) out += fmt::format("  held by   {}\n", state.held_by);
  if (state.status == RolloutStatus::kRolledBack) out += fmt::format("  because   {}\n", state.history.back().reason);

  Table features({{"feature"}, {"change"}, {"version"}, {"owner"}});
  for (const RolloutFeature& each : state.applied.plan.features) {
    const std::string before = each.version_before.empty() ? "-" : each.version_before;
    const std::string now = each.version_now.empty() ? "-" : each.version_now;
    features.add_row({each.feature, std::string(to_string(each.kind)), before + " > " + now, each.owner});
  }
  out += "\n" + features.text();
  const std::string evidence = evidence_table(state.evidence);
  return evidence.empty() ? out : out + "\n" + evidence;
}

std::string history_text(const LoggedRollouts& rollouts) {
  if (rollouts.rollouts.empty()) return "no rollout yet\n";
  Table table({{"rollout"}, {"applied"}, {"by"}, {"status"}, {"step"}, {"features", Align::kRight}, {"why"}});
  for (const LoggedRollout& each : rollouts.rollouts) {
    const RolloutState& state = each.state;
    table.add_row({each.id, to_string(state.applied_at), state.applied_by, std::string(to_string(state.status)),
                   to_string(state.present()), std::to_string(state.applied.plan.features.size()),
                   state.history.empty() ? "" : state.history.back().reason});
  }
  return table.text();
}

std::string explain_text(const LoggedRollout& rollout) {
  std::string out;
  for (const RolloutTransition& each : rollout.state.history) {
    out += fmt::format("{}  {} > {}, readers {}\n  by {}: {}\n", to_string(each.at), each.from, each.to,
                       percent(each.share), each.actor, each.reason);
    const std::string evidence = evidence_table(each.evidence);
    for (size_t begin = 0; begin < evidence.size();) {
      const size_t end = evidence.find('\n', begin);
      out += "    " + evidence.substr(begin, end - begin) + "\n";
      begin = end + 1;
    }
  }
  return out;
}

}  // namespace headrace
