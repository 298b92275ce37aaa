#include "serving/traces/otlp_exporter.h"

#include "serving/http/http_server.h"

#include <gtest/gtest.h>

#include <chrono>

namespace headrace {
namespace {

/// A collector: keeps what is sent to it, and answers as it is told.
class Collector : public HttpHandler {
 public:
  Collector() {
    Result<std::unique_ptr<HttpServer>> started = HttpServer::start({}, *this, counters_);
    CHECK(started.ok());
    server_ = *std::move(started);
  }

  bool may_block(const HttpRequest& /*request*/) const override { return false; }
  HttpResponse handle(const HttpRequest& request) override {
    const std::lock_guard lock(mutex_);
    bodies_.emplace_back(request.body);
    header_ = request.field("x-key").value_or("");
    target_ = request.target;
    came_.notify_all();
    const int status = statuses_.empty() ? 200 : statuses_.front();
    if (!statuses_.empty()) statuses_.erase(statuses_.begin());
    return {.status = status, .body = "{}"};
  }
  HttpResponse refuse(HttpProblem problem) override { return {.status = status_of(problem)}; }

  OtlpSettings settings() const {
    OtlpSettings settings = *parse_otlp_endpoint("http://127.0.0.1:" + std::to_string(server_->address().port));
    settings.headers = {{"x-key", "k"}};
    settings.environment = "test";
    settings.every_ms = 1;
    return settings;
  }
  void answer_with(std::vector<int> statuses) {
    const std::lock_guard lock(mutex_);
    statuses_ = std::move(statuses);
  }
  /// The bodies, once there are so many.
  std::vector<std::string> bodies(size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(came_.wait_for(lock, std::chrono::seconds(30), [&] { return bodies_.size() >= count; }));
    return bodies_;
  }
  std::string header() {
    const std::lock_guard lock(mutex_);
    return header_;
  }
  std::string target() {
    const std::lock_guard lock(mutex_);
    return target_;
  }

 private:
  HttpCounters counters_;
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<std::string> bodies_;
  std::vector<int> statuses_;
  std::string header_, target_;
  std::unique_ptr<HttpServer> server_;
};

TraceSpan span_named(const std::string& name) {
  TraceSpan span;
  span.name = name;
  span.context = {.trace_high = 1, .trace_low = 2, .span = 3, .is_sampled = true};
  span.parent = 4;
  span.start_us = 5;
  span.took_us = 6;
  span.notes = {{"count", int64_t{7}}, {"route", std::string("/x")}};
  return span;
}

TEST(OtlpJson, IsThatOfTheProtocol) {
  EXPECT_EQ(otlp_json({span_named("a")}, "test").substr(0, 60),
            R"({"resourceSpans":[{"resource":{"attributes":[{"key":"service)");
  const std::string json = otlp_json({span_named("a")}, "test");
  EXPECT_NE(json.find(R"("spans":[{"traceId":"00000000000000010000000000000002","spanId":"0000000000000003",)"
                      R"("parentSpanId":"0000000000000004","name":"a","kind":1,"startTimeUnixNano":"5000",)"
                      R"("endTimeUnixNano":"11000","attributes":[{"key":"count","value":{"intValue":"7"}},)"
                      R"({"key":"route","value":{"stringValue":"/x"}}],"status":{"code":0}}])"),
            std::string::npos)
      << json;
}

TEST(OtlpEndpoint, HasAPathOrTheUsualOne) {
  EXPECT_EQ(parse_otlp_endpoint("http://a:4318")->target, "/v1/traces");
  EXPECT_EQ(parse_otlp_endpoint("http://a:4318/")->target, "/v1/traces");
  EXPECT_EQ(parse_otlp_endpoint("https://a/otlp/v1/traces")->target, "/otlp/v1/traces");
  EXPECT_EQ(parse_otlp_endpoint("https://a/otlp/v1/traces")->url.host, "a");
  EXPECT_FALSE(parse_otlp_endpoint("a:4318").ok());
  EXPECT_FALSE(parse_otlp_endpoint("").ok());
}

TEST(OtlpExporter, SendsWhatItTakes) {
  Collector collector;
  {
    OtlpExporter exporter(collector.settings());
    exporter.take(span_named("first"));
    EXPECT_NE(collector.bodies(1)[0].find("first"), std::string::npos);
    exporter.take(span_named("second"));
  }
  const std::vector<std::string> bodies = collector.bodies(2);
  EXPECT_NE(bodies.back().find("second"), std::string::npos) << "what waits at the end is sent too";
  EXPECT_EQ(collector.header(), "k");
  EXPECT_EQ(collector.target(), "/v1/traces");
}

TEST(OtlpExporter, TriesAgainWhereThatHasAUse) {
  Collector collector;
  collector.answer_with({503, 429, 200, 400});
  OtlpExporter exporter(collector.settings());
  exporter.take(span_named("patient"));
  const std::vector<std::string> bodies = collector.bodies(3);
  EXPECT_EQ(bodies[0], bodies[2]);
  exporter.take(span_named("refused"));
  exporter.take(span_named("last"));
  for (size_t count = 4; exporter.sent() + exporter.dropped() < 3; ++count)
    collector.bodies(std::min<size_t>(count, 4));
  EXPECT_EQ(exporter.failures(), 3);
  EXPECT_GE(exporter.dropped(), 1);
}

/// Nobody listens: what is handed over is never waited for, and counted when it is lost.
TEST(OtlpExporter, NeverWaits) {
  OtlpSettings settings = *parse_otlp_endpoint("http://127.0.0.1:1");
  settings.every_ms = 1;
  OtlpExporter exporter(settings);
  const int64_t many = 3 * static_cast<int64_t>(OtlpExporter::kQueueMax);
  for (int64_t i = 0; i < many; ++i) exporter.take(span_named("lost"));
  EXPECT_EQ(exporter.sent(), 0);
  EXPECT_GT(exporter.dropped(), 0);
}

TEST(OtlpExporter, SamplesAShare) {
  OtlpSettings settings = *parse_otlp_endpoint("http://127.0.0.1:1");
  settings.sample = 0.25;
  const OtlpExporter quarter(settings);
  EXPECT_TRUE(quarter.is_sampled(0));
  EXPECT_TRUE(quarter.is_sampled(UINT64_MAX / 5));
  EXPECT_FALSE(quarter.is_sampled(UINT64_MAX / 3));
  settings.sample = 1;
  const OtlpExporter all(settings);
  EXPECT_TRUE(all.is_sampled(UINT64_MAX));
}

}  // namespace
}  // namespace headrace
