#include "serving/http/http_handler.h"

namespace headrace {

int status_of(HttpProblem problem) {
  switch (problem) {
    case HttpProblem::kMalformed: return 400;
    case HttpProblem::kVersion: return 505;
    case HttpProblem::kHeaderTooLarge: return 431;
    case HttpProblem::kBodyTooLarge: return 413;
    case HttpProblem::kTooSlow: return 408;
    case HttpProblem::kTooManyConnections:
    case HttpProblem::kTooManyRequests:
    case HttpProblem::kOutOfMemory: return 503;
    case HttpProblem::kBusy: return 429;
    case HttpProblem::kFailed: return 500;
  }
  return 500;
}

std::string_view to_string(HttpProblem problem) {
  switch (problem) {
    case HttpProblem::kMalformed: return "malformed";
    case HttpProblem::kVersion: return "http_version";
    case HttpProblem::kHeaderTooLarge: return "header_too_large";
    case HttpProblem::kBodyTooLarge: return "body_too_large";
    case HttpProblem::kTooSlow: return "too_slow";
    case HttpProblem::kTooManyConnections: return "too_many_connections";
    case HttpProblem::kTooManyRequests: return "too_many_requests";
    case HttpProblem::kBusy: return "busy";
    case HttpProblem::kOutOfMemory: return "too_many_bytes";
    case HttpProblem::kFailed: return "failed";
  }
  return "failed";
}

}  // namespace headrace
