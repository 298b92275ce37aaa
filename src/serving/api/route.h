#pragma once

/// One route of the server: how it is asked, who may, what it takes and gives, and what answers it. The table of them
/// (routes.h) is what requests are matched with and what `/openapi.json` is written from, so that what is served is what
/// is documented.

#include "base/clock.h"
#include "data/json/json_form.h"
#include "serving/api/api_error.h"
#include "serving/api/arrow_bodies.h"
#include "serving/api/feature_catalog.h"
#include "serving/api/live_values.h"
#include "serving/api/metric_registry.h"
#include "serving/api/request_target.h"
#include "serving/auth/token_table.h"
#include "serving/http/http_message.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

/// What requests are answered from. Immutable: a reload puts another one in its place, and requests in work keep theirs,
/// for which it is shared.
struct ServedState {
  std::shared_ptr<const FeatureCatalog> catalog;
  std::shared_ptr<const TokenTable> tokens;  // null: everybody may do everything
  std::shared_ptr<LiveValues> live;          // null: definitions only
  const ArrowBodies* arrow = nullptr;        // lives longer; null: Arrow is not spoken
};

class ReadBodies;
class Watches;
using ReloadDefinitions = std::function<ApiOr<ReloadAnswer>()>;

/// A request on its way through the server.
struct ApiCall {
  const ServedState& state;
  const Caller& caller;
  const HttpRequest& request;
  const RequestTarget& target;
  std::vector<std::string> path_values;  // of the path's {names}, in order
  const MetricRegistry& metrics;
  const std::string& openapi;
  Watches& watches;
  ReadBodies& read_bodies;
  int64_t watch_epoch = 0;  // from before the caller was let in
  const ReloadDefinitions& reload;
  bool is_stopping = false;
};

struct RouteParameter {
  std::string_view name;
  std::string_view text;
  bool is_in_path = false;
  bool is_required = false;  // those in the path always are
  bool is_repeated = false;  // may come more than once
};

/// A body by its content type. `schema` adds named parts to the definitions; null: a text of no described form.
struct RouteBody {
  std::vector<std::string_view> content_types;
  JsonSchema (*schema)(JsonDefinitions&) = nullptr;
  std::string_view text;
};

struct Route {
  std::string_view method;
  std::string_view path;       // "/v1/features/{name}"
  std::string_view operation;  // "readFeatures": the name that clients are generated with
  std::string_view summary;
  Role role = Role::kRead;
  std::vector<RouteParameter> parameters;
  std::optional<RouteBody> request;
  bool takes_no_type = false;  // a body without Content-Type counts as JSON
  RouteBody response;
  std::vector<int> failures;  // beside those that every route has
  bool may_block = false;
  HttpResponse (*answer)(const ApiCall& call) = nullptr;
};

template <typename T>
JsonSchema schema_in(JsonDefinitions& definitions) {
  return JsonForm<T>::schema(definitions);
}

template <typename T>
HttpResponse json_response(const T& value) {
  return {.body = json_document(value, JsonLayout::kLine)};
}

/// 200 with the value, or the failure.
template <typename T>
HttpResponse json_response(const ApiOr<T>& answer) {
  if (const auto* error = std::get_if<ApiError>(&answer)) return response_of(*error);
  return json_response(std::get<T>(answer));
}
/// The same for a body of about so many bytes, in the request's memory.
template <typename T>
HttpResponse json_response(const HttpRequest& request, const ApiOr<T>& answer, size_t bytes) {
  if (const auto* error = std::get_if<ApiError>(&answer)) return response_of(*error);
  JsonWriter out(JsonLayout::kLine, request.memory == nullptr ? std::string() : std::move(*request.memory));
  out.reserve(bytes);
  JsonForm<T>::write(out, std::get<T>(answer));
  return {.body = out.take()};
}

/// The body as a described struct; members that it does not have are refused unless it is open.
template <typename T>
ApiOr<T> read_body(std::string_view body);

/// The first member that the schema's document lacks, with "did you mean"; nothing where there is none.
std::optional<ApiError> unknown_member(const JsonNode& node, const JsonSchema& document);

template <typename T>
ApiOr<T> read_body(std::string_view body) {
  const std::optional<JsonDocument> document = JsonDocument::parse(body);
  if (!document)
    return ApiError{.code = "bad_json", .message = "the body is no JSON", .help = "send an object of JSON"};
  static const JsonSchema schema = json_schema<T>("");
  if (std::optional<ApiError> unknown = unknown_member(document->root(), schema)) return *std::move(unknown);
  std::string problem;
  std::optional<T> value = read_json<T>(document->root(), problem);
  if (value) return *std::move(value);
  return ApiError{
      .code = "bad_request", .message = "the body cannot be used: " + problem, .help = "/openapi.json describes it"};
}

/// The features that the caller may see by their owners, or why one cannot be given.
std::optional<ApiError> check_features(const ApiCall& call, const std::vector<std::string>& names);
std::optional<ApiError> check_source(const ApiCall& call, const std::string& source);

/// The statuses that the route answers with, in order.
std::vector<int> statuses_of(const Route& route);

/// Whether the path fits, with the values of its {names}.
std::optional<std::vector<std::string>> match_path(std::string_view path, const std::vector<std::string>& segments);

}  // namespace headrace
