#include "app/server/topic_cuts.h"

#include "app/command_line.h"
#include "app/server/served_topics.h"
#include "session/live/live_checkpoint.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {

Status find_topic_cuts(const ServedEnvironment& environment, const ServeOptions& options, const Session& session,
                       StreamSettings& settings) {
  EventLog* const log = settings.live.log;
  if (settings.topic_cuts.empty() || log == nullptr) return {};
  ASSIGN_OR_RETURN(const std::optional<LiveCheckpoint> checkpoint, read_live_checkpoint(*log));
  ASSIGN_OR_RETURN(const Plan plan, session.plan({}, CheckNodes::kLeftOut));
  const ServedTopics topics(environment, role_of(options, environment), *log);

  for (const auto& [name, quiet] : settings.topic_cuts) {
    const auto source = std::ranges::find(plan.sources, name, &PlanSource::name);
    if (source == plan.sources.end()) continue;  // no feature reads it
    const StreamCut* known = nullptr;
    if (checkpoint && checkpoint->cuts.contains(name)) known = &checkpoint->cuts.at(name);
    if (known != nullptr) {
      // One that nobody asked for is gone on from without being asked for.
      if (known->asked) settings.live.cuts[name] = {*known->asked, quiet};
      continue;
    }
    Result<CompleteTopic> complete = topics.complete_from(*source);
    if (!complete) return complete.error().with_context(fmt::format("source `{}` is to be filled", name));
    settings.live.cuts[name] = {complete->from, quiet};
    report_note(
        fmt::format("`{}`: its topic is complete from {} on: {}", name, to_string(complete->from), complete->why),
        options.quiet);
  }
  return {};
}

}  // namespace headrace
