#include "codegen/feast/definitions_module.h"

#include "base/check.h"
#include "base/hash.h"
#include "codegen/feast/feast_templates.h"
#include "codegen/filled_template.h"
#include "codegen/python_call.h"
#include "codegen/python_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

namespace headrace {
namespace {

constexpr size_t kLineCharactersMax = 120;
constexpr size_t kDigestDigits = 12;

const std::set<std::string> kReserved = {
    "Array",         "Bool",  "Entity",    "FeatureService", "FeatureView", "Field",   "FileSource",
    "Float64",       "Int64", "OFFLINE",   "ParquetFormat",  "Path",        "Project", "String",
    "UnixTimestamp", "json",  "ValueType", "offline_store",  "os",          "project", "timedelta"};

/// An argument `head open items close,`: on one line where that is short enough, else an item a line.
std::string argument(size_t indent, std::string_view head, char open, const std::vector<std::string>& items,
                     char close) {
  const std::string margin(indent, ' ');
  std::string line = margin + std::string(head) + open;
  for (size_t i = 0; i < items.size(); ++i) line += (i > 0 ? ", " : "") + items[i];
  line += std::string(1, close) + ",\n";
  if (characters(line) <= kLineCharactersMax + 1) return line;
  std::string out = margin + std::string(head) + open + "\n";
  for (const std::string& item : items) out += fmt::format("{}    {},\n", margin, item);
  return out + margin + close + ",\n";
}

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
    body_ += fmt::format("\n{} = FileSource(\n    name={},\n    path=f\"{{OFFLINE}}/{}\",\n", variables.table,
                         formatted_python_string(name), name);
    body_ += "    file_format=ParquetFormat(),\n    timestamp_field=\"event_time\",\n)\n";
    write_view(entity, variables);
    const std::string service = names_.take(name + "_service", "");
    body_ += fmt::format("\n{} = FeatureService(\n    name={},\n    description={},\n    features=[{}],\n)\n", service,
                         formatted_python_string(name),
                         formatted_python_string(fmt::format("All features of `{}`.", name)), variables.view);
  }

  void write_key(const PlanEntity& entity, const FeastEntity& key, const std::string& variable) {
    body_ += fmt::format("\n{} = Entity(\n    name={},\n    join_keys=[{}],\n", variable,
                         formatted_python_string(key.name), formatted_python_string(key.key));
    if (key.type == ScalarType::kInt64) body_ += "    value_type=ValueType.INT64,\n";
    if (key.type == ScalarType::kString) body_ += "    value_type=ValueType.STRING,\n";
    uses_value_type_ |= key.type != ScalarType::kNull;
    if (!entity.description.empty()) body_ += "    description=" + formatted_python_string(entity.description) + ",\n";
    body_ += ")\n";
  }

  void write_view(const HeldEntity& entity, const Variables& variables) {
    const PlanEntity& definition = *entity.definition;
    const std::string description =
        definition.description.empty() ? fmt::format("Features of `{}`.", definition.name) : definition.description;
    body_ += fmt::format("\n{} = FeatureView(\n    name={},\n    description={},\n", variables.view,
                         formatted_python_string(definition.name), formatted_python_string(description));
    std::set<std::string> owners;
    for (const size_t feature : entity.features) owners.insert(feature_at(feature).owner);
    if (owners.size() == 1) body_ += "    owner=" + formatted_python_string(*owners.begin()) + ",\n";
    body_ += argument(4, "entities=", '[', variables.entities, ']');
    body_ += "    ttl=timedelta(0),  # none: a row counts until the next one\n";
    body_ += "    source=" + variables.table + ",\n    schema=[\n";
    for (const size_t feature : entity.features) write_field(feature);
    body_ += "    ],\n)\n";
  }

  void write_field(size_t index) {
    const PlanFeature& feature = held_.plan.features[index];
    use_type(feature.type);
    body_ += fmt::format("        Field(\n            name={},\n            dtype={},\n",
                         formatted_python_string(feature.name), feast_type(feature.type));
    if (!feature.description.empty())
      body_ += "            description=" + formatted_python_string(feature.description) + ",\n";
    std::vector<std::string> tags = {entry("owner", feature.owner), entry("version", feature.version),
                                     entry("digest", feature.digest.substr(0, kDigestDigits))};
    std::string words;
    for (const std::string& tag : feature.tags) words += (words.empty() ? "" : ", ") + tag;
    if (!words.empty()) tags.push_back(entry("tags", words));
    body_ += argument(12, "tags=", '{', tags, '}') + "        ),\n";
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
      const std::string variable = names_.take("tag_" + tag, "");
      body_ += fmt::format("\n{} = FeatureService(\n    name={},\n    description={},\n    features=[\n", variable,
                           formatted_python_string("tag_" + tag),
                           formatted_python_string(fmt::format("Features tagged `{}`.", tag)));

      for (const HeldEntity& entity : held_.entities) {
        std::vector<std::string> named;
        for (const size_t feature : entity.features) {
          const std::vector<std::string>& own = feature_at(feature).tags;
          if (std::find(own.begin(), own.end(), tag) == own.end()) continue;
          named.push_back(formatted_python_string(held_.plan.features[feature].name));
        }
        if (!named.empty()) body_ += projection(variables_[&entity].view, named);
      }
      body_ += "    ],\n)\n";
    }
  }

  /// `view[["a", "b"]],` as an item of a list.
  static std::string projection(const std::string& view, const std::vector<std::string>& features) {
    std::string line = "        " + view + "[[";
    for (size_t i = 0; i < features.size(); ++i) line += (i > 0 ? ", " : "") + features[i];
    line += "]],\n";
    if (characters(line) <= kLineCharactersMax + 1) return line;
    std::string out = "        " + view + "[\n            [\n";
    for (const std::string& feature : features) out += "                " + feature + ",\n";
    return out + "            ]\n        ],\n";
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
