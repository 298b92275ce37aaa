#include "serving/api/read_bodies.h"
#include "serving/api/routes.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace headrace {
namespace {

/// Of one request: features × entities.
constexpr size_t kReadValuesMax = 1'000'000;
/// About what a value takes in an answer, and what is around the values; room is made for so much at once.
constexpr size_t kValueBytes = 128;
constexpr size_t kAnswerBytes = 512;
constexpr size_t kRoomMax = 1 << 20;

JsonSchema schema_of_events(JsonDefinitions&) {
  return schema_of_list(schema_of_type("object")).with_description("events, as the source's columns say");
}

HttpResponse arrow_response(const ApiCall& call, const ReadAnswer& answer) {
  std::vector<Type> types;
  for (const std::string& name : answer.features) types.push_back(call.state.catalog->find(name)->type);
  ApiOr<std::string> stream = call.state.arrow->answer(answer, types);
  if (const auto* error = std::get_if<ApiError>(&stream)) return response_of(*error);
  return {.content_type = std::string(kArrowBodyType), .body = std::get<std::string>(std::move(stream))};
}

HttpResponse answer_read(const ApiCall& call) {
  ApiOr<ReadRequest> body = call.read_bodies.read(call.request.body);
  if (const auto* error = std::get_if<ApiError>(&body)) return response_of(*error);
  auto& request = std::get<ReadRequest>(body);
  request.may_wait = call.request.may_wait;
  if (request.features.empty()) {
    return response_of({.code = "bad_request",
                        .message = "`features` is empty",
                        .help = "name features; GET /v1/features lists them"});
  }
  if (request.features.size() * request.entities.size() > kReadValuesMax) {
    return response_of({.status = 413,
                        .code = "body_too_large",
                        .message = fmt::format("more than {} values are asked for", kReadValuesMax),
                        .help = "ask for them in several requests"});
  }
  if (const std::optional<ApiError> error = check_features(call, request.features.list())) return response_of(*error);
  const ApiOr<ReadAnswer> answer = call.state.live->read(request);
  if (has_to_wait(answer)) return {.waits = true};
  const bool is_arrow = call.request.field("Accept").value_or("").find(kArrowBodyType) != std::string_view::npos;
  if (!is_arrow || call.state.arrow == nullptr || std::holds_alternative<ApiError>(answer)) {
    const size_t values = request.features.size() * (request.entities.size() + 1);
    return json_response(call.request, answer, std::min(values * kValueBytes + kAnswerBytes, kRoomMax));
  }
  return arrow_response(call, std::get<ReadAnswer>(answer));
}

HttpResponse answer_push(const ApiCall& call) {
  const std::string& source = call.path_values.front();
  if (const std::optional<ApiError> error = check_source(call, source)) return response_of(*error);
  const std::string_view type = call.request.field("Content-Type").value_or("");
  const std::string_view media = type.substr(0, type.find(';'));
  const bool is_array = is_same_word(media, "application/json");
  PushRequest request{.source = source,
                      .form = is_array ? EventsForm::kJsonArray : EventsForm::kNdjson,
                      .text = call.request.body,
                      .idempotency_key = call.request.field("Idempotency-Key")};
  if (!is_same_word(media, kArrowBodyType)) return json_response(call.state.live->push(request));

  if (call.state.arrow == nullptr) {
    return response_of({.status = 415,
                        .code = "unsupported_type",
                        .message = "this server does not read Arrow",
                        .help = "send application/x-ndjson"});
  }
  const ApiOr<std::string> lines = call.state.arrow->events(call.request.body);
  if (const auto* error = std::get_if<ApiError>(&lines)) return response_of(*error);
  request.text = std::get<std::string>(lines);
  return json_response(call.state.live->push(request));
}

HttpResponse answer_sources(const ApiCall& call) {
  SourceList list;
  list.now = call.state.live->now();
  for (SourceStatus& each : call.state.live->sources()) {
    if (!check_source(call, each.name)) list.sources.push_back(std::move(each));
  }
  list.entities = call.state.live->entities();
  list.online_store = call.state.live->online_store();
  list.values_file = call.state.live->values_file();
  list.feature_log = call.state.live->feature_log();
  list.store = call.state.live->store();
  list.reload_progress = call.state.live->reload_progress();
  list.ownership = call.state.live->ownership();
  return json_response(list);
}

HttpResponse answer_pushes(const ApiCall& call) {
  PushesQuestion question{.source = call.path_values.front()};
  if (const std::optional<ApiError> error = check_source(call, question.source)) return response_of(*error);
  const std::string from = call.target.parameter("from").value_or("0");
  int64_t number = 0;
  const auto [end, problem] = std::from_chars(from.data(), from.data() + from.size(), number);
  if (problem != std::errc() || end != from.data() + from.size() || number < 0) {
    return response_of({.code = "bad_request",
                        .message = fmt::format("`from` is a position, and {} is none", quote_json(from)),
                        .help = "begin at 0, and go on at the `next` of the page before"});
  }
  question.from = static_cast<uint64_t>(number);
  return json_response(call.state.live->pushes(question));
}

}  // namespace

std::vector<Route> value_routes() {
  return {
      {.method = "POST",
       .path = "/v1/features:read",
       .operation = "readFeatures",
       .summary = "The values of features, now or as of an instant",
       .role = Role::kRead,
       .request = RouteBody{{"application/json"}, schema_in<ReadRequest>, "features and entities"},
       .takes_no_type = true,
       .response =
           {{"application/json", kArrowBodyType},
            schema_in<ReadAnswer>,
            "a row for each entity; by `Accept` as an Arrow stream with a column for each key and feature, then "
            "`FEATURE.event_time` and `FEATURE.null_reason`"},
       .failures = {403, 404, 409, 410, 422, 429},
       .answer = answer_read},

      {.method = "GET",
       .path = "/v1/sources",
       .operation = "listSources",
       .summary = "The sources of events, and what came from them",
       .role = Role::kRead,
       .response = {{"application/json"}, schema_in<SourceList>, "the sources that the token may see"},
       .answer = answer_sources},

      {.method = "GET",
       .path = "/v1/sources/{name}/pushes",
       .operation = "listPushes",
       .summary = "What came of a source, as it came, a page at a time: all that its values are made of",
       .role = Role::kAdmin,
       .parameters = {{"name", "of the source", true}, {"from", "the position where the page begins; absent: 0"}},
       .response = {{"application/json"}, schema_in<PushPage>, "pushes in their order, a few megabytes of them"},
       .failures = {403, 404, 409, 422, 429},
       .may_block = true,
       .answer = answer_pushes},

      {.method = "POST",
       .path = "/v1/sources/{name}/events",
       .operation = "pushEvents",
       .summary = "Hands events over to a source",
       .role = Role::kWrite,
       .parameters = {{"name", "of the source", true}},
       .request = RouteBody{{"application/json", "application/x-ndjson", kArrowBodyType},
                            schema_of_events,
                            "events: an array, one a line, or an Arrow stream with a column for each of the source's"},
       .response = {{"application/json"}, schema_in<PushAnswer>, "the events are as durable as the server promises"},
       .failures = {403, 404, 409, 410, 422, 429, 507},
       .may_block = true,
       .answer = answer_push},
  };
}

}  // namespace headrace
