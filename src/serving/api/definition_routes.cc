#include "base/version.h"
#include "serving/api/routes.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

struct Health {
  std::string status;
  std::string version;
};

template <typename Fields>
void describe(Fields& fields, const Health*) {
  fields.name("Health", "that the server runs");
  fields.required("status", &Health::status);
  fields.required("version", &Health::version, {.text = "of the program"});
}

HttpResponse answer_health(const ApiCall&) {
  return json_response(Health{.status = "ok", .version = std::string(kVersion)});
}

HttpResponse answer_readiness(const ApiCall& call) {
  std::string reason = call.is_stopping ? "the server is stopping" : "";
  if (reason.empty() && call.state.live != nullptr) reason = call.state.live->not_ready_reason();
  if (reason.empty()) return json_response(Health{.status = "ready", .version = std::string(kVersion)});
  return response_of({.status = 503,
                      .code = "not_ready",
                      .message = reason,
                      .help = "try again a little later",
                      .retry_after_seconds = 1});
}

HttpResponse answer_openapi(const ApiCall& call) { return {.body = call.openapi}; }

HttpResponse answer_metrics(const ApiCall& call) {
  return {.content_type = "text/plain; version=0.0.4; charset=utf-8",
          .body = call.metrics.text([&](std::string_view owner) { return call.caller.may_see(owner); })};
}

bool has_tag(const ListedFeature& feature, const std::string& tag) {
  return std::find(feature.tags.begin(), feature.tags.end(), tag) != feature.tags.end();
}

HttpResponse answer_features(const ApiCall& call) {
  const std::optional<std::string> entity = call.target.parameter("entity");
  const std::optional<std::string> owner = call.target.parameter("owner");
  const std::optional<std::string> tag = call.target.parameter("tag");
  FeatureList list{.project = call.state.catalog->project()};
  for (const ListedFeature& each : call.state.catalog->features()) {
    const bool is_asked_for =
        (!entity || each.entity == *entity) && (!owner || each.owner == *owner) && (!tag || has_tag(each, *tag));
    if (is_asked_for && !each.is_internal && call.caller.may_see(each.owner)) list.features.push_back(each);
  }
  return json_response(list);
}

HttpResponse answer_feature(const ApiCall& call) {
  const std::string& name = call.path_values.front();
  if (const std::optional<ApiError> error = check_features(call, {name})) return response_of(*error);
  return json_response(*call.state.catalog->find(name));
}

}  // namespace

std::vector<Route> server_routes() {
  return {
      {.method = "GET",
       .path = "/healthz",
       .operation = "getHealth",
       .summary = "Whether the server runs",
       .role = Role::kNone,
       .response = {{"application/json"}, schema_in<Health>, "it runs"},
       .answer = answer_health},

      {.method = "GET",
       .path = "/readyz",
       .operation = "getReadiness",
       .summary = "Whether the server can answer: not while it starts or stops",
       .role = Role::kNone,
       .response = {{"application/json"}, schema_in<Health>, "it can"},
       .answer = answer_readiness},

      {.method = "GET",
       .path = "/metrics",
       .operation = "getMetrics",
       .summary = "Counters and latencies in the text format of Prometheus",
       .role = Role::kRead,
       .response = {{"text/plain"}, nullptr, "the metrics"},
       .answer = answer_metrics},

      {.method = "GET",
       .path = "/openapi.json",
       .operation = "getDescription",
       .summary = "This description of the server, as OpenAPI 3.1",
       .role = Role::kRead,
       .response = {{"application/json"}, nullptr, "the description"},
       .answer = answer_openapi},
  };
}

std::vector<Route> definition_routes() {
  return {
      {.method = "GET",
       .path = "/v1/features",
       .operation = "listFeatures",
       .summary = "The features and how they are defined",
       .role = Role::kRead,
       .parameters = {{"entity", "only those of this entity"},
                      {"owner", "only those of this owner"},
                      {"tag", "only those with this tag"}},
       .response = {{"application/json"}, schema_in<FeatureList>, "the features that the token may see"},
       .answer = answer_features},

      {.method = "GET",
       .path = "/v1/features/{name}",
       .operation = "getFeature",
       .summary = "How a feature is defined",
       .role = Role::kRead,
       .parameters = {{"name", "of the feature", true}},
       .response = {{"application/json"}, schema_in<ListedFeature>, "the feature"},
       .failures = {403, 404},
       .answer = answer_feature},
  };
}

std::vector<Route> api_routes(RoutesOf what) {
  std::vector<Route> out = server_routes();
  const auto add = [&](std::vector<Route> routes) { out.insert(out.end(), routes.begin(), routes.end()); };
  add(definition_routes());
  if (what == RoutesOf::kDefinitionsAndValues) {
    add(value_routes());
    add(watch_routes());
    add(source_routes());
    add({left_out_route(), backup_route(), forget_route(), reload_route(), feast_route(), meter_route()});
  }
  return out;
}

}  // namespace headrace
