#include "base/version.h"
#include "binding/arrow_capsules.h"
#include "binding/python_errors.h"
#include "compiled_features.h"
#include "language/load_repository.h"
#include "python_rows.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <fmt/format.h>

#include <memory>
#include <mutex>
#include <tuple>

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

/// A stream that several threads may call, one at a time.
struct NativeStream {
  std::unique_ptr<FeatureStream> stream;
  std::mutex mutex;

  /// Without the interpreter's lock, so that a thread that waits here holds nobody up.
  template <typename Work>
  auto run(Work work) {
    return value_or_raise([&] {
      const nb::gil_scoped_release release;
      const std::lock_guard lock(mutex);
      return work(*stream);
    }());
  }
};

std::optional<Duration> duration_of(std::optional<int64_t> micros) {
  return micros ? std::optional(Duration{*micros}) : std::nullopt;
}

std::unique_ptr<NativeStream> make_stream(const CompiledFeatures& self, const std::string& entity,
                                          std::optional<int64_t> allowed_lateness_us,
                                          std::optional<int64_t> idle_after_us, std::optional<int64_t> max_ahead_us,
                                          int64_t history_us) {
  auto made = std::make_unique<NativeStream>();
  made->stream = value_or_raise(self.stream(entity, {duration_of(allowed_lateness_us), duration_of(idle_after_us),
                                                     duration_of(max_ahead_us), Duration{history_us}}));
  return made;
}

using LeftOut = std::tuple<int64_t, bool, int64_t>;  // row, late, bound

std::tuple<int64_t, int64_t, int64_t, std::vector<LeftOut>> run_push(NativeStream& self, const std::string& source,
                                                                     nb::handle events, int64_t now_us, uint32_t lane,
                                                                     bool skip_bad_rows) {
  TableStream table = value_or_raise(TableStream::open(stream_of(events), fmt::format("the events of `{}`", source)));
  const OnBadRow bad_rows = skip_bad_rows ? OnBadRow::kSkip : OnBadRow::kStop;
  const PushedEvents pushed =
      self.run([&](FeatureStream& stream) { return stream.push(source, std::move(table), now_us, lane, bad_rows); });
  std::vector<LeftOut> left_out;
  for (const LeftOutRow& row : pushed.left_out)
    left_out.emplace_back(row.row, row.reason == LeftOutRow::Reason::kLate, row.bound);
  return {pushed.accepted, pushed.ahead, pushed.bad_rows, std::move(left_out)};
}

ArrowBatch run_read(NativeStream& self, nb::handle places, const std::string& time_column) {
  TableStream table = value_or_raise(TableStream::open(stream_of(places), "the table of places"));
  return self.run([&](FeatureStream& stream) { return stream.read(std::move(table), time_column); });
}

/// Rows of plain values; gives how many are late, which whoever settles decides.
int64_t run_push_rows(NativeStream& self, const std::string& source, nb::handle rows, int64_t now_us) {
  const std::vector<Type> types = self.run([&](FeatureStream& stream) { return stream.column_types(source); });
  Batch batch = batch_of_rows(rows, types);
  const PushedEvents pushed =
      self.run([&](FeatureStream& stream) { return stream.push(source, std::move(batch), now_us); });
  return static_cast<int64_t>(pushed.left_out.size());
}

nb::list run_read_row(NativeStream& self, nb::handle key, int64_t time_us) {
  const std::vector<Type> types =
      self.run([](FeatureStream& stream) { return Result<std::vector<Type>>(stream.key_types()); });
  const Observations place = place_of(key, time_us, types);
  return row_of(self.run([&](FeatureStream& stream) { return stream.read(place); }), 0, 0);
}

/// The rows that have become final, each [key.., event_time, features..].
nb::list run_settle_rows(NativeStream& self, int64_t before_us, int64_t now_us) {
  const ArrowBatch rows = self.run([&](FeatureStream& stream) { return stream.settle(before_us, now_us); });
  nb::list out;
  for (int64_t row = 0; row < rows.batch.rows; ++row) out.append(row_of(rows.batch.columns, 0, row));
  return out;
}

nb::bytes run_store_for_ever(NativeStream& self) {
  const std::string bytes =
      self.run([](FeatureStream& stream) { return Result<std::string>(stream.store_for_ever()); });
  return nb::bytes(bytes.data(), bytes.size());
}

bool run_adopt(NativeStream& self, const nb::bytes& bytes) {
  const std::string_view view(bytes.c_str(), bytes.size());
  return self.run([&](FeatureStream& stream) -> Result<bool> {
    RETURN_IF_ERROR(stream.adopt(view));
    return true;
  });
}

int64_t run_settled_to_of(const nb::bytes& bytes) {
  return value_or_raise(FeatureStream::settled_to_of({bytes.c_str(), bytes.size()}));
}

bool run_drained(NativeStream& self, const std::string& source, uint32_t lane, bool is_drained, int64_t now_us) {
  return self.run([&](FeatureStream& stream) -> Result<bool> {
    RETURN_IF_ERROR(stream.set_drained(source, lane, is_drained, now_us));
    return is_drained;
  });
}

nb::bytes run_store(NativeStream& self) {
  const std::string bytes = self.run([](FeatureStream& stream) { return Result<std::string>(stream.store()); });
  return nb::bytes(bytes.data(), bytes.size());
}

bool run_restore(NativeStream& self, const nb::bytes& bytes) {
  const std::string_view view(bytes.c_str(), bytes.size());
  return self.run([&](FeatureStream& stream) -> Result<bool> {
    RETURN_IF_ERROR(stream.restore(view));
    return true;
  });
}

int64_t watermark_of(NativeStream& self, const std::string& source) {
  return self.run([&](FeatureStream& stream) { return stream.watermark(source); });
}

template <int64_t (FeatureStream::*get)() const>
int64_t number_of(NativeStream& self) {
  return self.run([](FeatureStream& stream) { return Result<int64_t>((stream.*get)()); });
}

void bind_stream(nb::module_& module) {
  using nb::arg;
  nb::class_<NativeStream>(module, "NativeStream")
      .def("push", &run_push, arg("source"), arg("events"), arg("now_us"), arg("lane"), arg("skip_bad_rows"))
      .def("set_drained", &run_drained, arg("source"), arg("lane"), arg("is_drained"), arg("now_us"))
      .def(
          "advance",
          [](NativeStream& self, int64_t now_us) {
            return self.run([&](FeatureStream& stream) { return stream.advance(now_us); });
          },
          arg("now_us"))
      .def(
          "settle",
          [](NativeStream& self, int64_t before_us, int64_t now_us) {
            return self.run([&](FeatureStream& stream) { return stream.settle(before_us, now_us); });
          },
          arg("before_us"), arg("now_us"))

      // Rows of one key, without Arrow: what an element of a stream costs.
      .def("push_rows", &run_push_rows, arg("source"), arg("rows"), arg("now_us"))
      .def("read_row", &run_read_row, arg("key"), arg("time_us"))
      .def("settle_rows", &run_settle_rows, arg("before_us"), arg("now_us"))
      .def("store_for_ever", &run_store_for_ever)
      .def("adopt", &run_adopt, arg("bytes"))
      .def_static("settled_to_of", &run_settled_to_of, arg("bytes"))

      .def("finish", [](NativeStream& self) { return self.run([](FeatureStream& stream) { return stream.finish(); }); })
      .def("read", &run_read, arg("places"), arg("time_column"))
      .def("store", &run_store)
      .def("restore", &run_restore, arg("bytes"))
      .def("watermark", &watermark_of, arg("source"))
      .def_prop_ro("settled_to", &number_of<&FeatureStream::settled_to>)
      .def_prop_ro("earliest", &number_of<&FeatureStream::earliest>)
      .def_prop_ro("unsettled_rows", &number_of<&FeatureStream::unsettled_rows>)
      .def_prop_ro("memory_bytes", &number_of<&FeatureStream::memory_bytes>);
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
           arg("every_us").none(), arg("threads"), arg("memory_bytes"), arg("skip_bad_rows"))
      .def("stream", &make_stream, arg("entity"), arg("allowed_lateness_us").none(), arg("idle_after_us").none(),
           arg("max_ahead_us").none(), arg("history_us"), nb::keep_alive<0, 1>());
}

}  // namespace
}  // namespace headrace

NB_MODULE(_kernel, module) {
  module.attr("version") = nb::str(headrace::kVersion.data(), headrace::kVersion.size());
  headrace::bind_arrow_batch(module);
  headrace::bind_stream(module);
  headrace::bind_kernel(module);
}
