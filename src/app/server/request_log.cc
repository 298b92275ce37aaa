#include "app/server/request_log.h"

#include "app/terminal.h"
#include "base/clock.h"
#include "data/json/json_texts.h"

namespace headrace {
namespace {

struct LoggedRequest {
  EventTime time;
  std::string method;
  std::string route;
  int64_t status = 0;
  int64_t took_us = 0;
  int64_t request_bytes = 0;
  int64_t answer_bytes = 0;
  std::optional<std::string> trace_id;
};

template <typename Fields>
void describe(Fields& fields, const LoggedRequest*) {
  fields.required("time", &LoggedRequest::time);
  fields.computed("level", [](const LoggedRequest& of) { return std::string(of.status < 500 ? "info" : "error"); });
  fields.computed("event", [](const LoggedRequest&) { return std::string("request"); });
  fields.required("method", &LoggedRequest::method);
  fields.required("route", &LoggedRequest::route);
  fields.required("status", &LoggedRequest::status);
  fields.required("took_us", &LoggedRequest::took_us);
  fields.required("request_bytes", &LoggedRequest::request_bytes);
  fields.required("answer_bytes", &LoggedRequest::answer_bytes);
  fields.optional("trace_id", &LoggedRequest::trace_id);
}

}  // namespace

void log_request(const AnsweredRequest& request) {
  std::optional<std::string> trace_id;
  if (!request.trace_id.empty()) trace_id = request.trace_id;
  std::string line = json_document(LoggedRequest{.time = EventTime{system_clock().now_us()},
                                                 .method = std::string(request.method),
                                                 .route = std::string(request.route),
                                                 .status = request.status,
                                                 .took_us = request.took_us,
                                                 .request_bytes = static_cast<int64_t>(request.request_bytes),
                                                 .answer_bytes = static_cast<int64_t>(request.answer_bytes),
                                                 .trace_id = trace_id},
                                   JsonLayout::kLine);
  if (!line.ends_with('\n')) line += '\n';
  write_err(line);
}

}  // namespace headrace
