#pragma once

/// Answers the requests of an HttpServer from the table of routes: finds the route, checks the token, asks it, counts.

#include "base/clock.h"
#include "base/trace.h"
#include "serving/api/read_bodies.h"
#include "serving/api/routes.h"
#include "serving/api/watches.h"
#include "serving/http/http_handler.h"
#include "serving/http/http_limits.h"

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace headrace {

/// What a log may tell of a request: nothing of what it holds.
struct AnsweredRequest {
  std::string_view method;
  std::string_view route;  // as the table of routes has it; empty: none
  int status = 0;
  int64_t took_us = 0;
  size_t request_bytes = 0;  // of the bodies
  size_t answer_bytes = 0;
  std::string trace_id;  // empty: it is not followed
};

/// Thread-safe.
class FeatureApi : public HttpHandler {
 public:
  /// With routes for values where the state has them; they are there, or not, for good. REQUIRES: clock and counters
  /// outlive it.
  FeatureApi(ServedState state, const Clock& clock, const HttpCounters& counters, WatchLimits watches = {});

  /// Requests that come from now on are answered from this state; those in work keep theirs. Watches end, for the token
  /// that they began with may be gone.
  void swap(ServedState state);
  /// Told each request that was answered, on the thread that did. Before the first request.
  void set_request_log(std::function<void(const AnsweredRequest&)> log) { request_log_ = std::move(log); }
  /// Where spans of requests go; it lives longer. Before the first request.
  void set_traces(TraceSink& sink) { traces_ = &sink; }
  /// What POST /v1/reload does. Before the first request.
  void set_reload(ReloadDefinitions reload) { reload_ = std::move(reload); }
  /// The server is about to stop: /readyz says so, and watches end.
  void set_stopping();
  MetricRegistry& metrics() { return metrics_; }
  const std::vector<Route>& routes() const { return routes_; }

  bool may_block(const HttpRequest& request) const override;
  HttpResponse handle(const HttpRequest& request) override;
  HttpResponse refuse(HttpProblem problem) override;

 private:
  struct Found {
    const Route* route = nullptr;
    std::vector<std::string> path_values;
    std::string allowed;  // methods of the path, where none has the request's
  };
  /// A route whose path is one text, without {names}, as a target that is this text asks for it.
  struct PlainRoute {
    const Route* route = nullptr;
    RequestTarget target;
  };
  struct TargetHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  struct RouteCounters {
    std::map<int, Counter*> by_status;  // complete once made
    Histogram* latency = nullptr;
  };

  std::shared_ptr<const ServedState> state() const;
  Found find(std::string_view method, const RequestTarget& target) const;
  void note_plain_routes();
  const PlainRoute* find_plain(const HttpRequest& request) const;
  HttpResponse handle_in(OpenSpan& span, const HttpRequest& request);
  HttpResponse respond(const HttpRequest& request, const Route*& matched);
  HttpResponse respond_by(const Route& route, const HttpRequest& request, const RequestTarget& target,
                          std::vector<std::string> path_values);
  ApiOr<Caller> caller_of(const Route& route, const ServedState& state, const HttpRequest& request) const;
  RouteCounters counters_of(const std::string& method, const std::string& path, const std::vector<int>& statuses);
  void count_connections(const HttpCounters& counters);
  void count_values();

  const Clock& clock_;
  std::vector<Route> routes_;
  std::unordered_map<std::string, std::vector<PlainRoute>, TargetHash, std::equal_to<>> plain_routes_;  // by target
  std::string openapi_;
  MetricRegistry metrics_;
  std::vector<RouteCounters> route_counters_;  // of each route
  RouteCounters other_counters_;               // of requests without a route
  std::atomic<bool> is_stopping_ = false;
  ReloadDefinitions reload_;
  std::function<void(const AnsweredRequest&)> request_log_;  // null: nobody is told
  TraceSink* traces_ = nullptr;                              // null: there are no traces
  mutable std::mutex mutex_;
  std::shared_ptr<const ServedState> state_;  // under the mutex; shared with the requests in work
  Watches watches_;
  ReadBodies read_bodies_;
};

}  // namespace headrace
