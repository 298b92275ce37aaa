#include "open_repository.h"

#include "base/printable_text.h"
#include "binding/python_errors.h"
#include "io/observations/observations_reader.h"
#include "language/diagnostics/render.h"
#include "plan/graph_svg.h"
#include "session/output/json_output.h"
#include "session/project/feature_selection.h"
#include "session/project/project_files.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

namespace nb = nanobind;

namespace headrace {
namespace {

/// A text of a file may hold bytes that are no UTF-8.
nb::object text(std::string_view bytes) {
  PyObject* decoded = PyUnicode_DecodeUTF8(bytes.data(), static_cast<Py_ssize_t>(bytes.size()), "replace");
  if (decoded == nullptr) throw nb::python_error();
  return nb::steal(decoded);
}

nb::object text_or_none(std::string_view bytes) { return bytes.empty() ? nb::none() : text(bytes); }

nb::list texts(const std::vector<std::string>& all) {
  nb::list list;
  for (const std::string& each : all) list.append(text(printable(each)));
  return list;
}

nb::dict feature_dict(const FeatureDefinition& feature) {
  nb::dict dict;
  dict["name"] = text(feature.name);
  dict["description"] = text(feature.description);
  dict["owner"] = text(feature.owner);
  dict["version"] = text(feature.version);
  dict["tags"] = texts(feature.tags);
  dict["entity"] = text(feature.entity);
  dict["source"] = text(feature.source);
  dict["type"] = text(to_string(feature.type));
  dict["aggregation"] = feature.is_derived() ? nb::none() : text(to_string(*feature.aggregation));
  dict["window"] = feature.is_derived() ? nb::none() : text(to_string(feature.window));
  dict["formula"] = text_or_none(feature.formula_text);
  dict["filter"] = text_or_none(feature.filter_text);
  dict["default_json"] = text(to_json(feature.default_value));
  nb::list checks;
  for (const QualityCheck& check : feature.checks) checks.append(text(check.name));
  dict["checks"] = checks;
  dict["file"] = text(feature.span.file);
  dict["line"] = feature.span.line;
  return dict;
}

ArrowBatch arrow_batch(const ShownTable& table) {
  ArrowBatch out;
  out.names = table.column_names();
  out.batch.rows = static_cast<int64_t>(table.rows.size());
  for (size_t column = 0; column < table.types.size(); ++column) {
    ColumnBuilder builder(table.types[column]);
    for (const std::vector<Value>& row : table.rows) builder.append(row[column]);
    out.batch.columns.push_back(std::move(builder).finish());
  }
  return out;
}

}  // namespace

OpenRepository OpenRepository::open(const std::string& folder, const std::vector<std::string>& sources) {
  Result<Session> session = [&]() -> Result<Session> {
    const nb::gil_scoped_release unlocked;
    ASSIGN_OR_RETURN(const std::string project, find_project(folder));
    ASSIGN_OR_RETURN(Session opened, Session::open(project));
    RETURN_IF_ERROR(opened.place_sources(sources));
    return opened;
  }();
  return OpenRepository(value_or_raise(std::move(session)));
}

void OpenRepository::require_sound() const {
  if (session_.diagnostics().has_errors()) raise_definition_error(session_.diagnostics(), session_.loaded().files);
}

std::string OpenRepository::problems_json() const { return render_json(session_.diagnostics()); }
std::string OpenRepository::problems_text() const {
  return render_text(session_.diagnostics(), session_.loaded().files, false);
}
std::string OpenRepository::problems_summary() const { return render_summary(session_.diagnostics()); }

nb::list OpenRepository::features() const {
  nb::list all;
  const bool is_sound = !session_.diagnostics().has_errors();
  Meanings meanings(session_.repository());
  for (const FeatureDefinition& feature : session_.repository().features) {
    nb::dict dict = feature_dict(feature);
    // A feature that uses one with mistakes has no meaning yet.
    dict["digest"] = is_sound ? text(meanings.digest_of(feature)) : nb::none();
    all.append(dict);
  }
  return all;
}

std::vector<std::string> OpenRepository::key_and_time_columns() const {
  std::vector<std::string> names = {"event_time", "event_timestamp"};
  for (const EntityDefinition& entity : session_.repository().entities) {
    names.insert(names.end(), entity.keys.begin(), entity.keys.end());
  }
  for (const SourceDefinition& source : session_.repository().sources) names.push_back(source.event_time);
  return names;
}

std::vector<std::string> OpenRepository::chosen(const std::vector<std::string>& features,
                                                const std::vector<std::string>& excluded) const {
  require_sound();
  return value_or_raise(select_features(session_.repository(), features, excluded, DefaultFeatures::kAll));
}

std::string OpenRepository::plan_json(const std::vector<std::string>& features,
                                      const std::vector<std::string>& excluded) const {
  return to_json(value_or_raise(session_.plan(chosen(features, excluded), CheckNodes::kAdded)));
}

std::string OpenRepository::plan_text(const std::vector<std::string>& features,
                                      const std::vector<std::string>& excluded) const {
  return printable(to_text(value_or_raise(session_.plan(chosen(features, excluded), CheckNodes::kAdded))));
}

std::string OpenRepository::graph(const std::vector<std::string>& features, const std::vector<std::string>& excluded,
                                  const std::string& form) const {
  const FeatureGraph graph = feature_graph(make_plan(session_.repository(), chosen(features, excluded)));
  if (form == "json") return graph_json(graph);
  if (form == "mermaid") return graph_mermaid(graph);
  if (form == "svg") return graph_svg(graph);
  return printable(graph_text(graph));
}

nb::tuple OpenRepository::dataset(nb::handle observations, const DatasetJob& job,
                                  const ProgressListener& listener) const {
  require_sound();
  OwnedStream stream = stream_of(observations);
  Result<ObservationTable> table = import_observations(stream.get(), "the table of observations");
  const ObservationTable imported = value_or_raise(std::move(table));
  JobProgress progress;
  DatasetColumns done = value_or_raise(
      run_interruptible(progress, listener, [&] { return run_dataset_in_memory(session_, imported, job, progress); }));
  ArrowBatch columns;
  columns.batch.rows = done.report.rows;
  for (AddedColumn& feature : done.features) {
    columns.names.push_back(std::move(feature.name));
    columns.batch.columns.push_back(std::move(feature.values));
  }
  return nb::make_tuple(text(to_json(done.report)), nb::cast(std::move(columns)));
}

std::string OpenRepository::backfill(const BackfillJob& job, const ProgressListener& listener) const {
  require_sound();
  JobProgress progress;
  return to_json(
      value_or_raise(run_interruptible(progress, listener, [&] { return run_backfill(session_, job, progress); })));
}

nb::tuple OpenRepository::explain(const ExplainJob& job) const {
  require_sound();
  JobProgress progress;
  const ExplainReport report = value_or_raise(
      run_interruptible(progress, ProgressListener(nb::none()), [&] { return run_explain(session_, job); }));
  return nb::make_tuple(text(to_json(report.explanation)), text(printable(to_text(report.explanation))),
                        texts(report.notes), texts(report.warnings));
}

nb::tuple OpenRepository::show(const ShowJob& job, const ProgressListener& listener) const {
  require_sound();
  JobProgress progress;
  const ShowReport report =
      value_or_raise(run_interruptible(progress, listener, [&] { return run_show(session_, job, progress); }));
  nb::list tables;
  for (const ShownTable& table : report.tables) {
    tables.append(
        nb::make_tuple(text(table.entity), table.keys.size(), nb::cast(arrow_batch(table)), table.rows_total));
  }
  return nb::make_tuple(text(to_json(report)), tables, texts(report.notes), texts(report.warnings));
}

}  // namespace headrace
