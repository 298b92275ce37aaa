#include "brokers/kafka_offsets.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

constexpr Duration kDisorderOfTest{5'000'000};
constexpr EventTime kFirst{1'000'000'000}, kLater{2'000'000'000};

TopicBegin begin_of(int64_t offset, EventTime time, bool is_brokers_time = true) {
  return {.first_offset = offset,
          .end = 100,
          .first_time = time,
          .is_brokers_time = is_brokers_time,
          .found_offset = offset};
}
constexpr TopicBegin kEmpty = {};

/// The instant, or why there is none.
std::string from_when(const std::vector<TopicBegin>& begins) {
  const Result<CompleteTopic> complete = complete_from(begins, kDisorderOfTest);
  return complete ? std::to_string(complete->from.us) : complete.error().message();
}

TEST(CompleteTopicTest, FromItsFirstMessageWhereNoneWasRemoved) {
  EXPECT_EQ(from_when({begin_of(0, kLater), begin_of(0, kFirst), kEmpty}), "1000000000");
  EXPECT_EQ(from_when({begin_of(0, kFirst, false)}), "1000000000");
}

TEST(CompleteTopicTest, BehindTheLatestOfWhatWasRemoved) {
  EXPECT_EQ(from_when({begin_of(0, kLater), begin_of(7, kFirst)}), "1000001000");
  EXPECT_EQ(from_when({begin_of(7, kFirst), begin_of(3, kLater)}), "2000001000");
  EXPECT_EQ(from_when({begin_of(7, kFirst, false)}), "1005001000") << "clocks of producers";
}

TEST(CompleteTopicTest, IsNotKnownFromWhatIsNotThere) {
  const auto has = [](const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  };
  EXPECT_TRUE(has(from_when({kEmpty, kEmpty}), "no message has come yet"));
  EXPECT_TRUE(has(from_when({begin_of(0, kFirst), {.first_offset = 9, .end = 9}}), "partition 1 has none of its 9"));
  TopicBegin compacted = begin_of(0, kFirst);
  compacted.found_offset = 4;
  EXPECT_TRUE(has(from_when({compacted}), "lacks messages from offset 0 to 3"));
  TopicBegin timeless = begin_of(0, kFirst);
  timeless.first_time.reset();
  EXPECT_TRUE(has(from_when({timeless}), "have no times"));
  EXPECT_EQ(complete_from({}, kDisorderOfTest).error().kind(), ErrorKind::kConflict);
}

}  // namespace
}  // namespace headrace
