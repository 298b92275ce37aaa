#include "codegen/beam/pipeline_module.h"

#include "base/hash.h"
#include "codegen/beam/aggregation_text.h"
#include "codegen/beam/beam_templates.h"
#include "codegen/beam/formula_text.h"
#include "codegen/filled_template.h"
#include "codegen/python_call.h"
#include "codegen/python_text.h"
#include "compute/windows/window_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace headrace {
namespace {

const std::set<std::string> kReserved = {"Any",        "Entity",  "Feature", "Formula", "INSTANTS", "Path",
                                         "beam",       "Project", "PROJECT", "Reach",   "Source",   "Steps",
                                         "aggregates", "f",       "run",     "windows", "__file__", "annotations"};

constexpr std::string_view kFeatureClass = R"py(

class {{name}}(beam.PTransform):
    """{{about}}

    {{meaning}}; version {{version}}, meaning {{digest}}.
    """

    def expand(self, histories: Any) -> Any:
{{steps}})py";

constexpr std::string_view kEntityClass = R"py(

class {{name}}(beam.PTransform):
    """All features of the entity `{{entity}}`, each after those that it uses."""

    def expand(self, histories: Any) -> Any:
        features = (
{{features}}        )
        return Steps.together(histories, features)
)py";

PythonTerm string_term(std::string_view text) { return python_string(text); }

PythonTerm optional_string(const std::optional<std::string>& text) { return text ? python_string(*text) : "None"; }

/// `    return Steps.window(..)` or `    histories = Steps.values(..)` as a line of a method, an argument a line.
std::string step_line(std::string_view before, PythonTerm step) {
  constexpr size_t kMethod = 8;
  return std::string(kMethod, ' ') + std::string(before) + laid_out(an_item_a_line(std::move(step)), kMethod) + "\n";
}

class ModuleWriter {
 public:
  explicit ModuleWriter(const KeptPlan& kept) : kept_(kept), plan_(kept.plan), names_(kReserved) {}

  std::string write() {
    for (size_t entity = 0; entity < plan_.entities.size(); ++entity) {
      for (size_t source : kept_.sources_of(entity)) write_source(source);
    }
    for (size_t feature : kept_.features) write_feature(feature);

    std::vector<PythonTerm> entities;
    for (size_t entity = 0; entity < plan_.entities.size(); ++entity) {
      const bool is_written = std::any_of(kept_.outputs.begin(), kept_.outputs.end(),
                                          [&](size_t i) { return plan_.features[i].entity == entity; });
      if (is_written) entities.push_back(write_entity(entity));
    }
    const PythonTerm project =
        python_call("Project", {string_term(plan_.project), an_item_a_line(python_collection('(', std::move(entities))),
                                R"(definitions=Path(__file__).resolve().parent / "definitions")"});

    return filled_template(text_of(beam_templates(), "pipeline.py.in"),
                           {{"project", docstring_text(plan_.project)},
                            {"plan", sha256_hex(to_json(plan_))},
                            {"imports", imports()},
                            {"body", body_},
                            {"project_call", laid_out(an_item_a_line(project), 0)}});
  }

 private:
  std::string imports() const {
    std::string out;
    if (uses_windows_) out += "from headrace_runtime import aggregates, windows\n";
    if (uses_formulas_) out += "from headrace_runtime import formulas as f\n";
    out += fmt::format("from headrace_runtime.histories import {}{}Source, Steps\n", uses_instants_ ? "INSTANTS, " : "",
                       uses_formula_class_ ? "Formula, " : "");
    return out +
           "from headrace_runtime.jobs import run\nfrom headrace_runtime.project import Entity, Feature, Project, "
           "Reach\n";
  }

  PythonTerm key_types(size_t entity) const {
    std::vector<PythonTerm> out;
    for (ScalarType type : plan_.entities[entity].key_types)
      out.push_back(type == ScalarType::kNull ? "None" : string_term(to_string(type)));
    return python_collection('(', std::move(out));
  }

  PythonTerm keys(size_t entity) const {
    std::vector<PythonTerm> out;
    for (const std::string& key : plan_.entities[entity].keys) out.push_back(string_term(key));
    return python_collection('(', std::move(out));
  }

  void write_source(size_t index) {
    const PlanSource& source = plan_.sources[index];
    const std::string name = source_names_[index] = names_.take(upper_case(source.name), "_SOURCE");

    std::vector<PythonTerm> columns;
    for (const auto& [column, type] : columns_of(source))
      columns.push_back(python_collection('(', {string_term(column), string_term(type)}));
    const bool is_one_line = columns.size() < 2;
    PythonTerm column_tuple = python_collection('(', std::move(columns));
    column_tuple.is_an_item_a_line = !is_one_line;

    std::vector<PythonTerm> arguments = {
        named("name", string_term(source.name)),
        named("key", keys(source.entity)),
        named("key_types", key_types(source.entity)),
        named("event_time", string_term(source.event_time)),
        named("unit", source.unit ? string_term(to_string(*source.unit)) : "None"),
        named("arrival", optional_string(source.arrival)),
        named("columns", std::move(column_tuple)),
        named("format", string_term(to_string(source.batch ? source.batch->format : FileFormat::kNdjson))),
        named("path", string_term(source.batch ? source.batch->path : "")),
    };
    if (source.allowed_lateness.us > 0)
      arguments.push_back(named("allowed_lateness", python_int(source.allowed_lateness.us)));
    add_identity_arguments(source, arguments);
    add_stream_argument(source, arguments);
    body_ += fmt::format("\n{} = {}\n", name, laid_out(an_item_a_line(python_call("Source", std::move(arguments))), 0));
  }

  /// Names and types of what is read beside key, time and arrival.
  static std::vector<std::pair<std::string, std::string>> columns_of(const PlanSource& source) {
    std::vector<std::pair<std::string, std::string>> columns;
    const auto add = [&](const std::string& name, std::string_view type) {
      const bool is_there =
          std::any_of(columns.begin(), columns.end(), [&](const auto& each) { return each.first == name; });
      if (!is_there) columns.emplace_back(name, type);
    };
    for (const ColumnDefinition& column : source.columns) add(column.name, to_string(column.type));
    if (!source.identity) return columns;
    const ScalarType id_type = source.identity->id_type;
    add(source.identity->id, id_type == ScalarType::kNull ? "id" : to_string(id_type));
    if (source.identity->deleted) add(*source.identity->deleted, "bool");
    return columns;
  }

  static void add_identity_arguments(const PlanSource& source, std::vector<PythonTerm>& arguments) {
    if (!source.identity) return;
    arguments.push_back(named("id", string_term(source.identity->id)));
    if (source.identity->is_first_kept) arguments.push_back(named("duplicates", string_term("first")));
    if (source.identity->deleted) arguments.push_back(named("deleted", string_term(*source.identity->deleted)));
  }

  static void add_stream_argument(const PlanSource& source, std::vector<PythonTerm>& arguments) {
    if (!source.stream) return;
    const auto pair = [](std::string_view option, std::string_view value) {
      return python_collection('(', {string_term(option), string_term(value)});
    };
    std::vector<PythonTerm> options = {pair("kind", to_string(source.stream->kind))};
    for (const auto& [option, value] : source.stream->options) options.push_back(pair(option, value));
    arguments.push_back(named("stream", an_item_a_line(python_collection('(', std::move(options)))));
  }

  /// The distinct windows whose edges pass events, for the timers of a stream.
  std::vector<PythonTerm> aging_windows(size_t entity) const {
    std::set<std::string> texts;
    for (size_t i : kept_.features) {
      const PlanFeature& feature = plan_.features[i];
      if (feature.entity != entity || feature.is_derived()) continue;
      const WindowSpec& window = plan_.states[feature.state].window;
      const bool ages = window.kind != WindowSpec::Kind::kLast && window.kind != WindowSpec::Kind::kLifetime;
      if (ages) texts.insert(python_window(window));
    }
    return {texts.begin(), texts.end()};
  }

  /// Writes a function and gives its Formula.
  PythonTerm write_function(const Expr& expr, const std::string& wanted, const std::string& docstring) {
    PythonFunction function = python_function(expr, names_.take(wanted, "_"), docstring);
    uses_formulas_ |= function.uses_runtime;
    uses_formula_class_ = true;
    body_ += "\n\n" + function.definition;
    return std::move(function.formula);
  }

  PythonTerm times_of(size_t feature) {
    std::vector<PythonTerm> places;
    if (kept_.at_instants[feature]) {
      places.emplace_back("INSTANTS");
      uses_instants_ = true;
    }
    for (size_t source : kept_.at_events[feature]) places.push_back(string_term(plan_.sources[source].name));
    return python_collection('(', std::move(places));
  }

  void write_feature(size_t index) {
    const PlanFeature& feature = plan_.features[index];
    const std::string steps = feature.is_derived() ? derived_steps(index) : aggregate_steps(index);
    const std::string name = class_names_[index] = names_.take(camel_case(feature.name), "Feature");

    std::string about = docstring_text(feature.description);
    if (about.empty()) about = "The feature " + feature.name;
    if (about.back() != '.') about += ".";

    body_ += filled_template(kFeatureClass, {{"name", name},
                                             {"about", about},
                                             {"meaning", meaning_line(feature)},
                                             {"version", docstring_text(feature.version)},
                                             {"digest", feature.digest.substr(0, 16)},
                                             {"steps", steps}});
  }

  std::string meaning_line(const PlanFeature& feature) const {
    if (feature.is_derived()) return "A formula over features at the same instant";
    return fmt::format("`{}` over {}", to_string(*feature.aggregation),
                       window_text(plan_.states[feature.state].window));
  }

  std::string derived_steps(size_t index) {
    const PlanFeature& feature = plan_.features[index];
    std::vector<PythonTerm> arguments = {"histories", string_term(feature.name)};
    arguments.push_back(
        write_function(*feature.formula, feature.name + "_value", fmt::format("The formula of `{}`.", feature.name)));
    arguments.push_back(named("times", times_of(index)));
    add_default(feature, arguments);
    return step_line("return ", python_call("Steps.formula", std::move(arguments)));
  }

  std::string aggregate_steps(size_t index) {
    const PlanFeature& feature = plan_.features[index];
    const StateNode& state = plan_.states[feature.state];
    uses_windows_ = true;
    const auto [owner, is_new] = series_owners_.emplace(state.series, feature.name);
    const std::string series = is_new ? values_step(feature, plan_.series[state.series])
                                      : fmt::format("        # Shares the values of `{}`.\n", owner->second);

    std::vector<PythonTerm> arguments = {
        "histories",
        string_term(feature.name),
        named("series", string_term(owner->second)),
        named("window", python_window(state.window)),
        named("aggregation", python_aggregation(*feature.aggregation, feature.params, state.window)),
        named("times", times_of(index)),
    };
    add_default(feature, arguments);
    return series + step_line("return ", python_call("Steps.window", std::move(arguments)));
  }

  static void add_default(const PlanFeature& feature, std::vector<PythonTerm>& arguments) {
    if (feature.default_value.is_null()) return;
    arguments.push_back(named("default", python_literal(feature.default_value)));
  }

  std::string values_step(const PlanFeature& feature, const Series& series) {
    std::vector<PythonTerm> formulas;
    for (size_t i = 0; i < series.formulas.size(); ++i) {
      const std::string suffix = series.formulas.size() == 1 ? "_value" : i == 0 ? "_x" : "_y";
      formulas.push_back(write_function(*series.formulas[i], feature.name + suffix,
                                        fmt::format("What `{}` aggregates, at one event.", feature.name)));
    }

    std::vector<PythonTerm> arguments = {"histories", string_term(feature.name), source_names_.at(series.source)};
    if (!formulas.empty()) arguments.push_back(named("formulas", python_collection('(', std::move(formulas))));
    if (series.filter) {
      arguments.push_back(named("where", write_function(*series.filter, feature.name + "_where",
                                                        fmt::format("Whether `{}` sees an event.", feature.name))));
    }
    return step_line("histories = ", python_call("Steps.values", std::move(arguments)));
  }

  /// The features of an entity one after the other, an item a line.
  std::string feature_items(size_t entity) const {
    std::string out;
    for (size_t i : kept_.features) {
      if (plan_.features[i].entity == entity) out += fmt::format("            {}(),\n", class_names_.at(i));
    }
    return out;
  }

  PythonTerm feature_entry(size_t index) const {
    const PlanFeature& feature = plan_.features[index];
    std::vector<PythonTerm> arguments = {string_term(feature.name), string_term(to_string(feature.type)),
                                         string_term(plan_.sources[feature.source].name),
                                         named("version", string_term(feature.version))};
    std::vector<PythonTerm> further;
    for (size_t source : kept_.sources_of_feature[index]) {
      if (source != feature.source) further.push_back(string_term(plan_.sources[source].name));
    }
    if (!further.empty()) arguments.push_back(named("further_sources", python_collection('(', std::move(further))));
    if (feature.depends_on_arrival) arguments.emplace_back("depends_on_arrival=True");
    return python_call("Feature", std::move(arguments));
  }

  PythonTerm reach(size_t entity) const {
    std::vector<PythonTerm> out;
    for (const KeptPlan::SourceReach& each : kept_.reach_of(entity)) {
      std::vector<PythonTerm> arguments = {string_term(plan_.sources[each.source].name), python_int(each.bounded.us)};
      if (each.is_for_ever) arguments.emplace_back("for_ever=True");
      out.push_back(python_call("Reach", std::move(arguments)));
    }
    return an_item_a_line(python_collection('(', std::move(out)));
  }

  /// Writes the entity's transform and gives its entry of PROJECT.
  PythonTerm write_entity(size_t index) {
    const PlanEntity& entity = plan_.entities[index];
    const std::string name = names_.take(camel_case(entity.name) + "Features", "Entity");
    body_ += filled_template(
        kEntityClass, {{"name", name}, {"entity", docstring_text(entity.name)}, {"features", feature_items(index)}});

    std::vector<PythonTerm> sources, features;
    for (size_t source : kept_.sources_of(index)) sources.emplace_back(source_names_.at(source));
    for (size_t i : kept_.outputs) {
      if (plan_.features[i].entity == index) features.push_back(feature_entry(i));
    }

    std::vector<PythonTerm> arguments = {
        string_term(entity.name),
        named("key", keys(index)),
        named("key_types", key_types(index)),
        named("sources", an_item_a_line(python_collection('(', std::move(sources)))),
        named("features", an_item_a_line(python_collection('(', std::move(features)))),
        named("transform", name),
    };
    if (std::vector<PythonTerm> windows = aging_windows(index); !windows.empty())
      arguments.push_back(named("windows", python_collection('(', std::move(windows))));
    arguments.push_back(named("reach", reach(index)));
    return an_item_a_line(python_call("Entity", std::move(arguments)));
  }

  const KeptPlan& kept_;
  const Plan& plan_;
  PythonNames names_;
  std::string body_;
  std::map<size_t, std::string> source_names_;
  std::map<size_t, std::string> class_names_;
  std::map<size_t, std::string> series_owners_;  // the first feature of a series names it
  bool uses_windows_ = false;
  bool uses_formulas_ = false;
  bool uses_formula_class_ = false;
  bool uses_instants_ = false;
};

}  // namespace

std::string generated_header(const Plan& plan) {
  return "# Generated by Headrace: change the definitions, not this file.\n# Plan: " + sha256_hex(to_json(plan)) + "\n";
}

std::string pipeline_module(const KeptPlan& kept) { return ModuleWriter(kept).write(); }

}  // namespace headrace
