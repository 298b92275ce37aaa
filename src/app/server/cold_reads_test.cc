/// A server whose disk hangs: who reads an entity that is not in memory waits for it, and nobody else, though all connections
/// are of one thread.

#include "app/server/arrow_forms.h"
#include "app/server/served_features.h"
#include "serving/api/feature_api.h"
#include "serving/http/http_server.h"
#include "serving/http/raw_client_testing.h"
#include "store/rocks_event_log.h"
#include "store/rocks_files_testing.h"
#include "testing/faulty_file_system.h"
#include "testing/stopped_clock.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace headrace {
namespace {

constexpr std::string_view kColdDefinitions = R"yaml(
project: {name: shop}
---
entity: {name: visitor, key: visitor_id}
---
source: {name: visits, entity: visitor, event_time: at, columns: {visitor_id: string, spent: double}}
---
feature: {name: spent, description: d, aggregation: sum, window: lifetime, source_features: [spent], owner: t, version: "1.0"}
)yaml";
constexpr char kColdStore[] = "store";

/// Where it is closed, whoever reads an entity of the store waits.
class Gate {
 public:
  void close() {
    const std::lock_guard lock(mutex_);
    is_closed_ = true;
  }
  void open() {
    const std::lock_guard lock(mutex_);
    is_closed_ = false;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock(mutex_);
    waiting_ += is_closed_ ? 1 : 0;
    changed_.notify_all();
    changed_.wait(lock, [&] { return !is_closed_; });
  }
  void wait_for_reader() {
    std::unique_lock lock(mutex_);
    const bool has_come = changed_.wait_for(lock, std::chrono::seconds(30), [&] { return waiting_ > 0; });
    ASSERT_TRUE(has_come) << "nobody reads the store";
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_closed_ = false;
  int waiting_ = 0;
};

/// A log whose disk hangs where the gate is closed. Blocks of the store may be in memory whatever a test does, so the gate stands
/// before it.
class LogBehindGate : public EventLog {
 public:
  LogBehindGate(std::unique_ptr<EventLog> log, Gate& gate) : log_(std::move(log)), gate_(gate) {}

  uint64_t next() const override { return log_->next(); }
  Status append(std::span<const LoggedPush> pushes) override { return log_->append(pushes); }
  Status replay(uint64_t from, const Take& take) const override { return log_->replay(from, take); }
  Status note(const std::string& name, const std::optional<std::string>& bytes) override {
    return log_->note(name, bytes);
  }
  Result<std::map<std::string, std::string>> notes(const std::string& prefix) const override {
    return log_->notes(prefix);
  }
  Status save(const LogCheckpoint& checkpoint) override { return log_->save(checkpoint); }
  Result<std::optional<LogCheckpoint>> checkpoint() const override { return log_->checkpoint(); }
  bool keeps_resting() const override { return log_->keeps_resting(); }
  Result<std::optional<std::string>> resting(const RestingPlace& place) const override {
    gate_.pass();
    return log_->resting(place);
  }
  Result<std::vector<RestingRow>> resting_after(const RestingPlace& place, size_t count) const override {
    return log_->resting_after(place, count);
  }
  Result<uint64_t> next_generation(const std::string& entity) const override { return log_->next_generation(entity); }

 private:
  const std::unique_ptr<EventLog> log_;
  Gate& gate_;
};

class ColdReadsTest : public testing::Test {
 protected:
  void start() {
    Session session = Session::of_texts({{"project.yaml", std::string(kColdDefinitions)}}, ".");
    ASSERT_FALSE(session.diagnostics().has_errors());
    env_ = rocks_env_over(files_);
    log_ = std::make_unique<LogBehindGate>(open_rocks_event_log_over(kColdStore, files_, env_.get()).value(), gate_);
    LiveOptions options;
    options.clock = &clock_;
    options.log = log_.get();
    options.history = Duration{0};
    options.rests_always = true;
    served_ = ServedFeatures::open(session, options, LiveBeginning::find(session, options).value(), "backups").value();
    api_ = std::make_unique<FeatureApi>(
        ServedState{.catalog = std::make_shared<const FeatureCatalog>(session.repository()),
                    .tokens = nullptr,
                    .live = served_,
                    .arrow = &arrow_forms()},
        system_clock(), counters_);
    server_ = HttpServer::start({.threads = 1}, *api_, counters_).value();
  }
  /// Whoever still waits ends, also where a test has failed.
  void TearDown() override {
    gate_.open();
    stop();
  }
  void stop() {
    server_.reset();
    api_.reset();
    served_.reset();
    log_.reset();
  }

  void visit(const std::string& visitor, double spent) {
    const std::string line = fmt::format(R"({{"visitor_id": "{}", "at": "{}", "spent": {}}})", visitor,
                                         to_string(EventTime{clock_.now}), spent);
    const ApiOr<PushAnswer> pushed = served_->push({.source = "visits", .text = line});
    ASSERT_TRUE(std::holds_alternative<PushAnswer>(pushed));
  }
  RawClient client() { return RawClient(server_->address().port); }
  static void ask(RawClient& client, const std::string& visitor) {
    const std::string body = fmt::format(R"({{"features":["spent"],"entities":[{{"visitor_id":"{}"}}]}})", visitor);
    client.send(fmt::format("POST /v1/features:read HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{}",
                            body.size(), body));
  }

  StoppedClock clock_;
  FaultyFileSystem files_;
  Gate gate_;
  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<EventLog> log_;
  std::shared_ptr<ServedFeatures> served_;
  HttpCounters counters_;
  std::unique_ptr<FeatureApi> api_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(ColdReadsTest, ADiskThatHangsHoldsUpTheKeyThatIsOnItAlone) {
  clock_.now = 1'000'000 * kMicrosPerSecond;
  ASSERT_NO_FATAL_FAILURE(start());
  visit("cold", 5);
  visit("frozen", 6);
  ASSERT_TRUE(served_->save().ok());  // a start feeds later events again, and not these
  clock_.now += 3600 * kMicrosPerSecond;
  visit("warm", 1);
  ASSERT_TRUE(served_->save().ok());
  ASSERT_EQ(served_->entities()[0].at_rest, 2);
  stop();
  ASSERT_NO_FATAL_FAILURE(start());  // with the key that was pushed last in memory
  ASSERT_EQ(served_->entities()[0].at_rest, 2);

  RawClient first = client(), second = client(), third = client();
  gate_.close();
  ask(first, "cold");
  gate_.wait_for_reader();
  for (int i = 0; i < 100; ++i) {
    ask(second, "warm");
    ASSERT_NE(body_of(second.answer()).find("\"value\":1.0"), std::string::npos);
  }
  third.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(status_line(third.answer()), "HTTP/1.1 200");

  gate_.open();
  EXPECT_NE(body_of(first.answer()).find("\"value\":5.0"), std::string::npos);
  ask(third, "frozen");
  EXPECT_NE(body_of(third.answer()).find("\"value\":6.0"), std::string::npos);
  EXPECT_EQ(served_->entities()[0].woken, 2);
}

}  // namespace
}  // namespace headrace
