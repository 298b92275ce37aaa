// The feed of a subscription over gRPC: what is acknowledged when, what comes again, what an outage does.

#include "brokers/pubsub/grpc_subscriber.h"

#include "base/clock.h"
#include "brokers/pubsub/subscription_testing.h"
#include "brokers/pubsub_feed.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>

namespace headrace {
namespace {

constexpr int64_t kWaitUsMax = 60 * kMicrosPerSecond;

/// Time goes on, and jumps where a test says so.
class JumpingClock : public Clock {
 public:
  int64_t now_us() const override { return system_clock().now_us() + ahead_us; }
  int64_t elapsed_us() const override { return system_clock().elapsed_us() + ahead_us; }
  std::atomic<int64_t> ahead_us = 0;
};

class PubSubFeedTest : public testing::Test {
 protected:
  void SetUp() override { subscription_.start(); }

  std::unique_ptr<EventFeed> open() {
    PubSubOptions options{.source = "telemetry", .subscription = "projects/p/subscriptions/s"};
    options.endpoint = subscription_.endpoint();
    options.is_plain = true;
    return make_pubsub_feed(options, make_grpc_subscriber(connection_of(options)), clock_);
  }

  static bool wait_until(const std::function<bool()>& is_so) {
    const int64_t end = system_clock().elapsed_us() + kWaitUsMax;
    while (!is_so()) {
      if (system_clock().elapsed_us() > end) return false;
      std::mutex none;
      std::unique_lock lock(none);
      std::condition_variable().wait_for(lock, std::chrono::milliseconds(5));  // between two looks at other threads
    }
    return true;
  }
  /// The lines of so many messages, without their breaks; then nothing more comes for a moment.
  std::string poll(EventFeed& feed, size_t count) {
    std::string lines;
    size_t came = 0;
    const int64_t end = system_clock().elapsed_us() + kWaitUsMax;
    while (came < count && system_clock().elapsed_us() < end) came += poll_once(feed, Duration{100'000}, lines);
    poll_once(feed, Duration{100'000}, lines);
    return lines;
  }
  size_t poll_once(EventFeed& feed, Duration wait, std::string& lines) {
    const auto events = feed.poll(wait);
    EXPECT_TRUE(events);
    size_t count = 0;
    for (const FedEvents& each : *events) {
      EXPECT_EQ(each.source, "telemetry");
      EXPECT_EQ(each.position, "projects/p/subscriptions/s");
      EXPECT_EQ(each.is_drained, std::nullopt);
      EXPECT_EQ(each.ids.size(), each.offsets.size());
      count += each.ids.size();
      ids_.insert(ids_.end(), each.ids.begin(), each.ids.end());
      lines += std::get<std::string>(each.events);
    }
    std::ranges::replace(lines, '\n', ';');
    return count;
  }
  static std::string problem(const EventFeed& feed) { return feed.state().front().problem; }

  TestSubscription subscription_;
  JumpingClock clock_;
  std::vector<std::string> ids_;
};

TEST_F(PubSubFeedTest, MessagesAreAcknowledgedWhenTheyAreDurable) {
  for (const char* id : {"11", "12", "13"}) subscription_.publish(id, std::string("{\n\"x\": ") + id + "}");
  const auto feed = open();
  EXPECT_EQ(poll(*feed, 3), "{ \"x\": 11};{ \"x\": 12};{ \"x\": 13};");
  EXPECT_EQ(ids_, (std::vector<std::string>{"11", "12", "13"}));
  EXPECT_EQ(problem(*feed), "");
  EXPECT_TRUE(subscription_.acknowledged().empty());
  feed->commit();
  EXPECT_TRUE(wait_until([&] { return subscription_.acknowledged().size() == 3; }));
}

TEST_F(PubSubFeedTest, WhatComesAgainBeforeItIsDurableIsAcknowledgedByItsNewestDelivery) {
  subscription_.publish("1", "a");
  const auto feed = open();
  EXPECT_EQ(poll(*feed, 1), "a;");
  subscription_.expire();
  ASSERT_TRUE(wait_until([&] { return subscription_.deliveries("1") == 2; }));
  EXPECT_EQ(poll(*feed, 0), "");
  // The second delivery may be on its way; what is acknowledged by the first comes again, and is acknowledged then.
  feed->commit();
  EXPECT_TRUE(wait_until([&] {
    poll(*feed, 0);
    feed->commit();
    return subscription_.acknowledged().contains("1");
  }));
}

TEST_F(PubSubFeedTest, AnAcknowledgementIsRepeatedUntilTheServiceTakesIt) {
  subscription_.publish("1", "a");
  const auto feed = open();
  EXPECT_EQ(poll(*feed, 1), "a;");
  subscription_.refuse_requests(grpc::StatusCode::UNAVAILABLE);
  feed->commit();
  ASSERT_TRUE(wait_until([&] { return !problem(*feed).empty(); }));
  EXPECT_NE(problem(*feed).find("as the test says"), std::string::npos) << problem(*feed);
  // It is known to be durable, so it is not given out anew.
  subscription_.expire();
  ASSERT_TRUE(wait_until([&] { return subscription_.deliveries("1") == 2; }));
  EXPECT_EQ(poll(*feed, 0), "");
  subscription_.refuse_requests(grpc::StatusCode::OK);
  EXPECT_TRUE(wait_until([&] { return subscription_.acknowledged().contains("1"); }));
  EXPECT_TRUE(wait_until([&] { return problem(*feed).empty(); }));
}

TEST_F(PubSubFeedTest, WhatWasNotTakenIsGivenBackAtTheEnd) {
  for (const char* id : {"1", "2"}) subscription_.publish(id, id);
  {
    const auto feed = open();
    EXPECT_EQ(poll(*feed, 2), "1;2;");
  }
  EXPECT_TRUE(subscription_.delivered().empty());
  EXPECT_TRUE(subscription_.acknowledged().empty());
  {
    const auto feed = open();
    EXPECT_EQ(poll(*feed, 2), "1;2;");
    feed->stop();
    EXPECT_EQ(poll(*feed, 0), "");
    feed->commit();  // what was taken meanwhile
  }
  EXPECT_EQ(subscription_.acknowledged().size(), 2u);
}

TEST_F(PubSubFeedTest, DeadlinesAreExtendedWhileMessagesWait) {
  for (const char* id : {"1", "2"}) subscription_.publish(id, id);
  const auto feed = open();
  EXPECT_EQ(poll(*feed, 2), "1;2;");
  EXPECT_EQ(subscription_.extensions(), 0);
  clock_.ahead_us += 30 * kMicrosPerSecond;
  EXPECT_TRUE(wait_until([&] { return subscription_.extensions() == 2; }));
}

TEST_F(PubSubFeedTest, AnOutageIsToldAndPasses) {
  subscription_.publish("1", "a");
  const auto feed = open();
  EXPECT_EQ(poll(*feed, 1), "a;");
  feed->commit();
  ASSERT_TRUE(wait_until([&] { return subscription_.acknowledged().size() == 1; }));
  subscription_.stop();
  ASSERT_TRUE(wait_until([&] { return !problem(*feed).empty(); }));
  EXPECT_TRUE(problem(*feed).starts_with(subscription_.endpoint())) << problem(*feed);
  EXPECT_EQ(feed->state().front().lag, std::nullopt);
  subscription_.publish("2", "b");
  subscription_.start();
  EXPECT_EQ(poll(*feed, 1), "b;");
  EXPECT_EQ(problem(*feed), "");
}

TEST_F(PubSubFeedTest, ARefusalIsToldWithItsRemedy) {
  subscription_.refuse_streams(grpc::StatusCode::PERMISSION_DENIED);
  const auto feed = open();
  ASSERT_TRUE(wait_until([&] { return problem(*feed).find("permission denied") != std::string::npos; }));
  EXPECT_NE(problem(*feed).find("roles/pubsub.subscriber on projects/p/subscriptions/s"), std::string::npos)
      << problem(*feed);
  subscription_.refuse_streams(grpc::StatusCode::NOT_FOUND);
  ASSERT_TRUE(wait_until([&] { return problem(*feed).find("subscriptions create") != std::string::npos; }));
  // A subscription without messages is well too, once its stream has lasted.
  subscription_.refuse_streams(grpc::StatusCode::OK);
  EXPECT_TRUE(wait_until([&] { return problem(*feed).empty(); }));
}

TEST_F(PubSubFeedTest, AMessageWithoutAnIdIsNotOfPubSub) {
  subscription_.publish("", "a");
  const auto feed = open();
  EXPECT_TRUE(wait_until([&] { return problem(*feed).find("without an id") != std::string::npos; }));
}

TEST(PubSubMessageTest, HasANumber) {
  EXPECT_EQ(number_of_message("2070443601311540"), 2070443601311540);
  EXPECT_GE(number_of_message("m7"), 0);
  EXPECT_NE(number_of_message("m7"), number_of_message("m8"));
  EXPECT_GE(number_of_message("99999999999999999999"), 0);
  EXPECT_GE(number_of_message("-1"), 0);
}

TEST(PubSubCredentialsTest, AKeyThatIsNoneIsToldWithoutItsText) {
  PubSubOptions options{.source = "telemetry", .subscription = "projects/p/subscriptions/s"};
  options.endpoint = "localhost:1";
  options.credentials = "{\"private_key\": \"hunter2\"}";
  const auto feed = make_pubsub_feed(options, make_grpc_subscriber(connection_of(options)), system_clock());
  const int64_t end = system_clock().elapsed_us() + kWaitUsMax;
  std::string problem;
  while (problem.find("credentials_file") == std::string::npos && system_clock().elapsed_us() < end) {
    ASSERT_TRUE(feed->poll(Duration{10'000}));
    problem = feed->state().front().problem;
  }
  EXPECT_NE(problem.find("is no key of a service account"), std::string::npos) << problem;
  EXPECT_EQ(problem.find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace headrace
