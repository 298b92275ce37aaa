#include "engine/stream/stored_stream.h"

#include "base/hash.h"
#include "compute/aggregates/state_bytes.h"
#include "compute/windows/kernel.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace headrace {
namespace {

/// To be raised when the bytes of a state or of events change, so that those of before are of another name.
constexpr int kForm = 1;

/// Which events a series sees, and what of them.
std::string meaning_of(const Plan& plan, const Series& series) {
  const PlanSource& source = plan.sources[series.source];
  std::string text = fmt::format("form {}\nsource {}\nevent_time {}\n", kForm, source.name, source.event_time);
  if (source.unit) text += fmt::format("unit {}\n", static_cast<int>(*source.unit));
  if (source.arrival) text += fmt::format("arrival {}\n", *source.arrival);
  if (source.identity) {
    text += fmt::format("id {} {} {}\n", source.identity->id, source.identity->is_first_kept,
                        source.identity->deleted.value_or(""));
  }
  if (series.filter) text += "filter " + canonical_text(*series.filter) + "\n";
  for (const ExprPtr& formula : series.formulas) {
    text += fmt::format("formula {} {}\n", to_string(formula->type.scalar), canonical_text(*formula));
  }
  for (size_t f : series.features) text += fmt::format("uses {} {}\n", plan.features[f].name, plan.features[f].digest);
  return text;
}

/// A series keeps what its windows need.
std::string meaning_of_events(const Layout& layout, size_t plan_series) {
  std::set<std::string> windows;
  for (const WorkItem& item : layout.work) {
    if (item.kind != WorkItem::Kind::kState) continue;
    const StateNode& node = layout.plan->states[item.index];
    if (node.series == plan_series && needs_ring(node.window)) windows.insert(to_string(node.window));
  }
  std::string text = meaning_of(*layout.plan, layout.plan->series[plan_series]);
  for (const std::string& window : windows) text += "window " + window + "\n";
  return text;
}

std::string meaning_of_state(const Layout& layout, size_t state) {
  const StateNode& node = layout.plan->states[state];
  std::string text = meaning_of(*layout.plan, layout.plan->series[node.series]);
  text += fmt::format("state {} over {}\n", to_string(node.kind), to_string(node.window));
  text += fmt::format("half_life {}\n", node.params.half_life.us);
  for (const double edge : node.params.edges) text += fmt::format("edge {}\n", edge);

  // Of lists, as many items are kept as the longest has.
  int k_max = 0;
  for (size_t f : layout.states[state].features) k_max = std::max(k_max, layout.plan->features[f].params.k);
  if (node.kind == StateKind::kPosition) text += fmt::format("k {}\n", k_max);
  return text;
}

}  // namespace

std::string stored_name(const Layout& layout, const WorkItem& item) {
  switch (item.kind) {
    case WorkItem::Kind::kSeries:
      return "events " + sha256_hex(meaning_of_events(layout, layout.series[item.index].plan_series));
    case WorkItem::Kind::kState: {
      if (needs_ring(layout.plan->states[item.index].window)) break;
      return "state " + sha256_hex(meaning_of_state(layout, item.index));
    }
    case WorkItem::Kind::kDerived: break;
  }
  return "";
}

std::string missing_part(const Layout& layout, const StoredStream& stored) {
  for (const WorkItem& item : layout.work) {
    std::string name = stored_name(layout, item);
    if (!name.empty() && !stored.parts.contains(name)) return name;
  }
  return "";
}

std::string newest_part_name(const std::string& source) { return "newest " + source; }

std::string bytes_of_keys(const KeyTable& keys, const std::function<bool(uint32_t)>& is_chosen) {
  std::string bytes;
  StateWriter writer(bytes);
  const std::vector<ScalarType> types = keys.types();
  writer.word(types.size());
  for (const ScalarType type : types) writer.word(static_cast<uint64_t>(type));
  uint64_t count = 0;
  for (uint32_t id = 0; id < keys.size(); ++id) count += is_chosen(id) ? 1 : 0;
  writer.word(count);
  for (uint32_t id = 0; id < keys.size(); ++id) {
    if (!is_chosen(id)) continue;
    for (size_t column = 0; column < types.size(); ++column) writer.slot(keys.slot(id, column), types[column]);
  }
  return bytes;
}

std::string bytes_of_newest(const std::vector<int64_t>& newest, size_t keys,
                            const std::function<bool(uint32_t)>& is_chosen) {
  std::string bytes;
  StateWriter writer(bytes);
  for (uint32_t id = 0; id < keys; ++id) {
    if (is_chosen(id)) writer.value(id < newest.size() ? newest[id] : kTimeMin);
  }
  return bytes;
}

}  // namespace headrace
