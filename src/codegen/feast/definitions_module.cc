#include "codegen/feast/definitions_module.h"

#include "base/check.h"
#include "base/hash.h"
#include "codegen/feast/feast_templates.h"
#include "codegen/filled_template.h"
#include "codegen/python_call.h"
#include "codegen/python_text.h"
#include "codegen/sql/sql_names.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace headrace {
namespace {

constexpr size_t kLineCharactersMax = 120;
constexpr size_t kDigestDigits = 12;

constexpr std::string_view kView = R"(
{{variable}} = FeatureView(
    name={{name}},
    description={{description}},
{{owner}}{{tags}}    {{entities}},
    ttl={{ttl}}
    source={{table}},
    {{schema}},
)
)";

const std::set<std::string> kReserved = {
    "Array",   "BigQuerySource", "Bool",      "Entity", "FeatureService", "FeatureView",   "Field",  "FileSource",
    "Float64", "Int64",          "OFFLINE",   "Path",   "ParquetFormat",  "Project",       "String", "SnowflakeSource",
    "TABLE",   "UnixTimestamp",  "ValueType", "json",   "offline_place",  "offline_store", "os",     "project",
    "rows",    "table",          "timedelta"};

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

/// "timedelta(days=1)", with a remark where there is none.
std::string time_to_live_text(const std::optional<Duration>& ttl) {
  if (!ttl) return "timedelta(0),  # none: a row counts until the next one";
  const int64_t seconds = ttl->us / kMicrosPerSecond;
  const std::pair<int64_t, std::string_view> units[] = {
      {86400, "days"}, {3600, "hours"}, {60, "minutes"}, {1, "seconds"}};
  for (const auto& [size, unit] : units) {
    if (seconds % size == 0) return fmt::format("timedelta({}={}),", unit, seconds / size);
  }
  return "";
}

/// Variables of an entity's objects.
struct Variables {
  std::vector<std::string> entities;
  std::string table;
  std::map<const HeldView*, std::string> views;
};

class ModuleWriter {
 public:
  explicit ModuleWriter(const HeldPlan& held) : held_(held), names_(kReserved) {}

  std::string write() {
    for (const HeldEntity& entity : held_.entities) write_entity(entity);
    write_tag_services();
    const bool is_of_files = held_.choices.offline == FeastOffline::kFile;
    return filled_template(
        text_of(feast_templates(), is_of_files ? "file/definitions.py.in" : "warehouse/definitions.py.in"),
        {{"project", docstring_text(held_.plan.project.empty() ? held_.project : held_.plan.project)},
         {"plan", sha256_hex(to_json(held_.plan))},
         {"source", held_.choices.offline == FeastOffline::kSnowflake ? "SnowflakeSource" : "BigQuerySource"},
         {"source_first", held_.choices.offline == FeastOffline::kBigQuery ? "BigQuerySource, " : ""},
         {"source_last", held_.choices.offline == FeastOffline::kSnowflake ? ", SnowflakeSource" : ""},
         {"place", held_.choices.offline == FeastOffline::kSnowflake ? "DATABASE.SCHEMA" : "PROJECT.DATASET"},
         {"rows", held_.choices.offline == FeastOffline::kSnowflake
                      ? std::string(text_of(feast_templates(), "warehouse/snowflake_rows.py.in"))
                      : ""},
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
    for (const HeldView& view : entity.views)
      variables.views.emplace(&view, names_.take(view.name + "_features", "_view"));
    body_ += assignment(variables.table, source(entity));
    std::vector<PythonTerm> views;
    for (const HeldView& view : entity.views) {
      write_view(entity, view, variables);
      views.emplace_back(variables.views.at(&view));
    }
    body_ +=
        assignment(names_.take(name + "_service", ""),
                   python_call("FeatureService", {named_text("name", name),
                                                  named_text("description", fmt::format("All features of `{}`.", name)),
                                                  named("features", python_collection('[', std::move(views)))}));
  }

  /// What the views of an entity read.
  PythonTerm source(const HeldEntity& entity) const {
    const std::string& name = entity.definition->name;
    const PythonTerm time = named("timestamp_field", "\"event_time\"");
    switch (held_.choices.offline) {
      case FeastOffline::kFile:
        return python_call("FileSource", {named_text("name", name), named("path", "f\"{OFFLINE}/" + name + "\""),
                                          named("file_format", "ParquetFormat()"), time});
      case FeastOffline::kBigQuery:
        return python_call("BigQuerySource", {named_text("name", name), named("table", table(entity)), time});
      case FeastOffline::kSnowflake: break;
    }
    // Feast quotes names, and Snowflake's unquoted ones are in capitals.
    std::vector<PythonTerm> columns;
    const auto add = [&](const std::string& column) {
      columns.emplace_back(entry(column, sql::identifier(SqlDialect::kSnowflake, column)));
    };
    for (const FeastEntity& key : entity.keys) add(key.key);
    add("event_time");
    for (const size_t feature : entity.features) add(feature_at(feature).name);
    PythonTerm rows = python_call("rows", {table(entity), an_item_a_line(python_collection('{', std::move(columns)))});
    return python_call("SnowflakeSource", {named_text("name", name), named("query", std::move(rows)), time});
  }

  /// The full name of an entity's table: where it was loaded, or where another engine made it.
  PythonTerm table(const HeldEntity& entity) const {
    const SqlDialect dialect =
        held_.choices.offline == FeastOffline::kSnowflake ? SqlDialect::kSnowflake : SqlDialect::kBigQuery;
    const std::string loaded = sql::SqlNames(held_.plan, dialect).table("offline_" + entity.definition->name);
    return python_call("table", {formatted_python_string(entity.definition->name), formatted_python_string(loaded)});
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

  void write_view(const HeldEntity& entity, const HeldView& view, const Variables& variables) {
    std::set<std::string> owners, tags;
    std::vector<PythonTerm> fields;
    for (const size_t index : view.features) {
      const PlanFeature& feature = feature_at(index);
      owners.insert(feature.owner);
      tags.insert(feature.tags.begin(), feature.tags.end());
      fields.push_back(field(feature));
    }
    const auto line = [](const PythonTerm& term) { return "    " + argument(term) + ",\n"; };
    const std::string tag_text =
        tags.empty()
            ? ""
            : line(named("tags", python_collection('{', {entry("tags", fmt::format("{}", fmt::join(tags, ", ")))})));

    body_ += filled_template(
        kView, {{"variable", variables.views.at(&view)},
                {"name", formatted_python_string(view.name)},
                {"description", formatted_python_string(description(entity, view))},
                {"owner", owners.size() == 1 ? "    " + named_text("owner", *owners.begin()).text + ",\n" : ""},
                {"tags", tag_text},
                {"entities", argument(named("entities", python_collection('[', terms(variables.entities))))},
                {"ttl", time_to_live_text(view.ttl)},
                {"table", variables.table},
                {"schema", argument(named("schema", an_item_a_line(python_collection('[', std::move(fields)))))}});
  }

  static std::string description(const HeldEntity& entity, const HeldView& view) {
    const PlanEntity& definition = *entity.definition;
    if (view.owner.empty())
      return definition.description.empty() ? fmt::format("Features of `{}`.", definition.name)
                                            : definition.description;
    const std::string window = view.ttl ? fmt::format("look back {}", to_string(*view.ttl)) : "look back without bound";
    return fmt::format("Features of `{}` that {} answers for and that {}.", definition.name, view.owner, window);
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
        for (const HeldView& view : entity.views) {
          const std::vector<std::string> chosen = names_with_tag(view, tag);
          if (!chosen.empty()) projections.emplace_back(projection(variables_[&entity].views.at(&view), chosen));
        }
      }
      body_ +=
          assignment(names_.take("tag_" + tag, ""),
                     python_call("FeatureService",
                                 {named_text("name", "tag_" + tag),
                                  named_text("description", fmt::format("Features tagged `{}`.", tag)),
                                  named("features", an_item_a_line(python_collection('[', std::move(projections))))}));
    }
  }

  std::vector<std::string> names_with_tag(const HeldView& view, const std::string& tag) const {
    std::vector<std::string> names;
    for (const size_t feature : view.features) {
      const std::vector<std::string>& own = feature_at(feature).tags;
      if (std::find(own.begin(), own.end(), tag) == own.end()) continue;
      names.push_back(formatted_python_string(feature_at(feature).name));
    }
    return names;
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
