/// What the API counts of connections, sources and values, for /metrics.

#include "serving/api/feature_api.h"

#include <algorithm>

namespace headrace {
namespace {

constexpr double kMicrosPerUnit = 1e6;
constexpr double kNanosPerSecond = 1e9;

double seconds_of(int64_t us) { return static_cast<double>(us) / kMicrosPerUnit; }

/// Of one source at the time of the scrape: sources come and go with the definitions.
void sample_source(MetricSamples& samples, const SourceStatus& source, int64_t now_us) {
  const MetricLabels labels = {{"source", source.name}};
  const auto count = [&](const std::string& name, const std::string& help, int64_t value) {
    samples.add("headrace_events_" + name + "_total", "counter", help, labels, static_cast<double>(value));
  };
  count("accepted", "Events that were taken.", source.accepted);
  count("late", "Events before the watermark, left out.", source.late);
  count("unreadable", "Events without a key or a time, left out.", source.unreadable);
  count("too_far_ahead", "Events ahead of the clock by more than max_ahead, left out.", source.too_far_ahead);
  count("covered", "Events before the time up to which the source was filled from files, left out.", source.covered);
  if (source.repeated) count("repeated", "Messages that came again, and were not taken again.", *source.repeated);
  count("bad_cells", "Values of events that could not be read, null instead.", source.bad_cells);

  const auto gauge = [&](const std::string& name, const std::string& help, double value) {
    samples.add("headrace_" + name, "gauge", help, labels, value);
  };
  gauge("source_paused", "1 where someone paused the source.", source.state == "paused" ? 1 : 0);
  gauge("source_stopped", "1 where a message stopped the source.", source.state == "stopped" ? 1 : 0);
  gauge("kept_bytes", "Pushes of the source in the store, before compression.", static_cast<double>(source.kept_bytes));
  gauge("events_ahead_bytes", "Their texts.", static_cast<double>(source.ahead_bytes));
  gauge("events_ahead", "Events that wait for their time.", static_cast<double>(source.ahead));
  if (source.watermark) {
    gauge("watermark_seconds", "The watermark, in seconds since 1970.", seconds_of(source.watermark->us));
    gauge("watermark_lag_seconds", "From the watermark to the clock.", seconds_of(now_us - source.watermark->us));
  }
  if (source.newest) {
    gauge("freshness_seconds", "From the newest event to the clock.", seconds_of(now_us - source.newest->us));
  }
  if (source.lag) gauge("lag_events", "Events outside that were not brought yet.", static_cast<double>(*source.lag));
}

/// So that a scrape stays small; features behind these have no series of their own.
constexpr size_t kFeaturesMax = 1000;

/// A feature is as fresh as the events that move it.
void sample_freshness(MetricSamples& samples, const FeatureCatalog& catalog, const std::vector<SourceStatus>& sources,
                      int64_t now_us) {
  size_t told = 0;
  for (const ListedFeature& feature : catalog.features()) {
    const auto source = std::ranges::find(sources, feature.source, &SourceStatus::name);
    if (source == sources.end() || !source->newest || !samples.may_see(feature.owner)) continue;
    if (++told > kFeaturesMax) return;
    samples.add("headrace_feature_freshness_seconds", "gauge",
                "From the newest event that moves a feature to the clock.", {{"feature", feature.name}},
                seconds_of(now_us - source->newest->us));
  }
}

void sample_entity(MetricSamples& samples, const EntityStatus& entity) {
  const MetricLabels labels = {{"entity", entity.name}};
  const auto add = [&](const std::string& name, const std::string& type, const std::string& help, int64_t value) {
    samples.add("headrace_entities_" + name, type, help, labels, static_cast<double>(value));
  };
  add("in_memory", "gauge", "Keys of an entity in memory.", entity.in_memory);
  add("at_rest", "gauge", "Keys of an entity in the store alone.", entity.at_rest);
  add("forgotten_total", "counter", "Keys that left memory, as no window needs anything of them.", entity.forgotten);
  add("paged_total", "counter", "Keys that left memory to stay under the memory that is given.", entity.paged);
  add("woken_total", "counter", "Keys that came back into memory.", entity.woken);
}

void sample_costs(MetricSamples& samples, const LiveCosts& costs) {
  if (costs.commits != nullptr) {
    samples.add("headrace_commit_duration_seconds", "How long writing pushes to the store took.", *costs.commits);
  }
  samples.add("headrace_state_bytes", "gauge", "Windows and their events in memory.", {},
              static_cast<double>(costs.state_bytes));
  samples.add("headrace_events_unsettled", "gauge", "Events whose values may still change.", {},
              static_cast<double>(costs.unsettled));
}

/// Processor time and the like, by feature; the sum over a family is the whole. No feature has a name in parentheses.
void sample_meter(MetricSamples& samples, const MeterReport& whole) {
  const MeterReport report =
      told_only(whole, kFeaturesMax, [&](const FeatureWork& feature) { return samples.may_see(feature.owner); });
  const auto add = [&](const std::string& feature, const NodeWork& work) {
    const MetricLabels labels = {{"feature", feature}};
    const auto sample = [&](const std::string& name, const std::string& type, const std::string& help, double value) {
      samples.add("headrace_feature_" + name, type, help, labels, value);
    };
    sample("cpu_seconds_total", "counter", "Time of a processor; `(none)` is what is of no feature.",
           static_cast<double>(work.cpu_ns) / kNanosPerSecond);
    sample("rows_total", "counter", "Rows that went through the nodes of a feature.", static_cast<double>(work.rows));
    sample("read_bytes_total", "counter", "Bytes of events that were read.", static_cast<double>(work.bytes));
    sample("values_total", "counter", "Values that were read.", static_cast<double>(work.values));
    sample("state_bytes", "gauge", "Windows and their events in memory.", static_cast<double>(work.state_bytes));
  };
  for (const FeatureWork& feature : report.features) add(feature.feature, feature.work);
  if (report.others) add("(others)", *report.others);
  add("(none)", report.unattributed);
}

void sample_online_store(MetricSamples& samples, const OnlineStoreStatus& store) {
  const MetricLabels labels = {{"store", store.name}};
  const auto add = [&](const std::string& name, const std::string& type, const std::string& help, double value) {
    samples.add("headrace_online_store_" + name, type, help, labels, value);
  };
  add("writes_total", "counter", "Rows written to the store.", static_cast<double>(store.writes));
  add("failures_total", "counter", "Tries to write that failed.", static_cast<double>(store.failures));
  add("refused_total", "counter", "Rows left out: something else has their names.", static_cast<double>(store.refused));
  add("keys_waiting", "gauge", "Entities whose rows are not written yet.", static_cast<double>(store.waiting));
  add("lag_seconds", "gauge", "Since the oldest unwritten row changed; 0 for none.", store.oldest_s.value_or(0));
  add("up", "gauge", "1 where the last try to write did not fail.", store.problem.empty() ? 1 : 0);
}

void sample_ownership(MetricSamples& samples, const OwnershipStatus& ownership) {
  const auto gauge = [&](const std::string& name, const std::string& help, double value) {
    samples.add("headrace_owner" + name, "gauge", help, {{"role", ownership.role}}, value);
  };
  gauge("", "1 where this server writes for its environment.", ownership.is_owner ? 1 : 0);
  if (ownership.since) {
    gauge("_since_seconds", "When it became the owner, or ceased to be, since 1970.",
          static_cast<double>(ownership.since->us) / 1e6);
  }
}

void sample_store(MetricSamples& samples, const StoreStatus& store) {
  const auto gauge = [&](const std::string& name, const std::string& help, double value) {
    samples.add("headrace_store_" + name, "gauge", help, {}, value);
  };
  gauge("bytes", "Files of the store.", static_cast<double>(store.bytes));
  gauge("free_bytes", "Free on the disk of the store.", static_cast<double>(store.free_bytes));
  if (store.bytes_per_day) {
    gauge("growth_bytes_per_day", "By which the store grows, before compression.",
          static_cast<double>(*store.bytes_per_day));
  }
  if (store.days_until_full) gauge("days_until_full", "At this rate.", *store.days_until_full);
}

}  // namespace

void sample_feature_log(MetricSamples& samples, const FeatureLogStatus& log) {
  const auto count = [&](const std::string& name, const std::string& help, int64_t value) {
    samples.add("headrace_feature_log_" + name + "_total", "counter", help, {}, static_cast<double>(value));
  };
  count("rows", "Sampled reads that are in files.", log.rows);
  count("dropped", "Sampled reads that were lost: writing was too slow, or failed.", log.dropped);
  count("files", "Files that were written.", log.files);
  samples.add("headrace_feature_log_waiting", "gauge", "Sampled reads that wait for their file.", {},
              static_cast<double>(log.waiting));
}

void FeatureApi::count_values() {
  if (state_->live == nullptr) return;
  metrics_.collect_at_scrape([this](MetricSamples& samples) {
    const std::shared_ptr<const ServedState> state = this->state();
    const int64_t now_us = state->live->now().us;
    const std::vector<SourceStatus> sources = state->live->sources();
    for (const SourceStatus& each : sources) sample_source(samples, each, now_us);
    sample_freshness(samples, *state->catalog, sources, now_us);
    sample_costs(samples, state->live->costs());
    for (const EntityStatus& each : state->live->entities()) sample_entity(samples, each);
    sample_meter(samples, state->live->meter());
    if (const auto store = state->live->online_store()) sample_online_store(samples, *store);
    if (const auto file = state->live->values_file()) sample_online_store(samples, *file);
    if (const auto ownership = state->live->ownership()) sample_ownership(samples, *ownership);
    if (const auto log = state->live->feature_log()) sample_feature_log(samples, *log);
    if (const auto store = state->live->store()) sample_store(samples, *store);
    samples.add("headrace_watches", "gauge", "Clients that watch values.", {}, static_cast<double>(watches_.open()));
    samples.add("headrace_watches_dropped_total", "counter", "Watching clients that were let go for being slow.", {},
                static_cast<double>(watches_.dropped()));
  });
}

}  // namespace headrace
