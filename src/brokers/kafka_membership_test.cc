/// Members of a group of librdkafka's own cluster, through rebalances. Apache's broker is in tests/kafka.

#include "brokers/kafka_membership.h"

#include "base/clock.h"

// The mock cluster needs it first.
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <gtest/gtest.h>

#include <functional>

namespace headrace {
namespace {

constexpr int64_t kMembershipPatienceUs = 60'000'000;
using Standing = OwnerMembership::Standing;

class KafkaMembershipTest : public testing::Test {
 protected:
  void SetUp() override {
    char problem[512];
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "test.mock.num.brokers", "1", problem, sizeof problem);
    rd_kafka_conf_set(conf, "log_level", "0", problem, sizeof problem);
    producer_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, problem, sizeof problem);
    ASSERT_NE(producer_, nullptr) << problem;
    cluster_ = rd_kafka_handle_mock_cluster(producer_);
    ASSERT_EQ(rd_kafka_mock_topic_create(cluster_, "pumps", 2, 1), RD_KAFKA_RESP_ERR_NO_ERROR);
  }
  void TearDown() override { rd_kafka_destroy(producer_); }

  KafkaOptions options() const {
    KafkaOptions options;
    options.source = "telemetry";
    options.topic = "pumps";
    options.brokers = rd_kafka_mock_cluster_bootstraps(cluster_);
    options.settings = {{"heartbeat.interval.ms", "200"}, {"session.timeout.ms", "3000"}};
    return options;
  }

  /// What the members of a test are and have lost.
  struct Member {
    std::unique_ptr<OwnerMembership> group;
    OwnerMembership::State state = {};
    int lost = 0;

    void poll() {
      state = group->poll(Duration{50'000}, [this] { ++lost; });
    }
    bool is_holder() const { return state.standing == Standing::kHolder; }
  };
  Member member(const std::string& name) { return {.group = *open_kafka_membership(options(), name)}; }

  /// Polls all of them in turn until something is so.
  static bool poll_until(std::vector<Member*> members, const std::function<bool()>& is_so) {
    const int64_t end = system_clock().elapsed_us() + kMembershipPatienceUs;
    while (system_clock().elapsed_us() < end) {
      for (Member* each : members) each->poll();
      if (is_so()) return true;
    }
    return false;
  }

  rd_kafka_t* producer_ = nullptr;
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
};

TEST_F(KafkaMembershipTest, OneHoldsAndProvesItByItsOffsets) {
  Member first = member("first");
  ASSERT_TRUE(first.group->join().ok());
  ASSERT_TRUE(poll_until({&first}, [&] { return first.is_holder(); })) << first.state.problem;
  EXPECT_FALSE(first.state.proven_us);
  const std::vector<ShownOffset> offsets = {{"pumps", 0, 5}, {"pumps", 1, 7}};
  first.group->ask_for_proof(offsets, 42);
  ASSERT_TRUE(poll_until({&first}, [&] { return first.state.proven_us.has_value(); })) << first.state.problem;
  EXPECT_EQ(first.state.proven_us, 42);
  first.group->ask_for_proof({}, 43);  // before anything has come
  ASSERT_TRUE(poll_until({&first}, [&] { return first.state.proven_us == 43; })) << first.state.problem;
}

TEST_F(KafkaMembershipTest, ARebalanceIsToldBeforeAnotherHolds) {
  Member first = member("first"), second = member("second");
  ASSERT_TRUE(first.group->join().ok());
  ASSERT_TRUE(poll_until({&first}, [&] { return first.is_holder(); })) << first.state.problem;
  ASSERT_TRUE(second.group->join().ok());
  const auto has_both = [&] {
    return second.state.standing != Standing::kOutside && first.is_holder() != second.is_holder();
  };
  ASSERT_TRUE(poll_until({&first, &second}, has_both)) << second.state.problem;
  EXPECT_GE(first.lost, 1);

  Member& holder = first.is_holder() ? first : second;
  Member& other = first.is_holder() ? second : first;
  holder.group->leave();
  ASSERT_TRUE(poll_until({&holder, &other}, [&] { return other.is_holder(); })) << other.state.problem;
  EXPECT_FALSE(holder.is_holder());
}

TEST_F(KafkaMembershipTest, ItsSessionIsASettingWithinBounds) {
  KafkaOptions given = options();
  given.settings["session.timeout.ms"] = "7000";
  EXPECT_EQ((*open_kafka_membership(given, "first"))->session().us, 7'000'000);
  for (const std::string wrong : {"", "x", "10s", "999", "60001", "99999999999999999999"}) {
    given.settings["session.timeout.ms"] = wrong;
    const auto opened = open_kafka_membership(given, "first");
    ASSERT_FALSE(opened) << wrong;
    EXPECT_EQ(opened.error().kind(), ErrorKind::kUsage);
  }
}

}  // namespace
}  // namespace headrace
