#include "base/overloaded.h"
#include "plan/plan.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace headrace {
namespace {

using Json = nlohmann::ordered_json;

Json value_json(const Value& value) { return Json::parse(to_json(value)); }

Json expr_json(const Expr& expr) {
  Json out;
  switch (expr.kind) {
    case Expr::Kind::kLiteral: out["literal"] = value_json(expr.literal); break;
    case Expr::Kind::kReference:
      if (expr.reference.kind == Reference::Kind::kFeature) {
        out["feature"] = expr.reference.name;
      } else {
        out["column"] = expr.reference.name;
        if (!expr.reference.source.empty()) out["source"] = expr.reference.source;
      }
      break;
    case Expr::Kind::kCall:
      out["call"] = std::string(to_string(expr.function));
      for (const ExprPtr& argument : expr.arguments) out["arguments"].push_back(expr_json(*argument));
      break;
  }
  out["type"] = to_string(expr.type);
  return out;
}

std::string_view to_word(Closed closed) {
  switch (closed) {
    case Closed::kRight: return "right";
    case Closed::kLeft: return "left";
    case Closed::kBoth: return "both";
    case Closed::kNeither: return "neither";
  }
  return "?";
}

Json window_json(const WindowSpec& window) {
  Json out;
  switch (window.kind) {
    case WindowSpec::Kind::kSize:
      out["kind"] = "size";
      out["size_us"] = window.size.us;
      out["closed"] = std::string(to_word(window.closed));
      out["offset_us"] = window.offset.us;
      break;
    case WindowSpec::Kind::kLast: out["kind"] = "last", out["last"] = window.last; break;
    case WindowSpec::Kind::kTumbling:
      out["kind"] = "tumbling";
      out["size_us"] = window.size.us;
      out["offset_us"] = window.offset.us;
      break;
    case WindowSpec::Kind::kSession: out["kind"] = "session", out["gap_us"] = window.size.us; break;
    case WindowSpec::Kind::kLifetime: out["kind"] = "lifetime"; break;
  }
  return out;
}

Json params_json(const AggregationParams& params) {
  Json out = Json::object();
  if (params.k != 0) out["k"] = params.k;
  if (params.p != 0.0) out["p"] = params.p;
  if (params.half_life.us != 0) out["half_life_us"] = params.half_life.us;
  if (!params.edges.empty()) out["edges"] = params.edges;
  return out;
}

/// Texts of people, where there are any.
void put_text(Json& out, const char* key, const std::string& text) {
  if (!text.empty()) out[key] = text;
}

Json columns_json(const std::vector<ColumnDefinition>& columns) {
  Json out = Json::array();
  for (const ColumnDefinition& column : columns)
    out.push_back({{"name", column.name}, {"type", std::string(to_string(column.type))}});
  return out;
}

Json stream_json(const StreamLocation& stream) {
  Json options = Json::object();
  for (const auto& [name, value] : stream.options) options[name] = value;
  return {{"kind", to_string(stream.kind)}, {"format", to_string(stream.format)}, {"options", options}};
}

Json entity_json(const PlanEntity& entity) {
  Json keys = Json::array();
  for (size_t i = 0; i < entity.keys.size(); ++i) {
    Json key = {{"name", entity.keys[i]}};
    if (entity.key_types[i] != ScalarType::kNull) key["type"] = std::string(to_string(entity.key_types[i]));
    keys.push_back(key);
  }
  Json out = {{"name", entity.name}};
  put_text(out, "description", entity.description);
  out["keys"] = std::move(keys);
  return out;
}

Json source_json(const Plan& plan, const PlanSource& source) {
  Json out;
  out["name"] = source.name;
  put_text(out, "description", source.description);
  out["entity"] = plan.entities[source.entity].name;
  out["event_time"] = source.event_time;
  if (source.unit) out["unit"] = std::string(to_string(*source.unit));
  // What orders events of equal time: a column, or the order of files and rows (partitions and offsets).
  out["arrival"] = source.arrival ? Json{{"column", *source.arrival}} : Json{{"order", "position"}};
  if (source.identity) {
    out["identity"] = {{"id", source.identity->id}, {"duplicates", source.identity->is_first_kept ? "first" : "last"}};
    if (source.identity->id_type != ScalarType::kNull)
      out["identity"]["type"] = std::string(to_string(source.identity->id_type));
    if (source.identity->deleted) out["identity"]["deleted"] = *source.identity->deleted;
  }
  out["allowed_lateness_us"] = source.allowed_lateness.us;
  out["columns"] = columns_json(source.columns);
  if (!source.unread_columns.empty()) out["unread_columns"] = columns_json(source.unread_columns);
  if (source.batch) out["batch"] = {{"format", to_string(source.batch->format)}, {"path", source.batch->path}};
  if (source.stream) out["stream"] = stream_json(*source.stream);
  return out;
}

Json series_json(const Plan& plan, const Series& series, size_t id) {
  Json out;
  out["id"] = id;
  out["source"] = plan.sources[series.source].name;
  if (series.filter) out["filter"] = expr_json(*series.filter);
  out["formulas"] = Json::array();
  for (const ExprPtr& formula : series.formulas) out["formulas"].push_back(expr_json(*formula));
  out["features"] = Json::array();
  for (size_t used : series.features) out["features"].push_back(plan.features[used].name);
  return out;
}

template <typename T>
void put_number(Json& out, const char* key, const std::optional<T>& number) {
  if (number) out[key] = *number;
}

Json values_json(const std::vector<Value>& values) {
  Json out = Json::array();
  for (const Value& value : values) out.push_back(value_json(value));
  return out;
}

/// The parameters of a check beside its name, type and severity.
void put_condition(const CheckCondition& condition, Json& out) {
  std::visit(Overloaded{
                 [&](const checks::Range& range) {
                   put_number(out, "low", range.low);
                   put_number(out, "high", range.high);
                   out["min_fraction"] = range.min_fraction;
                 },
                 [&](const checks::Completeness& completeness) { out["threshold"] = completeness.threshold; },
                 [&](const checks::Freshness& freshness) { out["max_age_us"] = freshness.max_age.us; },
                 [&](const checks::AllowedValues& allowed) { out["values"] = values_json(allowed.values); },
                 [](const checks::Unique&) {},
                 [](const checks::NotNull&) {},
                 [](const checks::Monotonic&) {},
                 [&](const checks::Volume& volume) {
                   put_number(out, "min", volume.min);
                   put_number(out, "max", volume.max);
                   out["per_us"] = volume.per.us;
                 },
                 [&](const checks::Drift& drift) {
                   out["metric"] = to_string(drift.metric);
                   out["threshold"] = drift.threshold;
                   out["reference_us"] = drift.reference.us;
                 },
                 [&](const checks::Expression& expression) { out["formula_text"] = expression.text; },
             },
             condition);
}

Json check_json(const Plan& plan, const PlanCheck& check) {
  Json out = {{"name", check.check.name},
              {"type", to_string(check.check.type())},
              {"severity", check.check.is_error ? "error" : "warn"}};
  put_condition(check.check.condition, out);
  if (check.holds) out["holds"] = plan.features[*check.holds].name;
  return out;
}

Json feature_json(const Plan& plan, const PlanFeature& feature) {
  Json out;
  out["name"] = feature.name;
  out["version"] = feature.version;
  out["digest"] = feature.digest;
  out["entity"] = plan.entities[feature.entity].name;
  out["source"] = plan.sources[feature.source].name;
  out["type"] = to_string(feature.type);
  if (!feature.default_value.is_null()) out["default"] = value_json(feature.default_value);
  if (feature.is_derived()) {
    out["formula"] = expr_json(*feature.formula);
  } else {
    out["finalizer"] = {{"aggregation", std::string(to_string(*feature.aggregation))}, {"state", feature.state}};
    out["finalizer"]["params"] = params_json(feature.params);
  }
  out["uses"] = Json::array();
  for (size_t used : feature.uses) out["uses"].push_back(plan.features[used].name);
  out["depends_on_arrival"] = feature.depends_on_arrival;
  if (feature.is_for_check) out["is_for_check"] = true;

  put_text(out, "description", feature.description);
  put_text(out, "owner", feature.owner);
  if (!feature.tags.empty()) out["tags"] = feature.tags;
  put_text(out, "formula_text", feature.formula_text);
  put_text(out, "filter_text", feature.filter_text);
  for (const PlanCheck& check : feature.checks) out["checks"].push_back(check_json(plan, check));
  return out;
}

Json state_json(const StateNode& state, size_t id) {
  Json reads = Json::array();
  for (Aggregation aggregation : state.aggregations) reads.push_back(std::string(to_string(aggregation)));
  return {{"id", id},
          {"series", state.series},
          {"window", window_json(state.window)},
          {"kind", std::string(to_string(state.kind))},
          {"params", params_json(state.params)},
          {"aggregations", reads}};
}

/// Writes the elements of a list one after the other, so that a large plan is not held as a tree of JSON too.
template <typename List, typename ToJson>
void put_list(std::string& out, const char* key, const List& list, const ToJson& to_json_of) {
  out += fmt::format(",\n  \"{}\": [", key);
  for (size_t i = 0; i < list.size(); ++i) {
    out += i == 0 ? "\n" : ",\n";
    const std::string text = to_json_of(list[i], i).dump(2);
    for (size_t start = 0; start < text.size();) {
      const size_t end = std::min(text.find('\n', start), text.size());
      out += start == 0 ? "    " : "\n    ";
      out.append(text, start, end - start);
      start = end + 1;
    }
  }
  out += list.empty() ? "]" : "\n  ]";
}

}  // namespace

std::string to_json(const Plan& plan) {
  std::string out = fmt::format("{{\n  \"format_version\": {},\n  \"project\": {},\n  \"is_whole\": {}",
                                Plan::kFormatVersion, Json(plan.project).dump(), plan.is_whole);
  put_list(out, "entities", plan.entities, [](const PlanEntity& each, size_t) { return entity_json(each); });
  put_list(out, "sources", plan.sources, [&](const PlanSource& each, size_t) { return source_json(plan, each); });
  put_list(out, "series", plan.series, [&](const Series& each, size_t id) { return series_json(plan, each, id); });
  put_list(out, "states", plan.states, [](const StateNode& each, size_t id) { return state_json(each, id); });
  put_list(out, "features", plan.features, [&](const PlanFeature& each, size_t) { return feature_json(plan, each); });
  return out + "\n}\n";
}

}  // namespace headrace
