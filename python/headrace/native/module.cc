#include "base/version.h"
#include "binding/python_errors.h"
#include "generate_code.h"
#include "open_repository.h"
#include "session/new_repository/new_repository.h"

#include <fmt/format.h>
#include <nanobind/nanobind.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

namespace nb = nanobind;

namespace headrace {
namespace {

int64_t time_us(const std::string& text) {
  const std::optional<EventTime> time = parse_timestamp(text);
  if (!time) {
    raise_error(Error::usage(fmt::format("`{}` is not a time", text)).with_help("write it as 2024-03-01T12:00:00Z"));
  }
  return time->us;
}

int64_t duration_us(const std::string& text) {
  const std::optional<Duration> duration = parse_duration(text);
  if (!duration)
    raise_error(Error::usage(fmt::format("`{}` is not a duration", text)).with_help("write it as 15m, 24h, 7d"));
  return duration->us;
}

std::vector<std::string> init(const std::string& folder) { return value_or_raise(create_repository(folder)); }

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

nb::tuple run_explain_call(const OpenRepository& self, std::string feature, std::vector<std::string> keys,
                           int64_t at_us, int64_t event_limit, bool skip_bad_rows, std::string bad_rows) {
  const ExplainJob job{.feature = std::move(feature),
                       .keys = std::move(keys),
                       .at = {at_us},
                       .event_limit = event_limit,
                       .skips_bad_rows = skip_bad_rows,
                       .bad_rows_file = bad_rows_file(skip_bad_rows, std::move(bad_rows)),
                       .run = {}};
  return self.explain(job);
}

nb::tuple run_dataset_call(const OpenRepository& self, nb::handle observations, std::vector<std::string> features,
                           std::string time_column, bool skip_bad_rows, std::string bad_rows, int threads,
                           int64_t memory_bytes) {
  DatasetJob job;
  job.features = std::move(features);
  job.time_column = std::move(time_column);
  job.skips_bad_rows = skip_bad_rows;
  job.bad_rows_file = bad_rows_file(skip_bad_rows, std::move(bad_rows));
  job.run.threads = threads;
  job.run.memory_bytes = memory_bytes;
  return self.dataset(observations, job);
}

std::string run_backfill_call(const OpenRepository& self, std::string output, std::vector<std::string> features,
                              std::optional<int64_t> start_us, std::optional<int64_t> end_us,
                              std::optional<int64_t> every_us, const std::string& format, bool skip_bad_rows,
                              std::string bad_rows, bool replace, bool dev, const std::string& partition, int threads,
                              int64_t memory_bytes) {
  BackfillJob job;
  job.output = std::move(output);
  job.features = std::move(features);
  if (start_us) job.start = EventTime{*start_us};
  if (end_us) job.end = EventTime{*end_us};
  if (every_us) job.every = Duration{*every_us};
  job.table = table_options(format);
  job.replaces = replace;
  job.is_dev = dev;
  job.partition = partitioning_named(partition);
  job.skips_bad_rows = skip_bad_rows;
  job.bad_rows_file = bad_rows_file(skip_bad_rows, std::move(bad_rows));
  job.run.threads = threads;
  job.run.memory_bytes = memory_bytes;
  return self.backfill(job);
}

void bind_repository(nb::module_& module) {
  using nb::arg;
  nb::class_<OpenRepository>(module, "OpenRepository")
      .def_static("open", &OpenRepository::open, arg("folder"), arg("sources"))
      .def_prop_ro("folder", [](const OpenRepository& self) { return self.session().folder(); })
      .def_prop_ro("project_name", [](const OpenRepository& self) { return self.session().repository().project_name; })
      .def_prop_ro("has_errors", [](const OpenRepository& self) { return self.session().diagnostics().has_errors(); })

      .def("problems_json", &OpenRepository::problems_json)
      .def("problems_text", &OpenRepository::problems_text)
      .def("problems_summary", &OpenRepository::problems_summary)
      .def("features", &OpenRepository::features)
      .def("key_and_time_columns", &OpenRepository::key_and_time_columns)
      .def("plan_json", &OpenRepository::plan_json, arg("features"))
      .def("plan_text", &OpenRepository::plan_text, arg("features"))
      .def("graph_json", &OpenRepository::graph_json)
      .def("graph_text", &OpenRepository::graph_text)
      .def("graph_mermaid", &OpenRepository::graph_mermaid)

      .def("dataset", &run_dataset_call, arg("observations"), arg("features"), arg("time_column"), arg("skip_bad_rows"),
           arg("bad_rows"), arg("threads"), arg("memory_bytes"))
      .def("backfill", &run_backfill_call, arg("output"), arg("features"), arg("start_us").none(), arg("end_us").none(),
           arg("every_us").none(), arg("format"), arg("skip_bad_rows"), arg("bad_rows"), arg("replace"), arg("dev"),
           arg("partition"), arg("threads"), arg("memory_bytes"))
      .def("explain", &run_explain_call, arg("feature"), arg("keys"), arg("at_us"), arg("event_limit"),
           arg("skip_bad_rows"), arg("bad_rows"))
      .def("generate", &generate_code, arg("target"), arg("dialect"), arg("features"), arg("output"),
           arg("skip_refused"), arg("overwrite"));
}

}  // namespace
}  // namespace headrace

NB_MODULE(_native, module) {
  module.attr("version") = nb::str(headrace::kVersion.data(), headrace::kVersion.size());
  module.def("time_us", &headrace::time_us, nb::arg("text"));
  module.def("init", &headrace::init, nb::arg("folder"));
  module.def("duration_us", &headrace::duration_us, nb::arg("text"));
  headrace::bind_arrow_batch(module);
  headrace::bind_repository(module);
}
