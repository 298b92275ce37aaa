#include "session/jobs/backfill_job.h"

#include "base/option_name.h"
#include "base/seal.h"
#include "base/version.h"
#include "io/files/bad_row_messages.h"
#include "io/offline/offline_sink.h"
#include "io/remote/object_store.h"
#include "quality/checks_digest.h"
#include "quality/quality_sink.h"
#include "session/jobs/backfill_profiles.h"
#include "session/jobs/check_backfill.h"
#include "session/project/feature_selection.h"
#include "session/project/project_files.h"
#include "session/running/job_meter.h"
#include "session/running/opened_sources.h"
#include "session/running/row_sinks.h"
#include "session/running/source_quality.h"
#include "session/running/stored_inputs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>
#include <unordered_set>

namespace headrace {
namespace {

/// The table of one entity, ready to be computed.
struct EntityTable {
  BackfillRequest wanted;
  OpenedSources opened;
  OfflineRequest request;
};

ResultSchema result_schema(const OfflineRequest& request) {
  TableSchema table = table_schema(request);
  return {std::move(table.names), std::move(table.types)};
}

int64_t stored_bytes(const Manifest& manifest, const std::string& entity) {
  int64_t bytes = 0;
  if (const ManifestEntity* stored = manifest.find_entity(entity)) {
    for (const ManifestPartition& partition : stored->partitions) bytes += partition.bytes;
  }
  return bytes;
}

/// One backfill on its way.
class BackfillRun {
 public:
  BackfillRun(const Session& session, const BackfillJob& job, JobProgress& progress)
      : session_(session), job_(job), progress_(progress), meter_(job.run.is_metered), meanings_(session.repository()) {
    if (job.wants_profiles) profiles_.want_all();
  }

  Result<BackfillReport> run();

 private:
  bool writes() const { return stores_rows(job_); }
  Status open_tables();
  Status make_checked_plan();
  std::string meaning_of(const PlanFeature& feature);
  Result<OfflineRequest> request_for(const BackfillRequest& wanted, const OpenedSources& opened);
  bool has_checks(const EntityTable& table) const;
  CheckedTable checked_table(const EntityTable& table) const;
  bool take_earlier_verdicts(const EntityTable& table, EntityBackfill& entity);
  Status open_store();
  Status run_table(EntityTable& table);
  Status run_stored_table(EntityTable& table, EntityBackfill& entity);
  void count_files_of(const std::vector<ManifestSource>& sources);
  Status compute(EntityTable& table, OfflineSink* stored, EntityBackfill& entity);
  void add_warnings(const EntityTable& table);
  Status check_sources();
  Status finish();
  Status run_all();
  /// What an interrupted run has changed: each table is replaced as a whole.
  std::string what_is_left() const;

  const Session& session_;
  const BackfillJob& job_;
  JobProgress& progress_;
  JobMeter meter_;
  Meanings meanings_;
  Plan plan_;
  std::unique_ptr<BadRows> bad_rows_;
  std::vector<EntityTable> tables_;
  std::unique_ptr<OfflineStore> store_;
  std::vector<ManifestBadRows> reused_bad_rows_;  // of tables that were not computed
  BackfillProfiles profiles_;
  QualityReport earlier_;  // of the run before, as far as it can be read
  BackfillReport report_;
};

Status BackfillRun::make_checked_plan() {
  ASSIGN_OR_RETURN(plan_, session_.plan(job_.features, CheckNodes::kAdded));
  if (plan_.features.empty()) {
    return Error::data("there are no features to compute").with_help("define one under features/");
  }

  // In the plan's order, so that no meaning goes deep for those that it is made of.
  for (const PlanFeature& feature : plan_.features) {
    if (!feature.is_for_check) meaning_of(feature);
  }
  meter_.begin_plan(plan_);
  return {};
}

std::string BackfillRun::meaning_of(const PlanFeature& feature) {
  const FeatureDefinition* definition = session_.repository().find_feature(feature.name);
  CHECK(definition != nullptr);
  meanings_.digest_of(*definition);
  return meanings_.text_of(*definition);
}

Result<OfflineRequest> BackfillRun::request_for(const BackfillRequest& wanted, const OpenedSources& opened) {
  const PlanEntity& entity = plan_.entities[wanted.entity];
  OfflineRequest request;
  request.entity = entity.name;
  for (size_t i = 0; i < entity.keys.size(); ++i) {
    // Without a row in any source nothing says what a key is.
    const ScalarType type = opened.key_types()[i];
    request.keys.push_back({entity.keys[i], type == ScalarType::kNull ? ScalarType::kString : type});
  }
  for (const size_t index : wanted.features) {
    const PlanFeature& feature = plan_.features[index];
    request.features.push_back({feature.name, feature.version, feature.digest, feature.type});
    request.meanings.push_back(meaning_of(feature));
  }
  request.start = job_.start;
  request.end = job_.end;
  request.every = job_.every;
  request.replaces = job_.replaces;
  request.is_dev = job_.is_dev;
  ASSIGN_OR_RETURN(request.inputs, inputs_of(opened));
  request.reading = reading_of(plan_, opened);
  request.table = job_.table;
  return request;
}

Status BackfillRun::open_tables() {
  const std::unordered_set<std::string> named(job_.features.begin(), job_.features.end());
  std::vector<std::vector<size_t>> wanted_of(plan_.entities.size());
  for (size_t i = 0; i < plan_.features.size(); ++i) {
    const PlanFeature& feature = plan_.features[i];
    const bool is_wanted = named.empty() ? !feature.is_for_check : named.contains(feature.name);
    if (is_wanted) wanted_of[feature.entity].push_back(i);
  }

  for (size_t entity = 0; entity < plan_.entities.size(); ++entity) {
    BackfillRequest wanted;
    wanted.entity = entity;
    wanted.start = job_.start;
    wanted.end = job_.end;
    wanted.every = job_.every;
    wanted.features = wanted_of[entity];
    if (wanted.features.empty()) continue;
    ASSIGN_OR_RETURN(OpenedSources opened,
                     OpenedSources::open(session_.places(), plan_, entity, with_checks(plan_, wanted).features,
                                         *bad_rows_, &progress_));
    ASSIGN_OR_RETURN(OfflineRequest request, request_for(wanted, opened));
    tables_.push_back({std::move(wanted), std::move(opened), std::move(request)});
  }
  return {};
}

bool BackfillRun::has_checks(const EntityTable& table) const {
  return std::any_of(table.wanted.features.begin(), table.wanted.features.end(),
                     [&](size_t feature) { return !plan_.features[feature].checks.empty(); });
}

CheckedTable BackfillRun::checked_table(const EntityTable& table) const {
  const std::string rows = run_id(table.request, kVersion);
  return {table.request.entity, checks_digest(plan_, table.wanted.features, rows)};
}

/// REQUIRES: the table is reused.
bool BackfillRun::take_earlier_verdicts(const EntityTable& table, EntityBackfill& entity) {
  std::optional<QualityReport> found = earlier_.find_table(checked_table(table));
  entity.has_earlier_verdicts = found.has_value();
  if (found) report_.quality.append(std::move(*found));
  return entity.has_earlier_verdicts;
}

Status BackfillRun::open_store() {
  if (!writes()) return {};
  ASSIGN_OR_RETURN(store_, OfflineStore::open(file_system_of(job_.output), job_.output, std::string(kVersion)));
  if (!job_.replaces) RETURN_IF_ERROR(store_->check_kind(job_.is_dev));
  std::vector<VersionedMeaning> meanings;
  for (EntityTable& table : tables_) {
    const ManifestEntity* const stored = store_->manifest().find_entity(table.request.entity);
    table.request.partition = job_.partition.value_or(stored == nullptr ? Partitioning::kDay : stored->partition);
    for (VersionedMeaning& each : versioned_meanings(table.request)) meanings.push_back(std::move(each));
  }
  // Where exploring, or where the values are those of a store for exploring, versions mean nothing.
  const bool has_versions = !job_.is_dev && !store_->manifest().is_dev;
  if (has_versions) RETURN_IF_ERROR(check_versions(store_->manifest(), job_.output, meanings));
  for (const EntityTable& table : tables_) {
    RETURN_IF_ERROR(store_->check_range(table.request));
    if (!job_.replaces) RETURN_IF_ERROR(store_->check_losses(table.request));
  }
  report_.output = job_.output;
  ASSIGN_OR_RETURN(std::string changed, profiles_.open(*store_));
  if (!changed.empty()) report_.warnings.push_back(std::move(changed));
  const auto text = store_->read_beside(kStoreQualityName);
  // Verdicts that are not as they were written are computed again.
  if (text && *text && is_whole(**text)) earlier_ = parse_quality_report(**text).value_or(QualityReport{});
  return {};
}

Status BackfillRun::compute(EntityTable& table, OfflineSink* stored, EntityBackfill& entity) {
  progress_.start_reading(entity.entity);
  TeeSink sinks(progress_, job_.rows_max);
  if (stored != nullptr) sinks.add(stored);
  std::unique_ptr<TextSink> text;
  if (job_.rows_out != nullptr) {
    text = std::make_unique<TextSink>(*job_.rows_out, table_schema(table.request), job_.table);
    RETURN_IF_ERROR(text->start());
    sinks.add(text.get());
  }
  std::unique_ptr<ChecksumSink> checksum;
  if (job_.wants_checksum) {
    checksum = std::make_unique<ChecksumSink>(result_schema(table.request));
    sinks.add(checksum.get());
  }
  QualitySink checks(plan_, table.wanted, &sinks);
  const std::unique_ptr<ProfileSink> profiles = profiles_.sink(plan_, table.wanted, checks);
  Sink& first = profiles != nullptr ? static_cast<Sink&>(*profiles) : checks;
  BatchOptions options = batch_options(job_.run);
  options.work = meter_.work();
  const Result<BatchStatistics> statistics =
      backfill(plan_, with_checks(plan_, table.wanted), table.opened.sources(), options, first, &progress_.rows());
  if (!statistics && !sinks.is_full()) return statistics.error();
  if (statistics) report_.statistics.add(*statistics);
  entity.rows = sinks.rows();
  if (checksum != nullptr) entity.checksum = checksum->checksum();
  // Of a part of the rows a check says nothing.
  if (job_.rows_max) return {};

  QualityReport quality = checks.report();
  if (profiles != nullptr) profiles_.take(plan_, table.wanted, profiles->finish(), quality);
  if (store_ != nullptr && has_checks(table)) quality.tables = {checked_table(table)};
  report_.quality.append(std::move(quality));
  return {};
}

Status BackfillRun::run_stored_table(EntityTable& table, EntityBackfill& entity) {
  ASSIGN_OR_RETURN(ReusePlan reuse, store_->plan_reuse(table.request));
  if (reuse.reuse_all && !reuse.found.bad_rows.empty() && !job_.skips_bad_rows) {
    reuse.reuse_all = false;
    reuse.reason = "the run that made it went on with bad rows";
  }
  entity.is_reused = reuse.reuse_all;
  if (store_->manifest().find_entity(entity.entity) != nullptr) entity.reason = reuse.reason;

  if (reuse.reuse_all) {
    const bool is_computed = job_.wants_checksum || profiles_.lacks(plan_, table.wanted);
    const bool has_verdicts = !is_computed && (!has_checks(table) || take_earlier_verdicts(table, entity));
    if (has_verdicts) {
      count_files_of(reuse.found.sources);
      reused_bad_rows_.insert(reused_bad_rows_.end(), reuse.found.bad_rows.begin(), reuse.found.bad_rows.end());
    } else {
      RETURN_IF_ERROR(compute(table, nullptr, entity));
    }
    entity.rows = reuse.reused_rows;
    entity.partitions_reused = reuse.reused_partitions;
    entity.bytes = stored_bytes(store_->manifest(), entity.entity);
    return {};
  }

  if (const int64_t files = store_->outside_that_goes(table.request); files > 0) {
    report_.notes.push_back(
        fmt::format("`{}`: {} {} outside of {} and {} went, whose columns were others or for exploring", entity.entity,
                    files, files == 1 ? "file" : "files", option(OptionName::kStart), option(OptionName::kEnd)));
  }
  std::atomic<int64_t>& files_done = progress_.writing().done;
  OfflineSink stored(*store_, table.request, batch_options(job_.run).threads, &files_done);
  RETURN_IF_ERROR(compute(table, &stored, entity));
  progress_.go_on_writing(entity.entity, fmt::format("{}s", to_string(entity.partition)), stored.partitions());
  RETURN_IF_ERROR(progress_.writing().check());
  ASSIGN_OR_RETURN(const OfflineSink::Written written, meter_.for_entity(table.wanted.entity, [&] {
    return stored.finish({bad_rows_of(*bad_rows_, table.opened), sources_of(table.opened)});
  }));
  meter_.add_cpu(table.wanted.entity, stored.encoding_ns());
  entity.partitions_written = written.partitions;
  entity.bytes = written.bytes;
  if (auto note = tiny_days_note(*store_->manifest().find_entity(entity.entity), written.partitions)) {
    report_.notes.push_back(*std::move(note));
  }
  return {};
}

/// As the run that made the table counted them, since this one reads nothing.
void BackfillRun::count_files_of(const std::vector<ManifestSource>& sources) {
  for (const ManifestSource& each : sources) {
    const bool is_counted = std::any_of(report_.source_files.begin(), report_.source_files.end(),
                                        [&](const SourceFileCount& known) { return known.source == each.source; });
    if (!is_counted) report_.source_files.push_back({each.source, each.files, each.left_out, each.unverifiable});
  }
}

Status BackfillRun::run_table(EntityTable& table) {
  EntityBackfill entity;
  entity.entity = table.request.entity;
  for (const ManifestFeature& feature : table.request.features) entity.features.push_back(feature.name);
  entity.partition = table.request.partition;
  RETURN_IF_ERROR(store_ == nullptr ? compute(table, nullptr, entity) : run_stored_table(table, entity));
  for (const std::string& note : table.opened.notes()) report_.notes.push_back(note);
  table.opened.count_files(report_.source_files);
  if (!entity.is_reused) add_warnings(table);
  report_.entities.push_back(std::move(entity));
  return {};
}

void BackfillRun::add_warnings(const EntityTable& table) {
  const bool goes_to_the_last = job_.every && !job_.end;
  for (const std::string& each : table.opened.warnings()) {
    const bool is_of_grid = goes_to_the_last && each.find("a clock wrong") != std::string::npos;
    report_.warnings.push_back(is_of_grid ? fmt::format("{} The grid goes on to the last event unless {} ends it", each,
                                                        option(OptionName::kEnd))
                                          : each);
  }
}

std::string BackfillRun::what_is_left() const {
  if (job_.rows_out != nullptr) return "the rows so far were written";
  if (!writes()) return "nothing was written";
  std::vector<std::string> written;
  for (const EntityBackfill& each : report_.entities) {
    if (!each.is_reused) written.push_back("`" + each.entity + "`");
  }
  if (written.empty()) return job_.output + " is as it was";
  return fmt::format("{} of {} {} new, all else is as it was", fmt::join(written, ", "), job_.output,
                     written.size() == 1 ? "is" : "are");
}

/// Of the sources that the tables were made of, whatever part of their rows that took.
Status BackfillRun::check_sources() {
  if (job_.rows_max) return {};
  SourceQualityJob checked{{}, job_.end, &earlier_};
  for (size_t i = 0; i < plan_.sources.size(); ++i) {
    const bool is_opened = std::any_of(tables_.begin(), tables_.end(), [&](const EntityTable& table) {
      return table.opened.files().contains(plan_.sources[i].name);
    });
    if (is_opened) checked.sources.push_back(i);
  }
  ASSIGN_OR_RETURN(QualityReport found, check_source_rows(session_, plan_, checked, progress_));
  report_.quality.append(std::move(found));
  return {};
}

Status BackfillRun::finish() {
  RETURN_IF_ERROR(check_sources());
  RETURN_IF_ERROR(bad_rows_->finish());
  report_.bad_rows = bad_rows_->row_count();
  report_.bad_cells = bad_rows_->cell_count();
  report_.bad_row_counts = bad_rows_->counts();
  for (const ManifestBadRows& each : reused_bad_rows_) {
    report_.bad_rows += each.rows;
    report_.bad_cells += each.cells;
    report_.bad_row_counts.push_back({each.source, each.column, each.problem, each.rows, each.cells});
  }
  add_identity_note(report_.statistics, report_.notes);
  for (std::string& each : skipped_warnings(report_.bad_row_counts)) report_.warnings.push_back(std::move(each));
  if (store_ == nullptr) return {};
  RETURN_IF_ERROR(profiles_.save(*store_));
  return store_->put_beside(kStoreQualityName, sealed(to_json(report_.quality)));
}

Result<BackfillReport> BackfillRun::run() {
  if (const Status done = run_all(); !done.ok()) {
    return done.error().kind() == ErrorKind::kStopped ? Error::stopped(what_is_left()) : done.error();
  }
  report_.meter = meter_.report();
  return std::move(report_);
}

Status BackfillRun::run_all() {
  RETURN_IF_ERROR(check_backfill(session_, job_));
  progress_.start_stage("opening sources");
  RETURN_IF_ERROR(make_checked_plan());
  ASSIGN_OR_RETURN(
      bad_rows_, BadRows::create(job_.skips_bad_rows ? BadRowPolicy::kSkip : BadRowPolicy::kStop, job_.bad_rows_file));
  bad_rows_->set_interrupt([this] { return progress_.is_stop_requested(); });
  RETURN_IF_ERROR(open_tables());
  if (job_.rows_out != nullptr && tables_.size() > 1) {
    return Error::usage(fmt::format("rows of one entity can be printed, but these are features of {} and {}",
                                    tables_[0].request.entity, tables_[1].request.entity))
        .with_help(fmt::format("name features of one of them with {}", option(OptionName::kFeatures)));
  }
  RETURN_IF_ERROR(open_store());
  for (EntityTable& table : tables_) RETURN_IF_ERROR(run_table(table));
  return finish();
}

}  // namespace

Result<BackfillReport> run_backfill(const Session& session, const BackfillJob& job, JobProgress& progress) {
  BackfillJob named = job;
  ASSIGN_OR_RETURN(named.features,
                   select_features(session.repository(), job.features, job.excluded, DefaultFeatures::kOutputs));
  return BackfillRun(session, named, progress).run();
}

}  // namespace headrace
