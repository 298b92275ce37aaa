#include "session/jobs/dataset_job.h"

#include "base/file_system.h"
#include "base/option_name.h"
#include "io/files/bad_row_messages.h"
#include "io/remote/object_store.h"
#include "session/jobs/backfill_job.h"
#include "session/jobs/dataset_choice.h"
#include "session/project/written_paths.h"
#include "session/running/fine_observations.h"
#include "session/running/job_meter.h"
#include "session/running/opened_sources.h"
#include "session/running/unmatched_warning.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace headrace {
namespace {

TableChecksum checksum_of(const std::vector<AddedColumn>& features, int64_t rows) {
  ResultSchema schema;
  Batch batch{rows, {}};
  for (const AddedColumn& feature : features) {
    schema.names.push_back(feature.name);
    schema.types.push_back(feature.values.type);
    batch.columns.push_back(feature.values);
  }
  ChecksumSink sink(std::move(schema));
  CHECK(sink.write(batch).ok());
  return sink.checksum();
}

/// The output's name must say its form before anything is computed.
Status check_output(const std::string& output) {
  if (output == kNullOutput || table_format_of_path(output).has_value()) return {};
  return Error::usage(fmt::format("the form of {} is not known", output))
      .with_help("its name must end in .parquet, .csv or .ndjson; null: writes nothing");
}

/// One training set on its way.
class DatasetRun {
 public:
  DatasetRun(const Session& session, const DatasetJob& job, JobProgress& progress)
      : session_(session), job_(job), progress_(progress), meter_(job.run.is_metered) {}

  Result<DatasetReport> run();
  Result<DatasetColumns> run_in_memory(const ObservationTable& observations);

 private:
  /// REQUIRES: the observations are there.
  Status check_places() const;
  Status compute_all();
  void keep_first_rows();
  Status open_sources(const std::vector<EntityWork>& works);
  /// Reads the observations again when the sources' keys have other types than were guessed for a CSV file.
  Status read_with_key_types(const std::vector<EntityWork>& works);
  Status compute(const EntityWork& work, const OpenedSources& opened, const TimeColumn& time);
  std::vector<AddedColumn> take_features();
  Status write();
  void finish();
  Status run_all();
  std::string what_is_left() const;

  const Session& session_;
  const DatasetJob& job_;
  JobProgress& progress_;
  JobMeter meter_;
  bool is_in_memory_ = false;
  ObservationOptions reading_;
  std::optional<ObservationTable> table_;
  bool has_begun_rows_ = false;
  std::unique_ptr<BadRows> bad_rows_;
  Plan plan_;
  std::vector<OpenedSources> opened_;         // by work
  std::map<std::string, Column> by_feature_;  // computed
  DatasetReport report_;
};

Status DatasetRun::open_sources(const std::vector<EntityWork>& works) {
  for (const EntityWork& work : works) {
    ASSIGN_OR_RETURN(OpenedSources opened,
                     OpenedSources::open(session_.places(), plan_, work.entity, work.features, *bad_rows_, &progress_));
    opened_.push_back(std::move(opened));
    report_.entities.push_back(plan_.entities[work.entity].name);
  }
  return {};
}

Status DatasetRun::read_with_key_types(const std::vector<EntityWork>& works) {
  if (is_in_memory_) return {};
  std::map<std::string, ScalarType> types = reading_.types;
  for (size_t i = 0; i < works.size(); ++i) {
    const std::vector<std::string>& keys = plan_.entities[works[i].entity].keys;
    for (size_t key = 0; key < keys.size(); ++key) {
      const ScalarType type = opened_[i].key_types()[key];
      if (type != ScalarType::kNull) types[keys[key]] = type;
    }
  }
  if (types == reading_.types) return {};
  reading_.types = std::move(types);
  ASSIGN_OR_RETURN(table_, meter_.for_all([&] { return read_observations(job_.observations, reading_); }));
  keep_first_rows();
  return {};
}

void DatasetRun::keep_first_rows() {
  if (job_.rows_max && *job_.rows_max < table_->rows()) table_ = table_->first_rows(*job_.rows_max);
}

Status DatasetRun::compute(const EntityWork& work, const OpenedSources& opened, const TimeColumn& time) {
  const PlanEntity& entity = plan_.entities[work.entity];
  progress_.start_reading(entity.name);
  Observations observations;
  for (size_t key = 0; key < entity.keys.size(); ++key) {
    ASSIGN_OR_RETURN(Column column, table_->key_column(entity.keys[key], opened.key_types()[key]));
    observations.keys.push_back(std::move(column));
  }
  std::vector<int64_t> past;
  ASSIGN_OR_RETURN(observations.times, table_->time_column(time.name, time.unit, &past));

  FineObservations fine(observations, past, table_->path());
  const ObservedSources observed(opened.sources(), source_requests(plan_, work.entity, work.features), fine);
  BatchOptions options = batch_options(job_.run);
  options.work = meter_.work();
  ASSIGN_OR_RETURN(DatasetResult result, dataset(plan_, work.entity, work.features, observations, observed.sources(),
                                                 options, &progress_.rows()));
  if (const std::optional<Error> refusal = fine.refusal()) return *refusal;
  for (size_t i = 0; i < work.features.size(); ++i) {
    by_feature_[plan_.features[work.features[i]].name] = std::move(result.features[i]);
  }

  report_.statistics.add(result.statistics);
  report_.incomplete_rows += result.incomplete_observations;
  if (result.incomplete_observations > 0) {
    report_.warnings.push_back(fmt::format("{} of {} observations have no {} or no {}; their features are null",
                                           result.incomplete_observations, table_->rows(), fmt::join(entity.keys, ", "),
                                           time.name));
  }
  opened.count_files(report_.source_files);
  for (const std::string& note : opened.notes()) report_.notes.push_back(note);
  for (std::string& each : opened.warnings()) report_.warnings.push_back(std::move(each));
  if (auto warning = unmatched_warning(entity, observations, result, opened)) {
    report_.warnings.push_back(*std::move(warning));
  }
  add_identity_note(result.statistics, report_.notes);
  return {};
}

std::vector<AddedColumn> DatasetRun::take_features() {
  std::vector<AddedColumn> features;
  for (const std::string& name : report_.features) features.push_back({name, std::move(by_feature_[name])});
  if (job_.wants_checksum) report_.checksum = checksum_of(features, table_->rows());
  return features;
}

Status DatasetRun::write() {
  const std::vector<AddedColumn> features = take_features();
  if (job_.rows_out != nullptr) {
    TableOptions options;
    options.format = job_.rows_format;
    has_begun_rows_ = true;
    ASSIGN_OR_RETURN(const ObservationsWritten written,
                     append_observations(*job_.rows_out, options, *table_, features, &progress_.writing()));
    report_.bytes = written.bytes;
    return {};
  }
  if (job_.output == kNullOutput) return {};
  progress_.start_writing(job_.output, "rows", table_->rows());
  TableOptions options;
  options.format = *table_format_of_path(job_.output);
  ASSIGN_OR_RETURN(const ObservationsWritten written,
                   write_observations(file_system_of(job_.output), job_.output, options, *table_, features,
                                      {.time_column = report_.time_column, .watch = &progress_.writing()}));
  report_.output = job_.output;
  report_.bytes = written.bytes;
  return {};
}

void DatasetRun::finish() {
  report_.rows = table_->rows();
  report_.bad_rows = bad_rows_->row_count();
  report_.bad_cells = bad_rows_->cell_count();
  report_.bad_row_counts = bad_rows_->counts();
  for (std::string& each : skipped_warnings(report_.bad_row_counts)) report_.warnings.push_back(std::move(each));
}

Status DatasetRun::compute_all() {
  ASSIGN_OR_RETURN(
      bad_rows_, BadRows::create(job_.skips_bad_rows ? BadRowPolicy::kSkip : BadRowPolicy::kStop, job_.bad_rows_file));
  bad_rows_->set_interrupt([this] { return progress_.is_stop_requested(); });
  ASSIGN_OR_RETURN(report_.features, choose_features(session_.repository(), *table_, job_));
  RETURN_IF_ERROR(refuse_clashes(*table_, report_.features));
  ASSIGN_OR_RETURN(plan_, session_.plan(report_.features, CheckNodes::kLeftOut));
  const std::vector<EntityWork> works = split_by_entity(plan_, report_.features);
  ASSIGN_OR_RETURN(const TimeColumn time, choose_time_column(*table_, job_.time_column, plan_, works));
  report_.time_column = time.name;
  meter_.begin_plan(plan_);
  RETURN_IF_ERROR(open_sources(works));
  RETURN_IF_ERROR(read_with_key_types(works));
  for (size_t i = 0; i < works.size(); ++i) RETURN_IF_ERROR(compute(works[i], opened_[i], time));
  RETURN_IF_ERROR(bad_rows_->finish());
  finish();
  return {};
}

Status DatasetRun::check_places() const {
  ReadPaths reads = read_paths(session_);
  if (!is_in_memory_) reads.add_file(job_.observations, "has the observations");
  const bool writes = !is_in_memory_ && job_.rows_out == nullptr && job_.output != kNullOutput;
  return reads.refuse({{writes ? job_.output : "", OptionName::kOutput, WrittenKind::kFile},
                       {job_.skips_bad_rows ? job_.bad_rows_file : "", OptionName::kBadRowsFile, WrittenKind::kFile}});
}

Status DatasetRun::run_all() {
  if (job_.rows_out == nullptr) RETURN_IF_ERROR(check_output(job_.output));
  RETURN_IF_ERROR(check_places());
  progress_.start_stage("reading observations");
  reading_.types = declared_key_types(session_.repository());
  reading_.text = job_.observations_form;
  ASSIGN_OR_RETURN(table_, meter_.for_all([&] { return read_observations(job_.observations, reading_); }));
  if (job_.rows_out != nullptr) {
    RETURN_IF_ERROR(check_columns(*table_, job_.rows_format));
  } else if (job_.output != kNullOutput) {
    RETURN_IF_ERROR(check_columns(*table_, *table_format_of_path(job_.output)));
  }
  keep_first_rows();
  RETURN_IF_ERROR(compute_all());
  RETURN_IF_ERROR(progress_.writing().check());
  RETURN_IF_ERROR(meter_.for_all([&] { return write(); }));
  report_.meter = meter_.report();
  return {};
}

Result<DatasetReport> DatasetRun::run() {
  if (const Status done = run_all(); !done.ok()) {
    return done.error().kind() == ErrorKind::kStopped ? Error::stopped(what_is_left()) : done.error();
  }
  return std::move(report_);
}

std::string DatasetRun::what_is_left() const {
  if (job_.rows_out != nullptr) return has_begun_rows_ ? "the rows so far were written" : "nothing was written";
  return job_.output == kNullOutput ? "nothing was written" : job_.output + " is as it was";
}

Result<DatasetColumns> DatasetRun::run_in_memory(const ObservationTable& observations) {
  is_in_memory_ = true;
  RETURN_IF_ERROR(check_places());
  table_ = observations;
  RETURN_IF_ERROR(compute_all());
  std::vector<AddedColumn> features = take_features();
  report_.meter = meter_.report();
  return DatasetColumns{std::move(report_), std::move(features)};
}

}  // namespace

Result<DatasetReport> run_dataset(const Session& session, const DatasetJob& job, JobProgress& progress) {
  return DatasetRun(session, job, progress).run();
}

Result<DatasetColumns> run_dataset_in_memory(const Session& session, const ObservationTable& observations,
                                             const DatasetJob& job, JobProgress& progress) {
  return DatasetRun(session, job, progress).run_in_memory(observations);
}

}  // namespace headrace
