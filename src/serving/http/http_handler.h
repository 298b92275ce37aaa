#pragma once

/// What an HttpServer asks of those who answer.

#include "serving/http/http_message.h"

#include <atomic>
#include <cstdint>

namespace headrace {

/// Why a request is refused before a handler has seen it.
enum class HttpProblem {
  kMalformed,           // no HTTP: 400
  kVersion,             // neither HTTP/1.1 nor 1.0: 505
  kHeaderTooLarge,      // 431
  kBodyTooLarge,        // 413
  kTooSlow,             // 408
  kTooManyConnections,  // 503
  kTooManyRequests,     // 503
  kBusy,                // 429: too many requests that may wait
  kOutOfMemory,         // 503: too many bytes of bodies at once
  kFailed,              // 500: the handler failed
};
inline constexpr HttpProblem kHttpProblems[] = {
    HttpProblem::kMalformed,       HttpProblem::kVersion, HttpProblem::kHeaderTooLarge,
    HttpProblem::kBodyTooLarge,    HttpProblem::kTooSlow, HttpProblem::kTooManyConnections,
    HttpProblem::kTooManyRequests, HttpProblem::kBusy,    HttpProblem::kOutOfMemory,
    HttpProblem::kFailed,
};
int status_of(HttpProblem problem);
/// "malformed"; the code of the answer and the label of the metric.
std::string_view to_string(HttpProblem problem);

/// Thread-safe: connections of several threads ask at the same time.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  /// Whether handle() may wait (for a disk, for a lock): then it runs on a thread beside the connections'.
  virtual bool may_block(const HttpRequest& request) const = 0;
  /// Of other requests some may have to wait all the same, as is seen when they are handled (HttpRequest::may_wait): those are
  /// handled once more, on threads beside those for what may block.
  virtual HttpResponse handle(const HttpRequest& request) = 0;
  /// The answer to what handle() will not see.
  virtual HttpResponse refuse(HttpProblem problem) = 0;
};

/// What a server counts, for metrics. Any thread may read it.
struct HttpCounters {
  std::atomic<int64_t> connections = 0;        // open now
  std::atomic<int64_t> connections_total = 0;  // ever accepted
  std::atomic<int64_t> requests = 0;           // in work now
  std::atomic<int64_t> waiting = 0;            // of these, the ones that may wait
  std::atomic<int64_t> streams = 0;            // open now
  std::atomic<int64_t> body_bytes = 0;         // of requests, held now
  std::atomic<int64_t> timeouts = 0;           // connections cut off, whatever for
  std::atomic<int64_t> refusals[std::size(kHttpProblems)] = {};
};

}  // namespace headrace
