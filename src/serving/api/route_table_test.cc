/// What holds for every route of the table: it is described, and nobody without the right token is answered.

#include "serving/api/api_testing.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace headrace {
namespace {

struct Tokens {
  NewToken read = new_token(Role::kRead, {}), write = new_token(Role::kWrite, {}), admin = new_token(Role::kAdmin, {});
  NewToken finance = new_token(Role::kWrite, {"finance"});

  std::shared_ptr<const TokenTable> table() const {
    std::string text;
    for (const NewToken* each : {&read, &write, &admin, &finance}) text += each->line + "\n";
    return std::make_shared<const TokenTable>(*TokenTable::parse(text, "tokens"));
  }
};

class RouteTableTest : public testing::Test {
 protected:
  void SetUp() override {
    api_.set_reload([] { return ReloadAnswer{.project = "station", .features = 3, .version = "v"}; });
  }
  HttpResponse ask_route(const Route& route, const std::string& token) {
    const std::string type = route.request ? std::string(route.request->content_types.front()) : "";
    const bool is_feast = route.path == "/get-online-features";
    const std::string features =
        fmt::format(R"({{"features": ["flow_mean"], "entities": {}}})", is_feast ? "{}" : "[]");
    return ask(api_, {.method = std::string(route.method),
                      .target = target_of(route),
                      .body = route.path.ends_with("/rewind")   ? R"({"to": "2024-03-01T00:00:00Z"})"
                              : route.path.ends_with(":forget") ? R"({"key": {"pump_id": "p1"}})"
                                                                : features,
                      .token = token,
                      .type = type,
                      .host = "features.example"});
  }

  Tokens tokens_;
  HttpCounters counters_;
  std::shared_ptr<ToldValues> values_ = std::make_shared<ToldValues>();
  FeatureApi api_{{.catalog = served_catalog(), .tokens = tokens_.table(), .live = values_}, system_clock(), counters_};
};

TEST_F(RouteTableTest, NobodyIsAnsweredWithoutTheRole) {
  int guarded = 0;
  for (const Route& route : api_.routes()) {
    const std::string name = std::string(route.method) + " " + std::string(route.path);
    if (route.role == Role::kNone) {
      EXPECT_EQ(ask_route(route, "").status, 200) << name;
      continue;
    }
    ++guarded;
    EXPECT_EQ(shown(ask_route(route, "")), "401 no_token") << name;
    EXPECT_EQ(shown(ask_route(route, "headrace_wrong")), "401 unknown_token") << name;
    EXPECT_EQ(shown(ask_route(route, tokens_.read.line.substr(7))), "401 unknown_token") << name;
    for (const auto& [role, token] :
         {std::pair(Role::kRead, tokens_.read), {Role::kWrite, tokens_.write}, {Role::kAdmin, tokens_.admin}}) {
      const HttpResponse response = ask_route(route, token.token);
      if (includes(role, route.role)) {
        EXPECT_TRUE(response.status == 200 || response.status == 404) << name << " " << response.body;
      } else {
        EXPECT_EQ(shown(response), "403 wrong_role") << name;
      }
    }
  }
  EXPECT_GE(guarded, 6);
}

TEST_F(RouteTableTest, OwnersSeeTheirOwn) {
  const auto asked = [&](const std::string& method, const std::string& target, const std::string& body = "") {
    const std::string type = target.ends_with("events") ? "application/x-ndjson" : "";
    return shown(
        ask(api_, {.method = method, .target = target, .body = body, .token = tokens_.finance.token, .type = type}));
  };
  EXPECT_EQ(asked("GET", "/v1/features/flow_mean"), "403 out_of_scope");
  EXPECT_TRUE(asked("GET", "/v1/features/cost_sum").starts_with("200"));
  EXPECT_EQ(asked("GET", "/v1/features").find("flow_mean"), std::string::npos);
  EXPECT_NE(asked("GET", "/v1/features").find("cost_sum"), std::string::npos);
  const std::string both = R"({"features": ["cost_sum", "flow_mean"], "entities": []})";
  EXPECT_EQ(asked("POST", "/v1/features:read", both), "403 out_of_scope");
  EXPECT_TRUE(asked("POST", "/v1/features:read", R"({"features": ["cost_sum"], "entities": []})").starts_with("200"));
  EXPECT_EQ(asked("POST", "/get-online-features", R"({"features": ["p:flow_mean"], "entities": {}})"),
            "403 out_of_scope");
  EXPECT_EQ(asked("GET", "/v1/watch?feature=cost_sum&feature=flow_mean&key=pump_id=p1"), "403 out_of_scope");
  EXPECT_TRUE(asked("GET", "/v1/watch?feature=cost_sum&key=pump_id=p1").starts_with("200"));
  EXPECT_EQ(asked("GET", "/v1/features/flow_mean/explain?key=pump_id=p1"), "403 out_of_scope");
  EXPECT_TRUE(asked("GET", "/v1/features/cost_sum/explain?key=pump_id=p1").starts_with("200"));
  EXPECT_EQ(asked("POST", "/v1/sources/telemetry/events"), "403 out_of_scope");
  EXPECT_EQ(asked("POST", "/v1/sources/unknown/events"), "403 out_of_scope");
  EXPECT_TRUE(asked("POST", "/v1/sources/service/events").starts_with("200"));
  EXPECT_EQ(asked("GET", "/v1/sources").find("telemetry"), std::string::npos);
  EXPECT_NE(asked("GET", "/v1/sources").find("service"), std::string::npos);
}

TEST_F(RouteTableTest, WhatIsServedIsDescribed) {
  const HttpResponse response = ask(api_, {.target = "/openapi.json", .token = tokens_.read.token});
  const auto document = JsonDocument::parse(response.body);
  ASSERT_TRUE(document.has_value());
  const JsonNode paths = *document->root().member("paths");

  size_t described = 0;
  for (const auto& [path, operations] : paths.members()) described += operations.members().size();
  EXPECT_EQ(described, api_.routes().size());
  std::set<std::string> operations;
  for (const Route& route : api_.routes()) {
    std::string method(route.method);
    std::transform(method.begin(), method.end(), method.begin(),
                   [](char c) { return static_cast<char>(c - 'A' + 'a'); });
    const auto path = paths.member(route.path);
    ASSERT_TRUE(path.has_value()) << route.path;
    const auto operation = path->member(method);
    ASSERT_TRUE(operation.has_value()) << route.path;
    EXPECT_TRUE(operations.insert(*operation->member("operationId")->as_text()).second) << route.operation;
    EXPECT_EQ(operation->member("requestBody").has_value(), route.request.has_value());
    for (const int status : {400, 500, 503}) {
      EXPECT_TRUE(operation->member("responses")->member(std::to_string(status)).has_value()) << route.path << status;
    }
    const int status = ask_route(route, tokens_.admin.token).status;
    EXPECT_TRUE(operation->member("responses")->member(std::to_string(status)).has_value()) << route.path << status;
  }
}

/// Each reference of the document leads to a schema of it.
TEST_F(RouteTableTest, ReferencesLeadSomewhere) {
  const std::string text = openapi_document(api_.routes());
  const auto document = JsonDocument::parse(text);
  const JsonNode schemas = *document->root().member("components")->member("schemas");
  constexpr std::string_view kMark = "\"$ref\": \"#/components/schemas/";
  size_t count = 0;
  for (size_t place = text.find(kMark); place != std::string::npos; place = text.find(kMark, place + 1)) {
    const size_t start = place + kMark.size();
    const std::string name = text.substr(start, text.find('"', start) - start);
    EXPECT_TRUE(schemas.member(name).has_value()) << name;
    ++count;
  }
  EXPECT_GT(count, 20U);
  EXPECT_EQ(text.find("$defs"), std::string::npos);
}

TEST(RequestTarget, IsDecoded) {
  std::string problem;
  const auto target = parse_target("/a%20b/c+d?x=1+2&y&=z&x=3", problem);
  ASSERT_TRUE(target.has_value());
  EXPECT_EQ(target->segments, (std::vector<std::string>{"a b", "c+d"}));
  EXPECT_EQ(target->query.size(), 4U);
  EXPECT_EQ(target->parameter("x"), "1 2");
  EXPECT_EQ(target->parameter("y"), "");
  EXPECT_EQ(parse_target("/", problem)->segments.size(), 0U);
  EXPECT_EQ(parse_target("/a%2Fb", problem)->segments, std::vector<std::string>{"a/b"});
}

TEST(RequestTarget, RefusesWhatIsNoPath) {
  std::string many = "/a?";
  for (size_t i = 0; i < kTargetPartsMax; ++i) many += "&x";
  for (const std::string& target :
       {std::string(""), std::string("a"), std::string("*"), std::string("http://a/b"), std::string("//"),
        std::string("/a//b"), std::string("/a/"), std::string("/./a"), std::string("/a/%2e%2E"), std::string("/%"),
        std::string("/%4"), std::string("/%g0"), std::string("/%00"), std::string("/%ff"), std::string("/a?x=%0a"),
        many}) {
    std::string problem;
    EXPECT_FALSE(parse_target(target, problem).has_value()) << target;
    EXPECT_FALSE(problem.empty());
  }
}

TEST(MetricRegistry, WritesEscapedAndOrdered) {
  MetricRegistry registry;
  registry.counter("b_total", "B \\ \n.", {{"z", "1"}, {"a", "say \"x\"\n\\"}}).add(3);
  registry.counter("b_total", "B \\ \n.", {{"a", "0"}, {"z", "2"}}).add(1);
  registry.read_at_scrape("a", "gauge", "A.", {}, [] { return 0.5; });
  Histogram& histogram = registry.histogram("c_seconds", "C.", {{"r", "x"}});
  for (const int64_t us : {1, 25, 26, 10'000'000, 10'000'001}) histogram.observe_us(us);
  const std::string text = registry.text();
  EXPECT_TRUE(
      text.starts_with("# HELP a A.\n# TYPE a gauge\na 0.5\n# HELP b_total B \\\\ \\n.\n# TYPE b_total counter\n"
                       "b_total{a=\"0\",z=\"2\"} 1\nb_total{a=\"say \\\"x\\\"\\n\\\\\",z=\"1\"} 3\n"
                       "# HELP c_seconds C.\n# TYPE c_seconds histogram\n"
                       "c_seconds_bucket{r=\"x\",le=\"2.5e-05\"} 2\nc_seconds_bucket{r=\"x\",le=\"5e-05\"} 3\n"))
      << text;
  EXPECT_TRUE(
      text.ends_with("c_seconds_bucket{r=\"x\",le=\"10\"} 4\nc_seconds_bucket{r=\"x\",le=\"+Inf\"} 5\n"
                     "c_seconds_sum{r=\"x\"} 20.000053\nc_seconds_count{r=\"x\"} 5\n"))
      << text;
}

}  // namespace
}  // namespace headrace
