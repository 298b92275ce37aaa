#include "session/live/live_beginning.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace headrace {
namespace {

std::vector<size_t> served_features(const Plan& plan, size_t entity) {
  std::vector<size_t> features;
  for (size_t f = 0; f < plan.features.size(); ++f) {
    if (plan.features[f].entity == entity) features.push_back(f);
  }
  return features;
}

}  // namespace

Result<LiveBeginning> LiveBeginning::find(const Session& session, const LiveOptions& options) {
  LiveBeginning beginning(&session, options);
  if (options.log == nullptr) return beginning;
  ASSIGN_OR_RETURN(beginning.plan_, session.plan({}, CheckNodes::kLeftOut));
  RETURN_IF_ERROR(beginning.plan_entities());
  return beginning;
}

Result<LiveBeginning> LiveBeginning::find(const Plan& plan, const LiveOptions& options) {
  LiveBeginning beginning(nullptr, options);
  if (options.log == nullptr) return beginning;
  beginning.plan_ = plan;
  RETURN_IF_ERROR(beginning.plan_entities());
  return beginning;
}

Status LiveBeginning::plan_entities() {
  ASSIGN_OR_RETURN(checkpoint, read_live_checkpoint(*options_->log));
  for (size_t entity = 0; entity < plan_.entities.size(); ++entity) RETURN_IF_ERROR(plan_entity(entity));
  return {};
}

/// The first instant from which all events of a source are in the log; nothing: it has all that came.
std::optional<EventTime> LiveBeginning::complete_from(const std::string& source) const {
  if (!checkpoint || checkpoint->keep_from == 0) return std::nullopt;
  int64_t newest = kTimeMin, now = kTimeMin;
  for (const auto& [entity, mark] : checkpoint->marks.front().entities) {
    const auto counts = mark.counts.find(source);
    if (counts != mark.counts.end()) newest = std::max(newest, counts->second.newest);
    now = std::max(now, mark.now);
  }
  // Of a source without events until then, those of later times come later.
  const int64_t last = newest == kTimeMin ? now : newest;
  return last == kTimeMin ? std::nullopt : std::optional(EventTime{last + 1});
}

/// REQUIRES: the entity of the source is filled.
Result<StreamCut> LiveBeginning::cut_of(const std::string& source) const {
  const auto asked = options_->cuts.find(source);
  StreamCut cut;
  std::optional<EventTime> at;
  if (checkpoint && checkpoint->cuts.contains(source)) {
    cut.asked = checkpoint->cuts.at(source).asked;
    at = checkpoint->cuts.at(source).at;
  }
  if (asked != options_->cuts.end()) at = cut.asked = asked->second.at;
  if (const auto complete = complete_from(source)) at = std::max(at.value_or(*complete), *complete);
  if (!at) {
    return Error::usage(
               fmt::format("other sources of its entity are filled from files up to a cut, and `{}` has none", source))
        .with_help("say for this source too from which instant on its stream has all events");
  }

  const auto definition = std::ranges::find(plan_.sources, source, &PlanSource::name);
  if (definition == plan_.sources.end() || !definition->batch) {
    return Error::usage(fmt::format("`{}` is to be filled from files up to {}, and has none", source, to_string(*at)))
        .with_help("give the source a `batch` location");
  }
  if (const EventTime now{options_->clock->now_us()}; *at > now) {
    return Error::usage(
               fmt::format("`{}` is to be filled up to {}, and it is {}", source, to_string(*at), to_string(now)))
        .with_help("name an instant that has come, from which on the stream has all events");
  }
  cut.at = *at;
  return cut;
}

Status LiveBeginning::plan_entity(size_t entity) {
  FillRequest request{.entity = entity, .features = served_features(plan_, entity)};
  if (request.features.empty()) return {};
  const Layout layout = make_layout(plan_, entity, request.features);
  bool is_asked = false, is_other = false, is_known = false, has_files = true;
  for (const SourceLayout& source : layout.sources) {
    const std::string& name = source.request.source;
    const StreamCut* known = nullptr;
    if (checkpoint && checkpoint->cuts.contains(name)) known = &checkpoint->cuts.at(name);
    const auto asked = options_->cuts.find(name);
    is_known |= known != nullptr;
    is_asked |= asked != options_->cuts.end();
    is_other |= asked != options_->cuts.end() && (known == nullptr || known->asked != asked->second.at);
    has_files &= plan_.sources[source.plan_source].batch.has_value();
  }

  bool has_states = false;
  if (checkpoint) {
    const auto stored = checkpoint->entities.find(plan_.entities[entity].name);
    has_states = stored != checkpoint->entities.end() && missing_part(layout, stored->second.stream).empty();
  }
  const bool is_forgotten = checkpoint && checkpoint->keep_from > 0;
  const bool is_lacking = !has_states && (is_asked || is_known || (is_forgotten && has_files));
  if (!is_other && !is_lacking) return {};

  for (const SourceLayout& source : layout.sources) {
    const std::string& name = source.request.source;
    ASSIGN_OR_RETURN(request.cuts[name], cut_of(name));
    const auto asked = options_->cuts.find(name);
    if (asked != options_->cuts.end()) request.quiet[name] = asked->second.quiet;
  }
  requests_.push_back(std::move(request));
  return {};
}

std::string LiveBeginning::entities_to_fill() const {
  std::vector<std::string> names;
  for (const FillRequest& each : requests_) names.push_back("`" + plan_.entities[each.entity].name + "`");
  return fmt::format("{}", fmt::join(names, ", "));
}

Status LiveBeginning::fill(JobProgress& progress, int threads) {
  for (FillRequest& request : requests_) {
    request.threads = threads;
    request.is_stopped = options_->is_stopped;
    ASSIGN_OR_RETURN(filled[plan_.entities[request.entity].name], fill_from_files(*session_, plan_, request, progress));
  }
  requests_.clear();
  return {};
}

}  // namespace headrace
