/// Routes that tell more than values: as they change, and why they are what they are.

#include "serving/api/entity_parameters.h"
#include "serving/api/routes.h"
#include "serving/api/watches.h"

#include <fmt/format.h>

#include <utility>

namespace headrace {
namespace {

HttpResponse answer_watch(const ApiCall& call) {
  ReadRequest request{
      .features = values_of_query(call.target, "feature"), .is_logged = false, .may_wait = call.request.may_wait};
  if (request.features.empty()) {
    return response_of(
        {.code = "bad_request", .message = "`feature` is missing", .help = "name features with feature=flow_mean"});
  }
  ApiOr<std::vector<EntityKey>> entities = entities_of_query(call.target);
  if (const auto* error = std::get_if<ApiError>(&entities)) return response_of(*error);
  request.entities = std::get<std::vector<EntityKey>>(std::move(entities));
  if (request.features.size() * request.entities.size() > call.watches.limits().values_max) {
    return response_of({.code = "bad_request",
                        .message = fmt::format("more than {} values are watched", call.watches.limits().values_max),
                        .help = "watch them by several requests"});
  }
  if (const std::optional<ApiError> error = check_features(call, request.features.list())) return response_of(*error);

  // What cannot be read is refused before the stream begins.
  ApiOr<ReadAnswer> first = call.state.live->read(request);
  if (has_to_wait(first)) return {.waits = true};
  if (const auto* error = std::get_if<ApiError>(&first)) return response_of(*error);
  const auto begin = [&watches = call.watches, epoch = call.watch_epoch, live = call.state.live,
                      request = std::move(request),
                      answer = std::get<ReadAnswer>(std::move(first))](std::shared_ptr<HttpStream> stream) {
    watches.begin(epoch, live, request, answer, std::move(stream));
  };
  return {.content_type = "text/event-stream", .fields = {{"Cache-Control", "no-store"}}, .stream = begin};
}

HttpResponse answer_explain(const ApiCall& call) {
  ExplainQuestion question{.feature = call.path_values.front()};
  if (const std::optional<ApiError> error = check_features(call, {question.feature})) return response_of(*error);
  const ApiOr<std::optional<EventTime>> as_of = as_of_query(call.target);
  if (const auto* error = std::get_if<ApiError>(&as_of)) return response_of(*error);
  question.as_of = std::get<std::optional<EventTime>>(as_of);
  ApiOr<std::vector<EntityKey>> entities = entities_of_query(call.target);
  if (const auto* error = std::get_if<ApiError>(&entities)) return response_of(*error);
  auto& named = std::get<std::vector<EntityKey>>(entities);
  if (named.size() > 1) {
    return response_of({.code = "bad_request",
                        .message = "more than one entity is named",
                        .help = "ask for one entity; of several keys each column is named once"});
  }
  question.entity = std::move(named.front());

  ApiOr<std::string> told = call.state.live->explain(question);
  if (const auto* error = std::get_if<ApiError>(&told)) return response_of(*error);
  return {.body = std::get<std::string>(std::move(told))};
}

HttpResponse answer_reload(const ApiCall& call) {
  if (call.reload != nullptr) return json_response(call.reload());
  return response_of({.status = 503,
                      .code = "unavailable",
                      .message = "this server takes no other definitions",
                      .help = "start it again",
                      .retry_after_seconds = 1});
}

JsonSchema schema_of_explanation(JsonDefinitions&) {
  return schema_of_type("object").with_description("what `headrace explain` tells, as JSON");
}

}  // namespace

std::vector<Route> watch_routes() {
  return {
      {.method = "GET",
       .path = "/v1/watch",
       .operation = "watchFeatures",
       .summary = "The values of features as they change, as server-sent events",
       .role = Role::kRead,
       .parameters = {{.name = "feature", .text = "a feature; once for each", .is_required = true, .is_repeated = true},
                      {.name = "key",
                       .text =
                           "COLUMN=VALUE, once for each key column; a column that comes again begins the next entity",
                       .is_required = true,
                       .is_repeated = true}},
       .response =
           {{"text/event-stream"},
            nullptr,
            "events `values` with what is new of an entity, comments while nothing is, and `end` with an Error"},
       .failures = {404, 409, 410, 422, 429},
       .answer = answer_watch},

      {.method = "GET",
       .path = "/v1/features/{name}/explain",
       .operation = "explainFeature",
       .summary = "Which events and steps made a value; reads all that was pushed",
       .role = Role::kRead,
       .parameters =
           {{.name = "name", .text = "of the feature", .is_in_path = true},
            {.name = "key", .text = "COLUMN=VALUE, once for each key column", .is_required = true, .is_repeated = true},
            {.name = "as_of", .text = "the instant; absent: now"}},
       .response = {{"application/json"}, schema_of_explanation, "the value and how it came"},
       .failures = {404, 409, 410, 422, 429},
       .may_block = true,
       .answer = answer_explain},
  };
}

Route reload_route() {
  return {.method = "POST",
          .path = "/v1/reload",
          .operation = "reloadDefinitions",
          .summary = "Reads definitions and tokens anew, as SIGHUP does",
          .role = Role::kAdmin,
          .response = {{"application/json"}, schema_in<ReloadAnswer>, "the definitions that hold from now on"},
          .failures = {409, 422, 429},
          .may_block = true,
          .answer = answer_reload};
}

}  // namespace headrace
