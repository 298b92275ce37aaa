#include "session/backfill_job.h"

#include "io/offline/offline_sink.h"
#include "session/opened_sources.h"
#include "session/statistics_sum.h"
#include "session/version.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>

namespace headrace {
namespace {

/// Gives each batch to all of its sinks.
class TeeSink : public Sink {
 public:
  void add(Sink* sink) { sinks_.push_back(sink); }

  Status write(const Batch& batch) override {
    for (Sink* sink : sinks_) RETURN_IF_ERROR(sink->write(batch));
    rows_ += batch.rows;
    return {};
  }
  int64_t rows() const { return rows_; }

 private:
  std::vector<Sink*> sinks_;
  int64_t rows_ = 0;
};

/// The table of one entity, ready to be computed.
struct EntityTable {
  size_t entity = 0;             // of the plan
  std::vector<size_t> features;  // of the plan
  OpenedSources opened;
  OfflineRequest request;
};

std::vector<ManifestInput> inputs_of(const OpenedSources& opened) {
  std::vector<ManifestInput> inputs;
  for (const auto& [name, source] : opened.files()) {
    for (const InputFile& file : source->input_files()) inputs.push_back({file.shown, file.bytes, file.modified_us});
  }
  return inputs;
}

ResultSchema result_schema(const OfflineRequest& request) {
  TableSchema table = table_schema(request);
  return {std::move(table.names), std::move(table.types)};
}

/// One backfill on its way.
class BackfillRun {
 public:
  BackfillRun(const Session& session, const BackfillJob& job, JobProgress& progress)
      : session_(session), job_(job), progress_(progress) {}

  Result<BackfillReport> run();

 private:
  bool writes() const { return job_.output != kNullOutput; }
  Status open_tables();
  OfflineRequest request_for(size_t entity, const std::vector<size_t>& features, const OpenedSources& opened) const;
  Status open_store();
  Status run_table(EntityTable& table);
  Status compute(EntityTable& table, OfflineSink* stored, EntityBackfill& entity);
  void finish();

  const Session& session_;
  const BackfillJob& job_;
  JobProgress& progress_;
  Plan plan_;
  std::unique_ptr<BadRows> bad_rows_;
  std::vector<EntityTable> tables_;
  std::unique_ptr<OfflineStore> store_;
  BackfillReport report_;
};

OfflineRequest BackfillRun::request_for(size_t entity, const std::vector<size_t>& features, const OpenedSources& opened) const {
  OfflineRequest request;
  request.entity = plan_.entities[entity].name;
  const std::vector<std::string>& keys = plan_.entities[entity].keys;
  for (size_t i = 0; i < keys.size(); ++i) request.keys.push_back({keys[i], opened.key_types()[i]});
  for (const size_t index : features) {
    const PlanFeature& feature = plan_.features[index];
    request.features.push_back({feature.name, feature.version, feature.digest, feature.type});
    request.meanings.push_back(meaning_of(session_.repository(), *session_.repository().find_feature(feature.name)));
  }
  request.from = job_.from;
  request.to = job_.to;
  request.every = job_.every;
  request.inputs = inputs_of(opened);
  request.table = job_.table;
  return request;
}

Status BackfillRun::open_tables() {
  const auto is_wanted = [&](const std::string& name) {
    return job_.features.empty() || std::find(job_.features.begin(), job_.features.end(), name) != job_.features.end();
  };
  for (size_t entity = 0; entity < plan_.entities.size(); ++entity) {
    std::vector<size_t> features;
    for (size_t i = 0; i < plan_.features.size(); ++i) {
      if (plan_.features[i].entity == entity && is_wanted(plan_.features[i].name)) features.push_back(i);
    }
    if (features.empty()) continue;
    ASSIGN_OR_RETURN(OpenedSources opened, OpenedSources::open(session_, plan_, entity, features, *bad_rows_));
    OfflineRequest request = request_for(entity, features, opened);
    tables_.push_back({entity, std::move(features), std::move(opened), std::move(request)});
  }
  if (tables_.empty()) return Error::data("there are no features to compute").with_help("define one under features/");
  return {};
}

Status BackfillRun::open_store() {
  if (!writes()) return {};
  ASSIGN_OR_RETURN(store_, OfflineStore::open(real_file_system(), job_.output, std::string(kVersion)));
  for (const EntityTable& table : tables_) RETURN_IF_ERROR(store_->check_versions(table.request));
  report_.output = job_.output;
  return {};
}

Status BackfillRun::compute(EntityTable& table, OfflineSink* stored, EntityBackfill& entity) {
  progress_.start_stage(entity.entity);
  TeeSink sinks;
  if (stored != nullptr) sinks.add(stored);
  std::unique_ptr<ChecksumSink> checksum;
  if (job_.wants_checksum) {
    checksum = std::make_unique<ChecksumSink>(result_schema(table.request));
    sinks.add(checksum.get());
  }
  BackfillRequest request;
  request.entity = table.entity;
  request.features = table.features;
  request.from = job_.from;
  request.to = job_.to;
  request.every = job_.every;
  ASSIGN_OR_RETURN(const BatchStatistics statistics, backfill(plan_, request, table.opened.sources(), batch_options(job_.run),
                                                              sinks, &progress_.rows()));
  add_statistics(report_.statistics, statistics);
  entity.rows = sinks.rows();
  if (checksum != nullptr) entity.checksum = checksum->checksum();
  return {};
}

Status BackfillRun::run_table(EntityTable& table) {
  EntityBackfill entity;
  entity.entity = table.request.entity;
  for (const ManifestFeature& feature : table.request.features) entity.features.push_back(feature.name);
  if (store_ == nullptr) {
    RETURN_IF_ERROR(compute(table, nullptr, entity));
  } else {
    ASSIGN_OR_RETURN(const ReusePlan reuse, store_->plan_reuse(table.request));
    entity.is_reused = reuse.reuse_all;
    entity.reason = reuse.reason;
    if (!reuse.dropped_files.empty()) {
      report_.notes.push_back(fmt::format("{}: {} partitions of other columns are dropped", entity.entity, reuse.dropped_files.size()));
    }
    if (reuse.reuse_all) {
      if (job_.wants_checksum) RETURN_IF_ERROR(compute(table, nullptr, entity));
      entity.rows = reuse.reused_rows;
      entity.partitions_reused = reuse.reused_partitions;
    } else {
      OfflineSink stored(*store_, table.request, batch_options(job_.run).threads);
      RETURN_IF_ERROR(compute(table, &stored, entity));
      ASSIGN_OR_RETURN(const OfflineSink::Written written, stored.finish());
      entity.partitions_written = written.partitions;
      entity.bytes = written.bytes;
    }
  }
  for (const std::string& note : table.opened.notes()) report_.notes.push_back(note);
  report_.entities.push_back(std::move(entity));
  return {};
}

void BackfillRun::finish() {
  report_.bad_rows = bad_rows_->count();
  for (const auto& [source, count] : bad_rows_->count_by_source()) {
    if (count > 0) report_.warnings.push_back(fmt::format("{} bad rows of source `{}` were left out", count, source));
  }
}

Result<BackfillReport> BackfillRun::run() {
  progress_.start_stage("opening sources");
  ASSIGN_OR_RETURN(plan_, session_.plan(job_.features));
  ASSIGN_OR_RETURN(bad_rows_, BadRows::create(job_.skips_bad_rows ? BadRowPolicy::kSkip : BadRowPolicy::kStop, job_.bad_rows_file));
  RETURN_IF_ERROR(open_tables());
  RETURN_IF_ERROR(open_store());
  for (EntityTable& table : tables_) RETURN_IF_ERROR(run_table(table));
  RETURN_IF_ERROR(bad_rows_->finish());
  finish();
  return std::move(report_);
}

}  // namespace

Result<BackfillReport> run_backfill(const Session& session, const BackfillJob& job, JobProgress& progress) {
  return BackfillRun(session, job, progress).run();
}

}  // namespace headrace
