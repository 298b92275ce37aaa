#include "engine/filling/settled_states.h"

#include "compute/aggregates/state_bytes.h"
#include "engine/batch/runner.h"

#include <algorithm>

namespace headrace {
namespace {

/// The time of each key's newest event, by source of the layout.
using NewestEvents = std::vector<std::vector<int64_t>>;

void note_newest(const TimeStep& step, NewestEvents& newest) {
  for (size_t source = 0; source < newest.size(); ++source) {
    const RowView& rows = step.sources[source];
    newest[source].resize(step.key_count, kTimeMin);
    for (size_t row = 0; row < rows.rows; ++row) {
      int64_t& time = newest[source][rows.ids[row]];
      time = std::max(time, rows.times[row]);
    }
  }
}

}  // namespace

Result<StoredStream> settled_states(const Plan& plan, size_t entity, const std::vector<size_t>& features,
                                    const OpenSources& sources, int64_t end, const BatchOptions& options,
                                    BatchProgress* progress) {
  const Layout layout = make_layout(plan, entity, features);
  KeyTable keys(plan.entities[entity].keys.size());
  TextPool texts;

  // No result is wanted but the states at the end.
  RunnerInput input{.layout = &layout, .sources = ordered_sources(layout, sources)};
  input.rule.start = end;
  input.rule.end = end;
  Runner runner(std::move(input), options, keys, texts, progress);
  NewestEvents newest(layout.sources.size());
  const Result<BatchStatistics> done = runner.run([&](const TimeStep& step) -> Status {
    note_newest(step, newest);
    return {};
  });
  if (!done && runner.needs_more_shares()) {
    return Error::environment("the states of all keys do not fit into half of the memory that this process may take")
        .with_help("give the process more memory, or serve fewer features over shorter windows");
  }
  if (!done) return done.error();

  StoredStream stored;
  stored.settled_to = end;
  const auto is_chosen = [](uint32_t /*key*/) { return true; };  // all keys
  stored.parts[kKeysPart] = bytes_of_keys(keys, is_chosen);
  for (size_t source = 0; source < layout.sources.size(); ++source) {
    stored.parts[newest_part_name(plan.sources[layout.sources[source].plan_source].name)] =
        bytes_of_newest(newest[source], keys.size(), is_chosen);
  }
  for (const WorkItem& item : layout.work) {
    const std::string name = stored_name(layout, item);
    if (name.empty()) continue;
    StateWriter writer(stored.parts[name]);
    runner.store(item, writer);
  }
  return stored;
}

}  // namespace headrace
