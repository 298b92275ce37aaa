#include "session/parity/parity.h"

#include "language/diagnostics/suggest.h"
#include "session/live/feature_log.h"
#include "session/live/replay.h"
#include "session/parity/comparison_of_reads.h"
#include "session/parity/push_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace headrace {
namespace {

constexpr Duration kReplayPoll{1'000'000};

/// One comparison on its way.
class ParityRun {
 public:
  ParityRun(const Session& session, const ParityJob& job, ParityServer& server)
      : session_(session), job_(job), server_(server) {}

  Result<ParityReport> run();

 private:
  Result<std::vector<size_t>> chosen_features();
  Status compare_entity(size_t entity, const std::vector<size_t>& features);
  Status compare(const ParityEvents& server, const std::vector<ServedRead>& reads, const KeyFilter& filter);
  bool is_replayed(const ParityEvents& like) const;
  Result<ParityEvents> replayed_events(size_t entity, const KeyFilter& filter);
  KeyFilter sample_of(size_t entity) const;
  Status check_compared() const;

  const Session& session_;
  const ParityJob& job_;
  ParityServer& server_;
  Plan plan_;
  ServerState state_;
  int64_t keys_seen_ = 0;  // of events, also those that are not in the sample
  int64_t unknown_ = 0;
  ParityTally tally_;
  ParityReport report_;
};

/// Those that are asked for, of the features that are served.
Result<std::vector<size_t>> ParityRun::chosen_features() {
  RETURN_IF_ERROR(require_features(session_.repository(), job_.features));
  std::set<std::string> served;
  if (job_.feature_log.empty()) {
    ASSIGN_OR_RETURN(const std::vector<std::string> names, server_.features());
    served.insert(names.begin(), names.end());
  }
  std::vector<size_t> chosen;
  for (size_t f = 0; f < plan_.features.size(); ++f) {
    const std::string& name = plan_.features[f].name;
    const bool is_asked = job_.features.empty() || std::ranges::find(job_.features, name) != job_.features.end();
    if (!is_asked) continue;
    const bool is_internal = std::ranges::any_of(session_.repository().features, [&](const FeatureDefinition& each) {
      return each.name == name && each.is_internal;
    });
    if (is_internal && job_.features.empty() && job_.feature_log.empty()) continue;  // given out by name only
    if (job_.feature_log.empty() && !is_internal && !served.contains(name)) {
      report_.notes.push_back(fmt::format("`{}` is not served: the server has other definitions", name));
      continue;
    }
    chosen.push_back(f);
  }
  return chosen;
}

KeyFilter ParityRun::sample_of(size_t entity) const {
  return [share = job_.sample, name = plan_.entities[entity].name](const std::string& key) {
    return share >= 1 || share_of(name + '\n' + key) < share;
  };
}

bool ParityRun::is_replayed(const ParityEvents& like) const {
  return std::ranges::any_of(like.sources, [&](const ParitySource& source) {
    const auto found = std::ranges::find(state_.sources, source.name, &ServedSource::name);
    return found != state_.sources.end() && found->feed == "replay";
  });
}

/// What a replay brings, as fast as it goes.
Result<ParityEvents> ParityRun::replayed_events(size_t entity, const KeyFilter& filter) {
  JudgedEvents judged(plan_, entity, job_.stream, filter);
  ASSIGN_OR_RETURN(const std::unique_ptr<Replay> replay, Replay::open(session_, "", std::nullopt, std::nullopt));
  while (!replay->is_over()) {
    ASSIGN_OR_RETURN(const std::vector<FedEvents> fed, replay->poll(kReplayPoll));
    for (const FedEvents& each : fed) {
      const auto source = std::ranges::find(state_.sources, each.source, &ServedSource::name);
      const auto* batch = std::get_if<Batch>(&each.events);
      if (batch == nullptr || source == state_.sources.end() || source->feed != "replay") continue;
      RETURN_IF_ERROR(judged.take(each.source, *batch, each.came_at->us));
    }
  }
  return std::move(judged).finish();
}

Status ParityRun::compare_entity(size_t entity, const std::vector<size_t>& features) {
  std::vector<ServedRead> reads;
  KeyFilter filter = sample_of(entity);
  const bool has_log = !job_.feature_log.empty();
  if (has_log) {
    ASSIGN_OR_RETURN(reads, reads_of_feature_log(job_.feature_log, plan_, entity, features, filter, unknown_));
    if (reads.empty()) return {};
    std::set<std::string> keys;
    for (const ServedRead& read : reads) keys.insert(read.key);
    filter = [keys = std::move(keys)](const std::string& key) { return keys.contains(key); };
  }

  if (is_replayed(parity_events_of(plan_, entity))) {
    ASSIGN_OR_RETURN(const ParityEvents events, replayed_events(entity, filter));
    if (!has_log) {
      ASSIGN_OR_RETURN(reads, reads_of_server(server_, state_, plan_, events, features, job_.instants));
    }
    return compare(events, reads, filter);
  }

  JudgedEvents judged(plan_, entity, job_.stream, filter);
  const auto take = [&](uint64_t position, const LoggedPush& push) { return judged.take(position, push); };
  std::vector<std::string> sources;
  for (const ParitySource& each : parity_events_of(plan_, entity).sources) sources.push_back(each.name);
  PushReader reader(server_, sources);
  ASSIGN_OR_RETURN(uint64_t end, reader.end());
  RETURN_IF_ERROR(reader.read_to(end, take));
  if (!has_log) {
    ASSIGN_OR_RETURN(reads, reads_of_server(server_, state_, plan_, judged.events(), features, job_.instants));
    // The values have what came meanwhile.
    for (const ServedRead& read : reads) end = std::max(end, read.position.value_or(0));
    RETURN_IF_ERROR(reader.read_to(end, take));
  }
  ParityEvents events = std::move(judged).finish();
  events.forgotten_to = reader.forgotten_to();
  return compare(events, reads, filter);
}

Status ParityRun::compare(const ParityEvents& server, const std::vector<ServedRead>& reads, const KeyFilter& filter) {
  for (const ParitySource& each : server.sources) keys_seen_ += each.count;
  if (job_.against == ParityAgainst::kLog) {
    return ComparisonOfReads(plan_, server, server, job_.examples_max, report_, tally_).compare(reads);
  }
  ASSIGN_OR_RETURN(const ParityEvents files, events_of_files(session_, plan_, server.entity, filter));
  return ComparisonOfReads(plan_, server, files, job_.examples_max, report_, tally_).compare(reads);
}

Status ParityRun::check_compared() const {
  if (report_.compared > 0) return {};
  if (report_.not_comparable > 0) {
    return Error::not_found("no value can be compared: the events of all of them are no longer kept")
        .with_help("keep events for longer with `keep`, or compare newer values");
  }
  if (job_.sample < 1 && (keys_seen_ > 0 || !job_.feature_log.empty())) {
    return Error::not_found(fmt::format("no entity is in a sample of {:g} %", job_.sample * 100))
        .with_help("take a larger one");
  }
  return Error::not_found("there is nothing to compare: no events have come, or no values are final yet")
      .with_help("push events, or wait until a replay has come further");
}

Result<ParityReport> ParityRun::run() {
  ASSIGN_OR_RETURN(plan_, session_.plan({}, CheckNodes::kLeftOut));
  ASSIGN_OR_RETURN(state_, server_.state());
  report_.against = job_.against == ParityAgainst::kLog ? "log" : "batch";
  report_.served_from = job_.feature_log.empty() ? job_.served_from : "feature log";
  report_.sample = job_.sample;
  ASSIGN_OR_RETURN(const std::vector<size_t> chosen, chosen_features());
  for (size_t entity = 0; entity < plan_.entities.size(); ++entity) {
    std::vector<size_t> features;
    for (const size_t f : chosen) {
      if (plan_.features[f].entity == entity) features.push_back(f);
    }
    if (!features.empty()) RETURN_IF_ERROR(compare_entity(entity, features));
  }
  if (unknown_ > 0 && job_.features.empty()) {
    report_.not_comparable += unknown_;
    report_.notes.push_back(
        fmt::format("{} values of the feature log are of features that the definitions do not have", unknown_));
  }
  RETURN_IF_ERROR(check_compared());
  report_.count(tally_);
  return std::move(report_);
}

}  // namespace

Result<ParityReport> run_parity(const Session& session, const ParityJob& job, ParityServer& server) {
  return ParityRun(session, job, server).run();
}

}  // namespace headrace
