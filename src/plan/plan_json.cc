#include "plan/plan.h"

#include <nlohmann/json.hpp>

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

Json source_json(const Plan& plan, const PlanSource& source) {
  Json out;
  out["name"] = source.name;
  out["entity"] = plan.entities[source.entity].name;
  out["event_time"] = source.event_time;
  if (source.unit) out["unit"] = std::string(to_string(*source.unit));
  // What orders events of equal time: a column, or the order of files and rows (partitions and offsets).
  out["arrival"] = source.arrival ? Json{{"column", *source.arrival}} : Json{{"order", "position"}};
  out["allowed_lateness_us"] = source.allowed_lateness.us;
  out["columns"] = Json::array();
  for (const ColumnDefinition& column : source.columns) {
    out["columns"].push_back({{"name", column.name}, {"type", std::string(to_string(column.type))}});
  }
  if (source.batch) out["batch"] = {{"format", to_string(source.batch->format)}, {"path", source.batch->path}};
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
  return out;
}

}  // namespace

std::string to_json(const Plan& plan) {
  Json out;
  out["format_version"] = Plan::kFormatVersion;
  out["project"] = plan.project;
  out["entities"] = Json::array();
  for (const PlanEntity& entity : plan.entities) {
    Json keys = Json::array();
    for (size_t i = 0; i < entity.keys.size(); ++i) {
      Json key = {{"name", entity.keys[i]}};
      if (entity.key_types[i] != ScalarType::kNull) key["type"] = std::string(to_string(entity.key_types[i]));
      keys.push_back(key);
    }
    out["entities"].push_back({{"name", entity.name}, {"keys", keys}});
  }
  out["sources"] = Json::array();
  for (const PlanSource& source : plan.sources) out["sources"].push_back(source_json(plan, source));
  out["series"] = Json::array();
  for (size_t i = 0; i < plan.series.size(); ++i) out["series"].push_back(series_json(plan, plan.series[i], i));
  out["states"] = Json::array();
  for (size_t i = 0; i < plan.states.size(); ++i) {
    const StateNode& state = plan.states[i];
    Json reads = Json::array();
    for (Aggregation aggregation : state.aggregations) reads.push_back(std::string(to_string(aggregation)));
    out["states"].push_back({{"id", i},
                             {"series", state.series},
                             {"window", window_json(state.window)},
                             {"kind", std::string(to_string(state.kind))},
                             {"params", params_json(state.params)},
                             {"aggregations", reads}});
  }
  out["features"] = Json::array();
  for (const PlanFeature& feature : plan.features) out["features"].push_back(feature_json(plan, feature));
  return out.dump(2) + "\n";
}

}  // namespace headrace
