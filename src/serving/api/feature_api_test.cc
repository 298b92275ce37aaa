#include "serving/api/feature_api.h"

#include "serving/api/api_testing.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

class FeatureApiTest : public testing::Test {
 protected:
  HttpCounters counters_;
  std::shared_ptr<ToldValues> values_ = std::make_shared<ToldValues>();
  FeatureApi api_{{.catalog = served_catalog(), .live = values_}, system_clock(), counters_};
};

std::optional<std::string> field_of(const HttpResponse& response, const std::string& name) {
  for (const auto& [each, value] : response.fields) {
    if (each == name) return value;
  }
  return std::nullopt;
}

TEST_F(FeatureApiTest, TellsDefinitions) {
  EXPECT_EQ(
      shown(ask(api_, {.target = "/v1/features/flow_mean"})),
      R"(200 {"name":"flow_mean","version":"1.0","entity":"pump","keys":["pump_id"],"type":"double","owner":"hydraulics",)"
      R"("description":"Mean \"flow\"","tags":["live"],"formula":"flow","aggregation":"mean","window":"1h",)"
      R"("filter":"flow > 0","source":"telemetry"})");
  const std::string derived = shown(ask(api_, {.target = "/v1/features/flow_double"}));
  EXPECT_NE(derived.find(R"("formula":"flow_mean * 2","aggregation":null,"window":null)"), std::string::npos)
      << derived;
  EXPECT_EQ(shown(ask(api_, {.target = "/v1/features/flow_meen"})), "404 unknown_feature");
  const HttpResponse near = ask(api_, {.target = "/v1/features/flow_meen"});
  EXPECT_NE(near.body.find("did you mean `flow_mean`"), std::string::npos);
}

TEST_F(FeatureApiTest, ListsWhatIsAskedFor) {
  const auto names = [&](const std::string& query) {
    const auto document = JsonDocument::parse(ask(api_, {.target = "/v1/features" + query}).body);
    std::string out;
    for (const JsonNode& each : document->root().member("features")->elements())
      out += *each.member("name")->as_text() + " ";
    return out;
  };
  EXPECT_EQ(names(""), "flow_mean flow_double cost_sum ");
  EXPECT_EQ(names("?owner=hydraulics"), "flow_mean flow_double ");
  EXPECT_EQ(names("?owner=hydraulics&tag=live"), "flow_mean ");
  EXPECT_EQ(names("?entity=pump&owner=%66inance"), "cost_sum ");
  EXPECT_EQ(names("?entity=other"), "");
  EXPECT_EQ(shown(ask(api_, {.target = "/v1/features?ownr=x"})), "400 bad_request");
}

TEST_F(FeatureApiTest, ReadsValues) {
  EXPECT_EQ(
      shown(ask(api_, {.method = "POST",
                       .target = "/v1/features:read",
                       .body = R"({"features": ["flow_mean", "cost_sum"], "as_of": "1970-01-01T00:00:02Z",
                                         "entities": [{"pump_id": "p1"}, {"pump_id": 7}]})",
                       .type = "application/json; charset=utf-8"})),
      R"(200 {"as_of":"1970-01-01T00:00:02Z","features":["flow_mean","cost_sum"],"versions":["1.0","1.0"],"rows":[)"
      R"({"entity":{"pump_id":"p1"},"values":[{"value":1,"event_time":"1970-01-01T00:00:00.000001Z",)"
      R"("age_seconds":1.999999,"null_reason":null},)"
      R"({"value":2,"event_time":"1970-01-01T00:00:00.000002Z","age_seconds":1.999998,"null_reason":null}]},)"
      R"({"entity":{"pump_id":7},"values":[{"value":null,"event_time":null,"age_seconds":null,"null_reason":"no_events"},)"
      R"({"value":4,"event_time":"1970-01-01T00:00:00.000004Z","age_seconds":1.999996,"null_reason":null}]}]})");
  EXPECT_EQ(values_->last_read.as_of, EventTime{2'000'000});
}

TEST_F(FeatureApiTest, RefusesReadsThatMeanNothing) {
  const auto read = [&](const std::string& body) {
    return shown(ask(api_, {.method = "POST", .target = "/v1/features:read", .body = body}));
  };
  EXPECT_EQ(read("{"), "400 bad_json");
  EXPECT_EQ(read(""), "400 bad_json");
  EXPECT_EQ(read("[]"), "400 bad_request");
  EXPECT_EQ(read(R"({"features": ["flow_mean"]})"), "400 bad_request");
  EXPECT_EQ(read(R"({"features": [], "entities": []})"), "400 bad_request");
  EXPECT_EQ(read(R"({"features": ["x"], "entities": []})"), "404 unknown_feature");
  EXPECT_EQ(read(R"({"features": ["flow_mean"], "entities": [{"pump_id": "a"}], "as_off": null})"), "400 bad_request");
  EXPECT_EQ(read(R"({"features": ["flow_mean"], "entities": [], "as_of": "yesterday"})"), "400 bad_request");
  const HttpResponse old = ask(api_, {.method = "POST",
                                      .target = "/v1/features:read",
                                      .body = R"({"features": ["flow_mean"], "entities": [], "as_of": "1969-01-01"})"});
  EXPECT_EQ(old.status, 410);
  EXPECT_NE(old.body.find(R"("earliest":"1970-01-01T00:00:00Z")"), std::string::npos);
}

TEST_F(FeatureApiTest, TakesEvents) {
  const auto push = [&](const std::string& type, const std::string& body) {
    return ask(api_, {.method = "POST", .target = "/v1/sources/telemetry/events", .body = body, .type = type});
  };
  EXPECT_EQ(
      shown(push("application/x-ndjson", "{}\n{}")),
      R"(200 {"accepted":2,"late":1,"ahead":0,"unreadable":0,"too_far_ahead":0,"covered":0,"watermark":"1970-01-01T00:00:00Z","repeated":false,"help":"h"})");
  EXPECT_EQ(values_->last_source, "telemetry");
  EXPECT_EQ(values_->last_text, "{}\n{}");
  EXPECT_EQ(values_->last_form, EventsForm::kNdjson);
  EXPECT_EQ(push("application/json", "[]").status, 200);
  EXPECT_EQ(values_->last_form, EventsForm::kJsonArray);
  EXPECT_EQ(shown(push("text/plain", "{}")), "415 unsupported_type");
  EXPECT_EQ(shown(push("", "{}")), "415 unsupported_type");  // what a page of the web can send without being asked
  EXPECT_EQ(field_of(push("application/x-ndjson", "full"), "Retry-After"), "2");
  EXPECT_TRUE(api_.may_block({.method = "POST", .target = "/v1/sources/telemetry/events"}));
  EXPECT_TRUE(api_.may_block({.method = "GET", .target = "/v1/features/flow_mean/explain?key=a=b"}));
  EXPECT_TRUE(api_.may_block({.method = "POST", .target = "/v1/%73ources/telemetry/events"}));
  EXPECT_FALSE(api_.may_block({.method = "POST", .target = "/v1/features:read"}));
  EXPECT_FALSE(api_.may_block({.method = "GET", .target = "/v1/features/explain"}));
}

TEST_F(FeatureApiTest, TellsEventsThatWereLeftOut) {
  const HttpResponse response = ask(api_, {.target = "/v1/sources/telemetry/left-out?after=4-2&limit=7"});
  EXPECT_EQ(response.status, 200);
  EXPECT_NE(response.body.find("\"next\":\"1-0\""), std::string::npos) << response.body;
  EXPECT_EQ(values_->last_left_out.source, "telemetry");
  EXPECT_EQ(values_->last_left_out.after, "4-2");
  EXPECT_EQ(values_->last_left_out.limit, 7);
  for (const char* limit : {"0", "1001", "x", "", "7x", "-1", "99999999999999999999"}) {
    const std::string target = std::string("/v1/sources/telemetry/left-out?limit=") + limit;
    EXPECT_EQ(shown(ask(api_, {.target = target})).substr(0, 15), "400 bad_request") << limit;
  }
}

TEST_F(FeatureApiTest, OperatesSources) {
  const auto post = [&](const std::string& target, const std::string& body = "") {
    return ask(api_,
               {.method = "POST", .target = target, .body = body, .type = body.empty() ? "" : "application/json"});
  };
  EXPECT_EQ(post("/v1/sources/telemetry/pause").body,
            "{\"source\":\"telemetry\",\"state\":\"paused\",\"since\":null,\"remark\":\"\"}");
  EXPECT_NE(post("/v1/sources/telemetry/resume").body.find("\"running\""), std::string::npos);
  const HttpResponse rewound = post("/v1/sources/telemetry/rewind", R"({"to": "1970-01-01T00:00:05Z"})");
  EXPECT_NE(rewound.body.find("\"messages\":3"), std::string::npos) << rewound.body;
  EXPECT_EQ(values_->last_rewind.source, "telemetry");
  EXPECT_EQ(values_->last_rewind.to.us, 5'000'000);
  EXPECT_EQ(shown(post("/v1/sources/telemetry/rewind", R"({"to": "soon"})")).substr(0, 3), "400");
  EXPECT_EQ(shown(post("/v1/sources/telemetry/rewind", R"({"too": 1})")).substr(0, 3), "400");
  EXPECT_EQ(shown(post("/v1/sources/telemetry/rewind")).substr(0, 3), "400");
}

TEST_F(FeatureApiTest, AnswersAsFeastDoes) {
  EXPECT_EQ(
      shown(ask(api_, {.method = "POST",
                       .target = "/get-online-features",
                       .body = R"({"features": ["pump:flow_mean", "cost_sum"], "entities": {"pump_id": ["p1", "p2"]},
                                         "full_feature_names": true, "other": 1})"})),
      R"(200 {"metadata":{"feature_names":["pump_id","pump__flow_mean","cost_sum"]},"results":[)"
      R"({"values":["p1","p2"],"statuses":["PRESENT","PRESENT"],)"
      R"("event_timestamps":["1970-01-01T00:00:00Z","1970-01-01T00:00:00Z"]},)"
      R"({"values":[1,null],"statuses":["PRESENT","NOT_FOUND"],)"
      R"("event_timestamps":["1970-01-01T00:00:00.000001Z","1970-01-01T00:00:00Z"]},)"
      R"({"values":[2,4],"statuses":["PRESENT","PRESENT"],)"
      R"("event_timestamps":["1970-01-01T00:00:00.000002Z","1970-01-01T00:00:00.000004Z"]}]})");
  const auto feast = [&](const std::string& body) {
    return shown(ask(api_, {.method = "POST", .target = "/get-online-features", .body = body}));
  };
  EXPECT_EQ(feast(R"({"features": ["a:cost_sum"], "entities": {"x": [1], "y": [1, 2]}})"), "400 bad_request");
  EXPECT_EQ(feast(R"({"feature_service": "s", "entities": {"x": [1]}})"), "400 bad_request");
  EXPECT_EQ(feast(R"({"features": ["a:b"], "entities": {"x": [1]}})"), "404 unknown_feature");
}

TEST_F(FeatureApiTest, HasOneFormForPathsAndMethodsThatAreNot) {
  EXPECT_EQ(shown(ask(api_, {.target = "/v2"})), "404 unknown_path");
  EXPECT_EQ(shown(ask(api_, {.target = "/"})), "404 unknown_path");
  EXPECT_EQ(shown(ask(api_, {.target = "/v1/features/"})), "400 bad_request");
  EXPECT_EQ(shown(ask(api_, {.target = "/v1/features/%zz"})), "400 bad_request");
  const HttpResponse wrong = ask(api_, {.method = "DELETE", .target = "/v1/features"});
  EXPECT_EQ(shown(wrong), "405 method_not_allowed");
  EXPECT_EQ(field_of(wrong, "Allow"), "GET, HEAD");
  EXPECT_EQ(ask(api_, {.method = "HEAD", .target = "/healthz"}).status, 200);
}

TEST_F(FeatureApiTest, PagesOfOtherSitesCannotAsk) {
  EXPECT_EQ(shown(ask(api_, {.target = "/v1/features", .host = "evil.example"})), "403 foreign_host");
  EXPECT_EQ(ask(api_, {.target = "/v1/features", .host = "127.0.0.1:7077"}).status, 200);
  const auto from = [&](std::string_view origin) {
    const std::vector<HttpField> fields = {{"Host", "localhost:7077"}, {"Origin", origin}};
    return shown(api_.handle({.method = "POST", .target = "/v1/reload", .fields = fields}));
  };
  EXPECT_EQ(from("https://evil.example"), "403 foreign_host");
  EXPECT_EQ(from("null"), "403 foreign_host");
  EXPECT_EQ(from("http://localhost:3000"), "503 unavailable") << "nobody has said how to reload here";
}

TEST_F(FeatureApiTest, TellsMetricsOfSourcesAsTheyAre) {
  values_->statuses[0].accepted = 5;
  values_->statuses[0].watermark = EventTime{2'000'000};
  values_->statuses[0].newest = EventTime{-3'000'000};
  values_->statuses[0].lag = 8;
  const std::string text = ask(api_, {.target = "/metrics"}).body;
  EXPECT_NE(text.find("# TYPE headrace_events_accepted_total counter\n"
                      "headrace_events_accepted_total{source=\"telemetry\"} 5\n"
                      "headrace_events_accepted_total{source=\"service\"} 0\n"),
            std::string::npos);
  EXPECT_NE(text.find("headrace_watermark_seconds{source=\"telemetry\"} 2\n"), std::string::npos);
  EXPECT_EQ(text.find("headrace_watermark_seconds{source=\"service\"}"), std::string::npos);
  EXPECT_NE(text.find("headrace_lag_events{source=\"telemetry\"} 8\n"), std::string::npos);
  EXPECT_NE(text.find("headrace_feature_freshness_seconds{feature=\"flow_mean\"} 3\n"), std::string::npos);
  EXPECT_EQ(text.find("headrace_feature_freshness_seconds{feature=\"cost_sum\"}"), std::string::npos);
  EXPECT_NE(text.find("headrace_state_bytes 7\n"), std::string::npos);
  EXPECT_NE(text.find("headrace_commit_duration_seconds_count 1\n"), std::string::npos);
  values_->statuses.clear();
  EXPECT_EQ(ask(api_, {.target = "/metrics"}).body.find("headrace_events_accepted_total"), std::string::npos);
}

TEST_F(FeatureApiTest, TellsWhatFeaturesTook) {
  const std::string all = ask(api_, {.target = "/v1/meter"}).body;
  EXPECT_NE(all.find(R"("cost_sum")"), std::string::npos);
  EXPECT_NE(all.find(R"("nodes":[{"kind":"source")"), std::string::npos);
  EXPECT_EQ(all.find(R"("others")"), std::string::npos);
  const std::string text = ask(api_, {.target = "/metrics"}).body;
  EXPECT_NE(text.find("headrace_feature_cpu_seconds_total{feature=\"cost_sum\"} 5e-09\n"), std::string::npos) << text;
  EXPECT_NE(text.find("headrace_feature_rows_total{feature=\"flow_mean\"} 3\n"), std::string::npos);
  EXPECT_NE(text.find("headrace_feature_cpu_seconds_total{feature=\"(none)\"} 1e-09\n"), std::string::npos);
}

/// The parts add up for them too, but nothing of others has a name.
TEST_F(FeatureApiTest, ScopedTokensSeeOthersTogether) {
  const NewToken token = new_token(Role::kRead, {"hydraulics"});
  api_.swap({.catalog = served_catalog(),
             .tokens = std::make_shared<const TokenTable>(*TokenTable::parse(token.line + "\n", "tokens")),
             .live = values_});
  const std::string seen = ask(api_, {.target = "/v1/meter", .token = token.token}).body;
  EXPECT_NE(seen.find(R"("others":{"cpu_ns":5,"rows":1)"), std::string::npos) << seen;
  EXPECT_EQ(seen.find("cost_sum"), std::string::npos);
  EXPECT_EQ(seen.find("telemetry"), std::string::npos);
  const std::string text = ask(api_, {.target = "/metrics", .token = token.token}).body;
  EXPECT_NE(text.find("headrace_feature_rows_total{feature=\"(others)\"} 1\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("cost_sum"), std::string::npos);
}

TEST_F(FeatureApiTest, SaysWhetherItIsReady) {
  EXPECT_EQ(ask(api_, {.target = "/readyz"}).status, 200);
  values_->reason = "windows are rebuilt";
  EXPECT_EQ(shown(ask(api_, {.target = "/readyz"})), "503 not_ready");
  values_->reason = "";
  api_.set_stopping();
  EXPECT_EQ(shown(ask(api_, {.target = "/readyz"})), "503 not_ready");
  EXPECT_EQ(ask(api_, {.target = "/healthz"}).status, 200);
}

TEST_F(FeatureApiTest, SwapsWithoutAGap) {
  const LoadedRepository empty = load_repository({{"project.yaml", "project: {name: other}\n"}});
  api_.swap({.catalog = std::make_shared<const FeatureCatalog>(empty.repository), .live = values_});
  EXPECT_EQ(shown(ask(api_, {.target = "/v1/features"})), R"(200 {"project":"other","features":[]})");
}

TEST_F(FeatureApiTest, CountsWhatItAnswers) {
  ask(api_, {.target = "/v1/features"});
  ask(api_, {.target = "/v1/features"});
  ask(api_, {.target = "/nothing"});
  const std::string text = ask(api_, {.target = "/metrics"}).body;
  const auto has = [&](const std::string& line) { return text.find(line + "\n") != std::string::npos; };
  EXPECT_TRUE(has(R"(headrace_http_requests_total{method="GET",route="/v1/features",status="200"} 2)")) << text;
  EXPECT_TRUE(has(R"(headrace_http_requests_total{method="other",route="other",status="404"} 1)"));
  EXPECT_TRUE(has(R"(headrace_http_request_duration_seconds_count{method="GET",route="/v1/features"} 2)"));
  EXPECT_TRUE(has("headrace_features 3"));
}

/// What a server without events serves is a part of what one with them does.
TEST(FeatureApi, DefinitionsOnly) {
  HttpCounters counters;
  FeatureApi api({.catalog = served_catalog()}, system_clock(), counters);
  EXPECT_EQ(shown(ask(api, {.method = "POST", .target = "/v1/features:read", .body = "{}"})), "404 unknown_path");
  EXPECT_EQ(shown(ask(api, {.target = "/v1/sources"})), "404 unknown_path");
  EXPECT_EQ(ask(api, {.target = "/v1/features"}).status, 200);
}

}  // namespace
}  // namespace headrace
