#include "job_calls.h"

#include "binding/python_errors.h"

#include <fmt/format.h>

namespace nb = nanobind;

namespace headrace {
namespace {

constexpr int64_t kLastRows = 5;
/// Keys at an instant.
constexpr int64_t kKeysShown = 20;

TableOptions table_options(const std::string& format) {
  const std::optional<TableFormat> known = table_format_from_string(format);
  if (!known)
    raise_error(Error::usage(fmt::format("`{}` is no form of tables", format)).with_help("parquet, csv, ndjson"));
  TableOptions options;
  options.format = *known;
  return options;
}

/// Empty: none is asked for.
std::optional<Partitioning> partitioning_named(const std::string& name) {
  const std::optional<Partitioning> known = partitioning_from_string(name);
  if (!known && !name.empty())
    raise_error(Error::usage(fmt::format("a store has no files of a `{}`", name)).with_help("day, month, year"));
  return known;
}

/// Where skipped rows are set aside; empty: nowhere.
std::string bad_rows_file(bool skip_bad_rows, std::string path) {
  if (!path.empty() && !skip_bad_rows) raise_error(Error::usage("`bad_rows` needs `skip_bad_rows=True`"));
  return path;
}

RunOptions run_options(int threads, int64_t memory_bytes) {
  RunOptions run;
  run.threads = threads;
  run.memory_bytes = memory_bytes;
  return run;
}

std::optional<EventTime> time_of(std::optional<int64_t> us) {
  return us ? std::optional(EventTime{*us}) : std::nullopt;
}

std::optional<Duration> duration_of(std::optional<int64_t> us) {
  return us ? std::optional(Duration{*us}) : std::nullopt;
}

}  // namespace

nb::tuple call_dataset(const OpenRepository& self, nb::handle observations, std::vector<std::string> features,
                       std::vector<std::string> excluded, std::string time_column, bool skip_bad_rows,
                       std::string bad_rows, int threads, int64_t memory_bytes, nb::object progress) {
  DatasetJob job;
  job.features = std::move(features);
  job.excluded = std::move(excluded);
  job.time_column = std::move(time_column);
  job.skips_bad_rows = skip_bad_rows;
  job.bad_rows_file = bad_rows_file(skip_bad_rows, std::move(bad_rows));
  job.run = run_options(threads, memory_bytes);
  return self.dataset(observations, job, ProgressListener(std::move(progress)));
}

std::string call_backfill(const OpenRepository& self, std::string output, std::vector<std::string> features,
                          std::vector<std::string> excluded, std::optional<int64_t> start_us,
                          std::optional<int64_t> end_us, std::optional<int64_t> every_us, const std::string& format,
                          bool skip_bad_rows, std::string bad_rows, bool replace, bool dev,
                          const std::string& partition, int threads, int64_t memory_bytes, nb::object progress) {
  BackfillJob job;
  job.output = std::move(output);
  job.features = std::move(features);
  job.excluded = std::move(excluded);
  job.start = time_of(start_us);
  job.end = time_of(end_us);
  job.every = duration_of(every_us);
  job.table = table_options(format);
  job.replaces = replace;
  job.is_dev = dev;
  job.partition = partitioning_named(partition);
  job.skips_bad_rows = skip_bad_rows;
  job.bad_rows_file = bad_rows_file(skip_bad_rows, std::move(bad_rows));
  job.run = run_options(threads, memory_bytes);
  return self.backfill(job, ProgressListener(std::move(progress)));
}

nb::tuple call_show(const OpenRepository& self, std::vector<std::string> features, std::vector<std::string> excluded,
                    std::vector<std::string> keys, std::optional<int64_t> at_us, std::optional<int64_t> last,
                    std::optional<int64_t> every_us, bool skip_bad_rows, std::string bad_rows, int threads,
                    int64_t memory_bytes, nb::object progress) {
  if (at_us && every_us)
    raise_error(Error::usage("at= is one instant, every= is for a row of them: give one of the two"));
  if (last && (*last < 1 || *last > kShownRowsMax)) {
    raise_error(Error::usage(fmt::format("last={} is not between 1 and {} rows", *last, kShownRowsMax))
                    .with_help("repo.backfill(FOLDER) writes all of them"));
  }
  ShowJob job;
  job.features = std::move(features);
  job.excluded = std::move(excluded);
  job.keys = std::move(keys);
  job.at = time_of(at_us);
  job.rows_max = last.value_or(at_us ? kKeysShown : kLastRows);
  job.every = duration_of(every_us);
  job.skips_bad_rows = skip_bad_rows;
  job.bad_rows_file = bad_rows_file(skip_bad_rows, std::move(bad_rows));
  job.run = run_options(threads, memory_bytes);
  return self.show(job, ProgressListener(std::move(progress)));
}

nb::tuple call_explain(const OpenRepository& self, std::string feature, std::vector<std::string> keys, int64_t at_us,
                       int64_t event_limit, bool skip_bad_rows, std::string bad_rows) {
  const ExplainJob job{.feature = std::move(feature),
                       .keys = std::move(keys),
                       .at = {at_us},
                       .event_limit = event_limit,
                       .skips_bad_rows = skip_bad_rows,
                       .bad_rows_file = bad_rows_file(skip_bad_rows, std::move(bad_rows)),
                       .run = {}};
  return self.explain(job);
}

}  // namespace headrace
