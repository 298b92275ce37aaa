#include "explain/explain.h"

#include <nlohmann/json.hpp>

namespace headrace {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kFormatVersion = 1;

Json value_json(const Value& value) { return Json::parse(to_json(value)); }

Json values_json(const std::vector<Value>& values) {
  Json out = Json::array();
  for (const Value& value : values) out.push_back(value_json(value));
  return out;
}

std::string_view place_word(ExplainedEvent::Place place) {
  switch (place) {
    case ExplainedEvent::Place::kBefore: return "before";
    case ExplainedEvent::Place::kHeld: return "held";
    case ExplainedEvent::Place::kInside: return "inside";
    case ExplainedEvent::Place::kAfter: return "after";
  }
  return "";
}

std::string_view closed_word(const ExplainedWindow& window) {
  if (window.has_start) return window.has_end ? "both" : "left";
  return window.has_end ? "right" : "neither";
}

Json time_json(const std::optional<EventTime>& time) { return time ? Json(to_string(*time)) : Json(nullptr); }

Json event_json(const ExplainedEvent& event) {
  return {
      {"place", place_word(event.place)},    {"time", to_string(event.time)},       {"arrival", event.arrival},
      {"inputs", values_json(event.inputs)}, {"values", values_json(event.values)}, {"superseded", event.is_superseded},
      {"deleted", event.is_deleted},         {"filtered", event.is_filtered},       {"null", event.is_null}};
}

void add_aggregate(const Explanation& explanation, Json& out) {
  const ExplainedWindow& window = *explanation.window;
  out["source"] = explanation.source;
  out["window"] = {{"text", window.text},
                   {"start", time_json(window.start)},
                   {"end", time_json(window.end)},
                   {"closed", closed_word(window)}};
  out["filter"] = explanation.filter.empty() ? Json(nullptr) : Json(explanation.filter);
  out["inputs"] = explanation.inputs;
  out["formulas"] = explanation.formulas;
  const EventCounts& counts = explanation.counts;
  out["counts"] = {{"seen", counts.seen},       {"inside", counts.inside},     {"superseded", counts.superseded},
                   {"deleted", counts.deleted}, {"filtered", counts.filtered}, {"null", counts.null},
                   {"used", counts.used}};
  Json events = Json::array();
  for (const ExplainedEvent& event : explanation.events) events.push_back(event_json(event));
  out["events"] = std::move(events);
  out["events_hidden"] = explanation.events_hidden;
  out["events_before_gap"] = explanation.events_before_gap;
}

Json type(const char* name) { return {{"type", name}}; }
Json list_of(Json items) { return {{"type", "array"}, {"items", std::move(items)}}; }

/// An object of these fields and no others; those whose names end in `?` may be missing.
Json object(const std::vector<std::pair<std::string, Json>>& fields) {
  Json properties = Json::object();
  Json required = Json::array();
  for (const auto& [name, schema] : fields) {
    const bool is_optional = name.ends_with('?');
    const std::string plain = name.substr(0, name.size() - (is_optional ? 1 : 0));
    properties[plain] = schema;
    if (!is_optional) required.push_back(plain);
  }
  return {{"type", "object"}, {"properties", properties}, {"required", required}, {"additionalProperties", false}};
}

Json window_schema() {
  const Json edge = {{"type", Json::array({"string", "null"})}};
  const Json closed = {{"enum", Json::array({"right", "left", "both", "neither"})}};
  return object({{"text", type("string")}, {"start", edge}, {"end", edge}, {"closed", closed}});
}

Json event_schema() {
  const Json place = {{"enum", Json::array({"before", "held", "inside", "after"})}};
  const Json values = list_of(Json::object());
  return object({{"place", place},
                 {"time", type("string")},
                 {"arrival", type("integer")},
                 {"inputs", values},
                 {"values", values},
                 {"superseded", type("boolean")},
                 {"deleted", type("boolean")},
                 {"filtered", type("boolean")},
                 {"null", type("boolean")}});
}

/// Of one feature; those it uses have the same form.
std::vector<std::pair<std::string, Json>> explanation_fields() {
  const Json text = type("string");
  const Json count = type("integer");
  const Json texts = list_of(text);
  return {{"feature", text},
          {"version", text},
          {"digest", text},
          {"entity", text},
          {"key", type("object")},
          {"at", text},
          {"type", text},
          {"value", Json::object()},
          {"is_default", type("boolean")},
          {"definition", text},
          {"formula", text},
          {"steps", texts},
          {"disagreement?", text},
          {"remark?", text},
          {"source?", text},
          {"window?", window_schema()},
          {"filter?", {{"type", Json::array({"string", "null"})}}},
          {"inputs?", texts},
          {"formulas?", texts},
          {"counts?", object({{"seen", count},
                              {"inside", count},
                              {"superseded", count},
                              {"deleted", count},
                              {"filtered", count},
                              {"null", count},
                              {"used", count}})},
          {"events?", list_of(event_schema())},
          {"events_hidden?", count},
          {"events_before_gap?", count},
          {"uses?", list_of({{"$ref", "#/$defs/used"}})}};
}

Json explanation_json(const Explanation& explanation) {
  Json key = Json::object();
  for (const auto& [name, value] : explanation.key) key[name] = value_json(value);
  Json out = {{"feature", explanation.feature},     {"version", explanation.version}, {"digest", explanation.digest},
              {"entity", explanation.entity},       {"key", std::move(key)},          {"at", to_string(explanation.at)},
              {"type", to_string(explanation.type)}};
  out["value"] = value_json(explanation.value);
  out["is_default"] = explanation.is_default;
  out["definition"] = explanation.definition;
  out["formula"] = explanation.formula;
  out["steps"] = explanation.steps;
  if (!explanation.disagreement.empty()) out["disagreement"] = explanation.disagreement;
  if (!explanation.remark.empty()) out["remark"] = explanation.remark;
  if (explanation.window) add_aggregate(explanation, out);
  if (!explanation.uses.empty()) {
    Json uses = Json::array();
    for (const Explanation& used : explanation.uses) uses.push_back(explanation_json(used));
    out["uses"] = std::move(uses);
  }
  return out;
}

}  // namespace

std::string to_json(const Explanation& explanation) {
  Json out = {{"format_version", kFormatVersion}};
  out.update(explanation_json(explanation));
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string explanation_json_schema() {
  std::vector<std::pair<std::string, Json>> fields = explanation_fields();
  Json used = object(fields);
  fields.insert(fields.begin(), {"format_version", {{"const", kFormatVersion}}});
  Json schema = object(fields);
  schema["$defs"]["used"] = std::move(used);
  return schema.dump(2) + "\n";
}

}  // namespace headrace
