#include "codegen/feast/definitions_module.h"

#include "base/check.h"
#include "base/hash.h"
#include "codegen/feast/feast_templates.h"
#include "codegen/filled_template.h"
#include "codegen/python_call.h"
#include "codegen/python_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

namespace headrace {
namespace {

constexpr size_t kLineCharactersMax = 120;
constexpr size_t kDigestDigits = 12;

constexpr std::string_view kView = R"(
{{variable}} = FeatureView(
    name={{name}},
    description={{description}},
{{owner}}    {{entities}},
    ttl=timedelta(0),  # none: a row counts until the next one
    source={{table}},
    {{schema}},
)
)";

const std::set<std::string> kReserved = {
    "Array",         "Bool",  "Entity",    "FeatureService", "FeatureView", "Field",   "FileSource",
    "Float64",       "Int64", "OFFLINE",   "ParquetFormat",  "Path",        "Project", "String",
    "UnixTimestamp", "json",  "ValueType", "offline_store",  "os",          "project", "timedelta"};

/// `variable = call`, with an argument a line.
std::string assignment(const std::string& variable, PythonTerm call) {
  return fmt::format("\n{} = {}\n", variable, laid_out(an_item_a_line(std::move(call)), 0, variable.size() + 3));
}

/// An argument of a call that stands at the margin, with its comma to come.
std::string argument(const PythonTerm& term) { return laid_out(term, 4, 0, 1); }

PythonTerm named_text(std::string_view name, std::string_view value) {
  return named(name, formatted_python_string(value));
}

std::vector<PythonTerm> terms(const std::vector<std::string>& texts) { return {texts.begin(), texts.end()}; }

std::string entry(std::string_view key, std::string_view value) {
  return formatted_python_string(key) + ": " + formatted_python_string(value);
}

std::string feast_type(Type type) {
  const auto scalar = [&]() -> std::string {
    switch (type.scalar) {
      case ScalarType::kBool: return "Bool";
      case ScalarType::kInt64: return "Int64";
      case ScalarType::kDouble: return "Float64";
      case ScalarType::kString: return "String";
      case ScalarType::kTimestamp: return "UnixTimestamp";
      case ScalarType::kNull:
      case ScalarType::kDuration: break;
    }
    CHECK(false);
    return "";
  };
  return type.is_list ? "Array(" + scalar() + ")" : scalar();
}

/// Variables of an entity's objects.
struct Variables {
  std::vector<std::string> entities;
  std::string table;
  std::string view;
};

class ModuleWriter {
 public:
  explicit ModuleWriter(const HeldPlan& held) : held_(held), names_(kReserved) {}

  std::string write() {
    for (const HeldEntity& entity : held_.entities) write_entity(entity);
    write_tag_services();
    return filled_template(
        text_of(feast_templates(), "definitions.py.in"),
        {{"project", docstring_text(held_.plan.project.empty() ? held_.project : held_.plan.project)},
         {"plan", sha256_hex(to_json(held_.plan))},
         {"value_type", uses_value_type_ ? ", ValueType" : ""},
         {"types", imported_types()},
         {"name", formatted_python_string(held_.project)},
         {"body", body_}});
  }

 private:
  std::string imported_types() const {
    std::string out;
    for (const std::string& type : types_) out += (out.empty() ? "" : ", ") + type;
    return out;
  }

  void use_type(Type type) {
    if (type.is_list) types_.insert("Array");
    types_.insert(feast_type({type.scalar, false}));
  }

  void write_entity(const HeldEntity& entity) {
    const std::string& name = entity.definition->name;
    Variables& variables = variables_[&entity];
    body_ += "\n\n# " + name + "\n";
    for (const FeastEntity& key : entity.keys) {
      variables.entities.push_back(names_.take(key.name, "_entity"));
      write_key(*entity.definition, key, variables.entities.back());
    }
    if (entity.features.empty()) return;
    variables.table = names_.take(name + "_table", "");
    variables.view = names_.take(name + "_features", "_view");
    body_ += assignment(variables.table, python_call("FileSource", {named_text("name", name),
                                                                    named("path", "f\"{OFFLINE}/" + name + "\""),
                                                                    named("file_format", "ParquetFormat()"),
                                                                    named("timestamp_field", "\"event_time\"")}));
    write_view(entity, variables);
    body_ +=
        assignment(names_.take(name + "_service", ""),
                   python_call("FeatureService", {named_text("name", name),
                                                  named_text("description", fmt::format("All features of `{}`.", name)),
                                                  named("features", python_collection('[', {variables.view}))}));
  }

  void write_key(const PlanEntity& entity, const FeastEntity& key, const std::string& variable) {
    std::vector<PythonTerm> arguments = {
        named_text("name", key.name), named("join_keys", python_collection('[', {formatted_python_string(key.key)}))};
    if (key.type == ScalarType::kInt64) arguments.push_back(named("value_type", "ValueType.INT64"));
    if (key.type == ScalarType::kString) arguments.push_back(named("value_type", "ValueType.STRING"));
    uses_value_type_ |= key.type != ScalarType::kNull;
    if (!entity.description.empty()) arguments.push_back(named_text("description", entity.description));
    body_ += assignment(variable, python_call("Entity", std::move(arguments)));
  }

  void write_view(const HeldEntity& entity, const Variables& variables) {
    const PlanEntity& definition = *entity.definition;
    std::set<std::string> owners;
    for (const size_t feature : entity.features) owners.insert(feature_at(feature).owner);
    std::vector<PythonTerm> fields;
    for (const size_t feature : entity.features) fields.push_back(field(feature_at(feature)));

    body_ += filled_template(
        kView, {{"variable", variables.view},
                {"name", formatted_python_string(definition.name)},
                {"description", formatted_python_string(definition.description.empty()
                                                            ? fmt::format("Features of `{}`.", definition.name)
                                                            : definition.description)},
                {"owner", owners.size() == 1 ? "    " + named_text("owner", *owners.begin()).text + ",\n" : ""},
                {"entities", argument(named("entities", python_collection('[', terms(variables.entities))))},
                {"table", variables.table},
                {"schema", argument(named("schema", an_item_a_line(python_collection('[', std::move(fields)))))}});
  }

  PythonTerm field(const PlanFeature& feature) {
    use_type(feature.type);
    std::vector<PythonTerm> arguments = {named_text("name", feature.name), named("dtype", feast_type(feature.type))};
    if (!feature.description.empty()) arguments.push_back(named_text("description", feature.description));

    std::vector<PythonTerm> tags = {entry("owner", feature.owner), entry("version", feature.version),
                                    entry("digest", feature.digest.substr(0, kDigestDigits))};
    if (!feature.tags.empty()) tags.emplace_back(entry("tags", fmt::format("{}", fmt::join(feature.tags, ", "))));
    arguments.push_back(named("tags", python_collection('{', std::move(tags))));
    return an_item_a_line(python_call("Field", std::move(arguments)));
  }

  /// A service for each tag: the features that bear it, of whatever entity.
  void write_tag_services() {
    std::set<std::string> tags;
    for (const HeldEntity& entity : held_.entities) {
      for (const size_t feature : entity.features) {
        const std::vector<std::string>& own = feature_at(feature).tags;
        tags.insert(own.begin(), own.end());
      }
    }

    if (!tags.empty()) body_ += "\n\n# Features by their tags\n";
    for (const std::string& tag : tags) {
      std::vector<PythonTerm> projections;
      for (const HeldEntity& entity : held_.entities) {
        std::vector<std::string> chosen;
        for (const size_t feature : entity.features) {
          const std::vector<std::string>& own = feature_at(feature).tags;
          if (std::find(own.begin(), own.end(), tag) == own.end()) continue;
          chosen.push_back(formatted_python_string(feature_at(feature).name));
        }
        if (!chosen.empty()) projections.emplace_back(projection(variables_[&entity].view, chosen));
      }
      body_ +=
          assignment(names_.take("tag_" + tag, ""),
                     python_call("FeatureService",
                                 {named_text("name", "tag_" + tag),
                                  named_text("description", fmt::format("Features tagged `{}`.", tag)),
                                  named("features", an_item_a_line(python_collection('[', std::move(projections))))}));
    }
  }

  /// `view[["a", "b"]]` as an item of a list of an argument. What is in the outer brackets has no comma behind it: that
  /// would make a tuple of it.
  static std::string projection(const std::string& view, const std::vector<std::string>& features) {
    constexpr size_t kIndent = 8;
    const std::string line = fmt::format("{}[[{}]]", view, fmt::join(features, ", "));
    if (kIndent + characters(line) + 1 <= kLineCharactersMax) return line;
    PythonTerm list = an_item_a_line(python_collection('[', terms(features)));
    return fmt::format("{0}[\n{1:{2}}{3}\n{1:{4}}]", view, "", kIndent + 4, laid_out(list, kIndent + 4), kIndent);
  }

  const PlanFeature& feature_at(size_t feature) const { return held_.plan.features[feature]; }

  const HeldPlan& held_;
  PythonNames names_;
  std::map<const HeldEntity*, Variables> variables_;
  std::set<std::string> types_;
  bool uses_value_type_ = false;
  std::string body_;
};

}  // namespace

std::string definitions_module(const HeldPlan& held) { return ModuleWriter(held).write(); }

}  // namespace headrace
