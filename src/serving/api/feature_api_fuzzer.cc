/// Any bytes as a request to the API: its first line is method and target, the second the content type, what follows the
/// body. The answer keeps these laws:
///   - its status is one that the route is described with, or that of a path or a method that there is not;
///   - failures have the one form, and answers of JSON are JSON;
///   - the same request is answered the same.

#include "serving/api/api_testing.h"

#include <algorithm>
#include <cstdint>

namespace headrace {
namespace {

std::string take_line(std::string& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  std::string line = text.substr(0, end);
  text.erase(0, end + 1);
  return line;
}

struct FuzzedServer {
  HttpCounters counters;
  FeatureApi api{{.catalog = served_catalog(), .live = std::make_shared<ToldValues>()}, system_clock(), counters};
};

bool is_described(const FeatureApi& api, const AskedFor& asked, int status) {
  std::string problem;
  const std::optional<RequestTarget> target = parse_target(asked.target, problem);
  if (!target) return status == 400;
  for (const Route& route : api.routes()) {
    if (!match_path(route.path, target->segments)) continue;
    const std::vector<int> statuses = statuses_of(route);
    const bool is_asked = route.method == asked.method || (asked.method == "HEAD" && route.method == "GET");
    if (is_asked) return std::find(statuses.begin(), statuses.end(), status) != statuses.end();
  }
  return status == 404 || status == 405;
}

void run(std::string text) {
  static FuzzedServer server;
  const std::string first = take_line(text);
  const size_t blank = std::min(first.find(' '), first.size());
  AskedFor asked{.method = first.substr(0, blank), .target = first.substr(std::min(blank + 1, first.size()))};
  asked.type = take_line(text);
  asked.body = std::move(text);

  const HttpResponse response = ask(server.api, asked);
  CHECK(is_described(server.api, asked, response.status));
  if (response.status != 200) shown(response);
  const bool is_json = response.content_type == "application/json";
  CHECK(!is_json || JsonDocument::parse(response.body).has_value());
  if (is_json) CHECK(ask(server.api, asked).body == response.body);
}

}  // namespace
}  // namespace headrace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  headrace::run(std::string(reinterpret_cast<const char*>(bytes), size));
  return 0;
}
