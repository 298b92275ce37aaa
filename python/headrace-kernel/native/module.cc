#include "base/version.h"
#include "binding/arrow_capsules.h"
#include "binding/python_errors.h"
#include "compiled_features.h"
#include "language/load_repository.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <fmt/format.h>

namespace nb = nanobind;

namespace headrace {
namespace {

CompiledFeatures make_kernel(const std::vector<std::pair<std::string, std::string>>& texts,
                             const std::vector<std::string>& features) {
  std::vector<DefinitionFile> files;
  for (const auto& [name, text] : texts) files.push_back({name, text});
  LoadedRepository loaded = load_repository(std::move(files));
  if (loaded.diagnostics.has_errors()) raise_definition_error(loaded.diagnostics, loaded.files);
  return value_or_raise(CompiledFeatures::make(std::move(loaded.repository), features));
}

ComputeOptions options_of(int threads, int64_t memory_bytes, bool skip_bad_rows) {
  return {.threads = threads, .memory_bytes = memory_bytes, .skips_bad_rows = skip_bad_rows};
}

EventStreams streams_of(const nb::dict& events) {
  EventStreams streams;
  for (const auto& [key, table] : events) {
    const std::string name = nb::cast<std::string>(key);
    streams.emplace(name, value_or_raise(TableStream::open(stream_of(table), fmt::format("the events of `{}`", name))));
  }
  return streams;
}

/// Runs without the interpreter's lock: streams that need it take it themselves.
template <typename Work>
ArrowBatch unlocked(Work work) {
  return value_or_raise([&] {
    const nb::gil_scoped_release release;
    return work();
  }());
}

ArrowBatch run_dataset(const CompiledFeatures& self, const nb::dict& events, nb::handle observations,
                       const std::string& time_column, int threads, int64_t memory_bytes, bool skip_bad_rows) {
  EventStreams streams = streams_of(events);
  TableStream asked = value_or_raise(TableStream::open(stream_of(observations), "the table of observations"));
  const ComputeOptions options = options_of(threads, memory_bytes, skip_bad_rows);
  return unlocked([&] { return self.dataset(std::move(streams), std::move(asked), time_column, options); });
}

ArrowBatch run_backfill(const CompiledFeatures& self, const nb::dict& events, const std::string& entity,
                        std::optional<int64_t> start_us, std::optional<int64_t> end_us, std::optional<int64_t> every_us,
                        int threads, int64_t memory_bytes, bool skip_bad_rows) {
  EventStreams streams = streams_of(events);
  BackfillRange range;
  if (start_us) range.start = EventTime{*start_us};
  if (end_us) range.end = EventTime{*end_us};
  if (every_us) range.every = Duration{*every_us};
  const ComputeOptions options = options_of(threads, memory_bytes, skip_bad_rows);
  return unlocked([&] { return self.backfill(std::move(streams), entity, range, options); });
}

/// Columns to read by name of source.
std::map<std::string, std::vector<std::string>> columns_of(const CompiledFeatures& self) {
  std::map<std::string, std::vector<std::string>> columns;
  for (const SourceRequest& request : self.requests()) columns[request.source] = request.columns;
  return columns;
}

std::map<std::string, std::string> types_of(const CompiledFeatures& self) {
  std::map<std::string, std::string> types;
  for (const std::string& name : self.features()) types[name] = to_string(self.plan().find_feature(name)->type);
  return types;
}

std::map<std::string, std::string> digests_of(const CompiledFeatures& self) {
  std::map<std::string, std::string> digests;
  for (const std::string& name : self.features()) digests[name] = self.plan().find_feature(name)->digest;
  return digests;
}

void bind_kernel(nb::module_& module) {
  using nb::arg;
  nb::class_<CompiledFeatures>(module, "NativeKernel")
      .def_static("make", &make_kernel, arg("texts"), arg("features"))
      .def_prop_ro("features", [](const CompiledFeatures& self) { return self.features(); })
      .def_prop_ro("types", &types_of)
      .def_prop_ro("digests", &digests_of)
      .def_prop_ro("columns", &columns_of)
      .def("dataset", &run_dataset, arg("events"), arg("observations"), arg("time_column"), arg("threads"),
           arg("memory_bytes"), arg("skip_bad_rows"))
      .def("backfill", &run_backfill, arg("events"), arg("entity"), arg("start_us").none(), arg("end_us").none(),
           arg("every_us").none(), arg("threads"), arg("memory_bytes"), arg("skip_bad_rows"));
}

}  // namespace
}  // namespace headrace

NB_MODULE(_kernel, module) {
  module.attr("version") = nb::str(headrace::kVersion.data(), headrace::kVersion.size());
  headrace::bind_arrow_batch(module);
  headrace::bind_kernel(module);
}
