#include "serving/api/feature_api.h"

#include "base/check.h"
#include "base/version.h"
#include "language/diagnostics/suggest.h"
#include "serving/http/listen_address.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace headrace {
namespace {

constexpr int64_t kRetryAfterSeconds = 1;

/// What a content type is without its parameters.
std::string_view media_type(std::string_view type) {
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  return type;
}

std::optional<ApiError> check_body(const Route& route, const HttpRequest& request) {
  if (!route.request) return std::nullopt;
  const std::optional<std::string_view> type = request.field("Content-Type");
  if (!type && route.takes_no_type) return std::nullopt;
  for (const std::string_view each : route.request->content_types) {
    if (type && is_same_word(media_type(*type), each)) return std::nullopt;
  }
  return ApiError{
      .status = 415,
      .code = "unsupported_type",
      .message = type ? fmt::format("a body of type {} is not read here", *type) : "the body has no Content-Type",
      .help = fmt::format("send Content-Type: {}", fmt::join(route.request->content_types, " or "))};
}

std::optional<ApiError> check_query(const Route& route, const RequestTarget& target) {
  std::vector<std::string> known;
  for (const RouteParameter& each : route.parameters) {
    if (!each.is_in_path) known.emplace_back(each.name);
  }
  for (const auto& [name, value] : target.query) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string near = did_you_mean(name, known);
    return ApiError{.code = "bad_request",
                    .message = fmt::format("the parameter `{}` is not known here", name),
                    .help = !near.empty()   ? near
                            : known.empty() ? "this path takes none"
                                            : fmt::format("there are: {}", fmt::join(known, ", "))};
  }
  return std::nullopt;
}

/// Whether a browser asks for a page of this machine: "http://localhost:3000".
bool is_local_origin(std::string_view origin) {
  const size_t scheme = origin.find("://");
  return scheme != std::string_view::npos && is_local_host(origin.substr(scheme + 3));
}

ApiError foreign_host() {
  return {.status = 403,
          .code = "foreign_host",
          .message = "the field Host or Origin is the name of another site",
          .help =
              "a server without tokens answers to numbers and to localhost only, so that no page of the web can "
              "ask it; configure tokens to use a name"};
}

/// The names are those of OpenTelemetry's semantic conventions. Scrapers and probes come all the time and are not told.
void tell_request(OpenSpan& span, const AnsweredRequest& request) {
  if (request.route == "/metrics" || request.route == "/healthz" || request.route == "/readyz") return span.drop();
  if (!request.route.empty()) {
    span.rename(fmt::format("{} {}", request.method, request.route));
    span.note("http.request.method", std::string(request.method));
    span.note("http.route", std::string(request.route));
  }
  span.note("http.response.status_code", int64_t{request.status});
  span.note("http.request.body.size", static_cast<int64_t>(request.request_bytes));
  span.note("http.response.body.size", static_cast<int64_t>(request.answer_bytes));
  if (request.status >= 500) span.fail();
}

}  // namespace

FeatureApi::FeatureApi(ServedState state, const Clock& clock, const HttpCounters& counters, WatchLimits watches)
    : clock_(clock),
      routes_(api_routes(state.live != nullptr ? RoutesOf::kDefinitionsAndValues : RoutesOf::kDefinitions)),
      openapi_(openapi_document(routes_)),
      state_(std::make_shared<const ServedState>(std::move(state))),
      watches_(clock, watches) {
  for (const Route& each : routes_) {
    route_counters_.push_back(counters_of(std::string(each.method), std::string(each.path), statuses_of(each)));
  }
  note_plain_routes();
  other_counters_ = counters_of("other", "other", {400, 403, 404, 405});
  count_connections(counters);
  count_values();
}

FeatureApi::RouteCounters FeatureApi::counters_of(const std::string& method, const std::string& path,
                                                  const std::vector<int>& statuses) {
  RouteCounters out;
  for (const int status : statuses) {
    out.by_status[status] =
        &metrics_.counter("headrace_http_requests_total", "Requests that a route answered.",
                          {{"method", method}, {"route", path}, {"status", std::to_string(status)}});
  }
  out.latency = &metrics_.histogram("headrace_http_request_duration_seconds",
                                    "From a whole request to its answer, before it is sent.",
                                    {{"method", method}, {"route", path}});
  return out;
}

void FeatureApi::count_connections(const HttpCounters& counters) {
  const auto read = [&](const std::string& name, const std::string& type, const std::string& help,
                        const std::atomic<int64_t>& value, const MetricLabels& labels = {}) {
    metrics_.read_at_scrape(name, type, help, labels, [&value] { return static_cast<double>(value.load()); });
  };
  read("headrace_http_connections", "gauge", "Connections that are open.", counters.connections);
  read("headrace_http_connections_total", "counter", "Connections that came.", counters.connections_total);
  read("headrace_http_requests_in_work", "gauge", "Requests between their last byte and their answer's.",
       counters.requests);
  read("headrace_http_streams", "gauge", "Answers that go on.", counters.streams);
  read("headrace_http_body_bytes", "gauge", "Bytes of the bodies of requests in memory.", counters.body_bytes);
  read("headrace_http_timeouts_total", "counter", "Connections that were ended for taking too long.",
       counters.timeouts);
  for (const HttpProblem each : kHttpProblems) {
    read("headrace_http_refusals_total", "counter", "Requests that no route has seen.",
         counters.refusals[static_cast<size_t>(each)], {{"reason", std::string(to_string(each))}});
  }
  metrics_.read_at_scrape("headrace_build_info", "gauge", "1, with the version of the program.",
                          {{"version", std::string(kVersion)}}, [] { return 1.0; });
  metrics_.read_at_scrape("headrace_features", "gauge", "Features that are served.", {},
                          [this] { return static_cast<double>(state()->catalog->features().size()); });
}

void FeatureApi::swap(ServedState state) {
  auto next = std::make_shared<const ServedState>(std::move(state));
  {
    const std::lock_guard lock(mutex_);
    std::swap(state_, next);
  }
  watches_.end_all({.status = 503,
                    .code = "reloaded",
                    .message = "the server has taken other definitions or tokens",
                    .help = "connect again"});
}

void FeatureApi::set_stopping() {
  is_stopping_ = true;
  watches_.end_all({.status = 503, .code = "stopping", .message = "the server stops", .help = "connect again later"});
}

std::shared_ptr<const ServedState> FeatureApi::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

FeatureApi::Found FeatureApi::find(std::string_view method, const RequestTarget& target) const {
  Found out;
  std::vector<std::string_view> allowed;
  for (const Route& each : routes_) {
    std::optional<std::vector<std::string>> values = match_path(each.path, target.segments);
    if (!values) continue;
    if (each.method == method || (method == "HEAD" && each.method == "GET")) {
      return {.route = &each, .path_values = *std::move(values)};
    }
    allowed.push_back(each.method);
    if (each.method == "GET") allowed.emplace_back("HEAD");
  }
  out.allowed = fmt::format("{}", fmt::join(allowed, ", "));
  return out;
}

void FeatureApi::note_plain_routes() {
  for (const Route& each : routes_) {
    if (each.path.find('{') != std::string_view::npos) continue;
    std::string problem;
    const std::optional<RequestTarget> target = parse_target(each.path, problem);
    CHECK(target.has_value());
    // The table's first route that fits answers.
    plain_routes_[std::string(each.path)].push_back({find(each.method, *target).route, *target});
  }
}

/// Null for targets with parameters, and for those that have to be read.
const FeatureApi::PlainRoute* FeatureApi::find_plain(const HttpRequest& request) const {
  const auto found = plain_routes_.find(request.target);
  if (found == plain_routes_.end()) return nullptr;
  const auto route =
      std::ranges::find(found->second, request.method, [](const PlainRoute& each) { return each.route->method; });
  return route == found->second.end() ? nullptr : &*route;
}

bool FeatureApi::may_block(const HttpRequest& request) const {
  if (const PlainRoute* plain = find_plain(request)) return plain->route->may_block;
  // Most requests are none by how they begin; what is encoded is looked at as a whole.
  const auto begins_like = [&](const Route& route) {
    return route.may_block && route.method == request.method &&
           request.target.starts_with(route.path.substr(0, route.path.find('{')));
  };
  const bool is_encoded = request.target.find('%') != std::string_view::npos;
  if (!is_encoded && std::none_of(routes_.begin(), routes_.end(), begins_like)) return false;

  std::string problem;
  const std::optional<RequestTarget> target = parse_target(request.target, problem);
  const Route* route = target ? find(request.method, *target).route : nullptr;
  return route != nullptr && route->may_block;
}

HttpResponse FeatureApi::handle(const HttpRequest& request) {
  std::optional<TraceContext> caller;
  if (traces_ != nullptr) caller = parse_traceparent(request.field("traceparent").value_or(""));
  OpenSpan span(traces_, "request", TraceSpan::Kind::kServer, caller);
  return handle_in(span, request);
}

HttpResponse FeatureApi::handle_in(OpenSpan& span, const HttpRequest& request) {
  const int64_t start_us = clock_.elapsed_us();
  const Route* route = nullptr;
  HttpResponse response = respond(request, route);
  if (response.waits) {
    span.drop();  // it is told when it is answered
    return response;
  }
  const RouteCounters& counters =
      route == nullptr ? other_counters_ : route_counters_[static_cast<size_t>(route - routes_.data())];

  const auto counted = counters.by_status.find(response.status);
  if (counted != counters.by_status.end()) counted->second->add(1);
  const int64_t took_us = clock_.elapsed_us() - start_us;
  counters.latency->observe_us(took_us);
  const AnsweredRequest answered{.method = route == nullptr ? "" : route->method,
                                 .route = route == nullptr ? "" : route->path,
                                 .status = response.status,
                                 .took_us = took_us,
                                 .request_bytes = request.body.size(),
                                 .answer_bytes = response.body.size(),
                                 .trace_id = span.is_on() ? span.context().trace_id() : ""};
  if (request_log_) request_log_(answered);
  if (span.is_on()) {
    tell_request(span, answered);
    response.fields.emplace_back("traceresponse", to_traceparent(span.context()));
  }
  return response;
}

HttpResponse FeatureApi::refuse(HttpProblem problem) {
  HttpResponse response = response_of(error_of(problem, kRetryAfterSeconds));
  if (request_log_) request_log_({.status = response.status, .answer_bytes = response.body.size()});
  return response;
}

HttpResponse FeatureApi::respond(const HttpRequest& request, const Route*& matched) {
  if (const PlainRoute* plain = find_plain(request)) {
    matched = plain->route;
    return respond_by(*matched, request, plain->target, {});
  }

  std::string problem;
  const std::optional<RequestTarget> target = parse_target(request.target, problem);
  if (!target) {
    return response_of({.code = "bad_request",
                        .message = fmt::format("the path cannot be read: {}", problem),
                        .help = "write it as /v1/features"});
  }
  Found found = find(request.method, *target);
  if (found.route == nullptr && found.allowed.empty()) {
    return response_of({.status = 404,
                        .code = "unknown_path",
                        .message = "there is nothing at this path",
                        .help = "GET /openapi.json lists the paths"});
  }
  if (found.route == nullptr) {
    HttpResponse response = response_of({.status = 405,
                                         .code = "method_not_allowed",
                                         .message = fmt::format("this path is not asked with {}", request.method),
                                         .help = fmt::format("use {}", found.allowed)});
    response.fields.emplace_back("Allow", found.allowed);
    return response;
  }

  matched = found.route;
  return respond_by(*matched, request, *target, std::move(found.path_values));
}

HttpResponse FeatureApi::respond_by(const Route& route, const HttpRequest& request, const RequestTarget& target,
                                    std::vector<std::string> path_values) {
  const int64_t watch_epoch = watches_.epoch();
  const std::shared_ptr<const ServedState> state = this->state();
  const ApiOr<Caller> caller = caller_of(route, *state, request);
  if (const auto* error = std::get_if<ApiError>(&caller)) return response_of(*error);
  if (const std::optional<ApiError> error = check_query(route, target)) return response_of(*error);
  if (const std::optional<ApiError> error = check_body(route, request)) return response_of(*error);
  return route.answer({.state = *state,
                       .caller = std::get<Caller>(caller),
                       .request = request,
                       .target = target,
                       .path_values = std::move(path_values),
                       .metrics = metrics_,
                       .openapi = openapi_,
                       .watches = watches_,
                       .read_bodies = read_bodies_,
                       .watch_epoch = watch_epoch,
                       .reload = reload_,
                       .is_stopping = is_stopping_});
}

ApiOr<Caller> FeatureApi::caller_of(const Route& route, const ServedState& state, const HttpRequest& request) const {
  if (state.tokens == nullptr) {
    const std::optional<std::string_view> host = request.field("Host");
    if (host && !is_local_host(*host)) return foreign_host();
    const std::optional<std::string_view> origin = request.field("Origin");
    if (origin && !is_local_origin(*origin)) return foreign_host();
    return Caller{.role = Role::kAdmin};
  }
  if (route.role == Role::kNone) return Caller{};
  const std::string_view token = bearer_token(request.field("Authorization").value_or(""));
  const Caller* caller = token.empty() ? nullptr : state.tokens->find(token);
  if (caller == nullptr) {
    return ApiError{.status = 401,
                    .code = token.empty() ? "no_token" : "unknown_token",
                    .message = token.empty() ? "the request has no token" : "the token is not known here",
                    .help = "send the field `Authorization: Bearer TOKEN`"};
  }
  if (includes(caller->role, route.role)) return *caller;
  return ApiError{.status = 403,
                  .code = "wrong_role",
                  .message = fmt::format("this needs a token of role {}, and the token's is {}", to_string(route.role),
                                         to_string(caller->role)),
                  .help = fmt::format("ask with a token of role {}", to_string(route.role))};
}

}  // namespace headrace
