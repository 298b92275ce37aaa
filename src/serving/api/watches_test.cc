#include "serving/api/watches.h"

#include "serving/api/api_testing.h"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace headrace {
namespace {

/// Keeps what is sent; a client that never takes anything where `is_stuck`.
class KeptStream : public HttpStream {
 public:
  bool send(std::string bytes) override {
    const std::lock_guard lock(mutex_);
    if (is_finished_) return false;
    sent_ += bytes;
    news_.notify_all();
    return true;
  }
  size_t bytes_waiting() const override {
    const std::lock_guard lock(mutex_);
    return is_stuck ? sent_.size() : 0;
  }
  void finish() override {
    const std::lock_guard lock(mutex_);
    is_finished_ = true;
    news_.notify_all();
  }
  bool is_open() const override {
    const std::lock_guard lock(mutex_);
    return !is_finished_;
  }
  /// Waits until the text has been sent.
  bool has(const std::string& text) const {
    std::unique_lock lock(mutex_);
    return news_.wait_for(lock, std::chrono::seconds(30), [&] { return sent_.find(text) != std::string::npos; });
  }
  bool ends() const {
    std::unique_lock lock(mutex_);
    return news_.wait_for(lock, std::chrono::seconds(30), [&] { return is_finished_; });
  }
  std::string sent() const {
    const std::lock_guard lock(mutex_);
    return sent_;
  }

  std::atomic<bool> is_stuck = false;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable news_;
  std::string sent_;
  bool is_finished_ = false;
};

/// One value that a test changes.
class ChangingValues : public ToldValues {
 public:
  ApiOr<ReadAnswer> read(const ReadRequest& request) override {
    const int64_t value = number;  // as it was before anybody waited
    if (is_cold && request.entities[0][0].second == Value{std::string("cold")}) {
      ReadAnswer unread;
      unread.waits = true;
      if (!request.may_wait) return unread;
      is_cold.wait(true);
    }
    if (is_gone) return ApiError{.status = 404, .code = "unknown_feature", .message = "m"};
    ReadAnswer answer{.as_of = EventTime{0}, .features = request.features};
    for (const EntityKey& entity : request.entities) {
      ReadRow& row = answer.rows.emplace_back(ReadRow{.entity = entity});
      row.values.push_back({.value = Value{value}});
      row.values.push_back({.value = Value{int64_t{7}}});
    }
    return answer;
  }
  std::atomic<int64_t> number = 1;
  std::atomic<bool> is_gone = false;
  std::atomic<bool> is_cold = false;  // the entity of this name
};

class WatchesTest : public testing::Test {
 protected:
  std::shared_ptr<KeptStream> watch(Watches& watches, const ReadRequest& request) {
    auto stream = std::make_shared<KeptStream>();
    watches.begin(watches.epoch(), values_, request, std::get<ReadAnswer>(values_->read(request)), stream);
    return stream;
  }
  std::shared_ptr<KeptStream> watch(Watches& watches) { return watch(watches, request_); }

  const ReadRequest request_{.features = {"changing", "fixed"}, .entities = {{{"pump_id", Value{std::string("p1")}}}}};
  std::shared_ptr<ChangingValues> values_ = std::make_shared<ChangingValues>();
};

TEST_F(WatchesTest, TellsAllAtFirstAndThenWhatIsNew) {
  Watches watches(system_clock(), {.look_every = Duration{1000}});
  const auto stream = watch(watches);
  EXPECT_TRUE(stream->has("event: values\ndata: {\"as_of\":\"1970-01-01T00:00:00Z\",\"entity\":{\"pump_id\":\"p1\"},"));
  values_->number = 2;
  ASSERT_TRUE(stream->has("\"feature\":\"changing\",\"value\":2"));
  const std::string sent = stream->sent();
  EXPECT_EQ(sent.find("\"fixed\""), sent.rfind("\"fixed\"")) << sent;
  EXPECT_EQ(watches.open(), 1);
}

TEST_F(WatchesTest, OneThatWaitsForADiskHoldsUpNoOther) {
  Watches watches(system_clock(), {.look_every = Duration{1000}});
  ReadRequest of_cold = request_;
  of_cold.entities[0][0].second = Value{std::string("cold")};
  const auto cold = watch(watches, of_cold), warm = watch(watches);
  values_->is_cold = true;
  values_->number = 2;
  ASSERT_TRUE(warm->has("\"value\":2"));
  values_->number = 3;
  ASSERT_TRUE(warm->has("\"value\":3"));
  EXPECT_EQ(cold->sent().find("\"value\":2"), std::string::npos);
  EXPECT_EQ(watches.open(), 2);

  values_->is_cold = false;
  values_->is_cold.notify_all();
  EXPECT_TRUE(cold->has("\"value\":3"));
  values_->is_cold = true;  // waits again, and is ended all the same
  watches.end_all({.code = "reloaded", .message = "m", .help = "h"});
  values_->is_cold = false;
  values_->is_cold.notify_all();
  EXPECT_TRUE(cold->ends());
  EXPECT_TRUE(cold->has("\"reloaded\""));
}

TEST_F(WatchesTest, SaysThatItIsAlive) {
  Watches watches(system_clock(), {.look_every = Duration{1000}, .heartbeat = Duration{1}});
  EXPECT_TRUE(watch(watches)->has(": alive\n\n"));
}

TEST_F(WatchesTest, LetsAClientGoThatTakesNothing) {
  Watches watches(system_clock(), {.bytes_waiting_max = 2000, .look_every = Duration{1000}, .heartbeat = Duration{1}});
  const auto slow = watch(watches), quick = watch(watches);
  slow->is_stuck = true;
  ASSERT_TRUE(slow->has("event: end\ndata: {\"code\":\"too_slow\""));
  EXPECT_TRUE(slow->ends());
  EXPECT_LT(slow->sent().size(), 2300U);
  values_->number = 3;
  EXPECT_TRUE(quick->has("\"value\":3"));
  EXPECT_EQ(watches.dropped(), 1);
}

TEST_F(WatchesTest, EndsWithTheReason) {
  Watches watches(system_clock(), {.look_every = Duration{1000}});
  const auto first = watch(watches);
  const int64_t before = watches.epoch();
  watches.end_all({.code = "reloaded", .message = "m", .help = "h"});
  EXPECT_TRUE(first->has("event: end\ndata: {\"code\":\"reloaded\",\"message\":\"m\",\"help\":\"h\"}\n\n"));
  const auto late = std::make_shared<KeptStream>();
  watches.begin(before, values_, request_, std::get<ReadAnswer>(values_->read(request_)), late);
  EXPECT_TRUE(late->has("\"reloaded\"")) << "let in before the reload, begun after it";

  const auto gone = watch(watches);
  values_->is_gone = true;
  EXPECT_TRUE(gone->has("event: end\ndata: {\"code\":\"unknown_feature\""));
}

}  // namespace
}  // namespace headrace
