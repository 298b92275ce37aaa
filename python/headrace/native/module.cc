#include "base/version.h"
#include "binding/python_errors.h"
#include "generate_code.h"
#include "job_calls.h"
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
      .def("plan_json", &OpenRepository::plan_json, arg("features"), arg("excluded"))
      .def("plan_text", &OpenRepository::plan_text, arg("features"), arg("excluded"))
      .def("graph", &OpenRepository::graph, arg("features"), arg("excluded"), arg("form"))

      .def("dataset", &call_dataset, arg("observations"), arg("features"), arg("excluded"), arg("time_column"),
           arg("skip_bad_rows"), arg("bad_rows"), arg("threads"), arg("memory_bytes"), arg("progress").none())
      .def("backfill", &call_backfill, arg("output"), arg("features"), arg("excluded"), arg("start_us").none(),
           arg("end_us").none(), arg("every_us").none(), arg("format"), arg("skip_bad_rows"), arg("bad_rows"),
           arg("replace"), arg("dev"), arg("partition"), arg("threads"), arg("memory_bytes"), arg("progress").none())
      .def("show", &call_show, arg("features"), arg("excluded"), arg("keys"), arg("at_us").none(), arg("last").none(),
           arg("every_us").none(), arg("skip_bad_rows"), arg("bad_rows"), arg("threads"), arg("memory_bytes"),
           arg("progress").none())
      .def("explain", &call_explain, arg("feature"), arg("keys"), arg("at_us"), arg("event_limit"),
           arg("skip_bad_rows"), arg("bad_rows"))
      .def("generate", &generate_code, arg("target"), arg("dialect"), arg("engine"), arg("offline"), arg("views"),
           arg("features"), arg("excluded"), arg("output"), arg("skip_refused"), arg("overwrite"));
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
