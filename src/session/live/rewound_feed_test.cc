// A topic that is read again: what was taken in is passed over, what was left out is judged again, once.

#include "session/live/rewound_feed.h"

#include "session/live/live_features.h"
#include "session/live/sound_session_testing.h"
#include "testing/memory_event_log.h"
#include "testing/stopped_clock.h"

#include <gtest/gtest.h>

#include <deque>

namespace headrace {
namespace {

/// Brings what it was told, a piece a poll.
class ToldFeed : public EventFeed {
 public:
  Result<std::vector<FedEvents>> poll(Duration) override {
    std::vector<FedEvents> out;
    if (pieces.empty()) return out;
    out.push_back(std::move(pieces.front()));
    pieces.pop_front();
    return out;
  }
  void stop() override {}
  std::vector<FeedState> state() const override { return {{.source = "telemetry", .lag = 0}}; }

  std::deque<FedEvents> pieces;
};

FedEvents piece(uint32_t lane, int64_t first, const std::vector<std::string>& lines) {
  FedEvents fed{.source = "telemetry", .lane = lane, .events = std::string()};
  for (const std::string& line : lines) {
    std::get<std::string>(fed.events) += line + "\n";
    fed.offsets.push_back(first++);
  }
  fed.position = std::to_string(first) + " t";
  return fed;
}

std::string shown(const std::vector<FedEvents>& events) {
  std::string text;
  for (const FedEvents& each : events) {
    std::string lines = std::get<std::string>(each.events);
    std::ranges::replace(lines, '\n', ';');
    text += std::to_string(each.lane) + ":" + lines + "@" + each.position;
    if (!each.taken_back.empty()) text += " again " + std::to_string(each.taken_back.size());
    if (each.is_drained) text += *each.is_drained ? " drained" : " unknown";
    text += "|";
  }
  return text;
}

class RewoundFeedTest : public testing::Test {
 protected:
  void open(const SourceRewind& rewind, const std::vector<LeftOutEvent>& left_out) {
    auto told = std::make_unique<ToldFeed>();
    told_ = told.get();
    feed_ = std::make_unique<RewoundFeed>(std::move(told), rewind, left_out, [this] { ++done_; });
  }
  std::string poll() {
    std::string text = shown(feed_->poll(Duration{0}).value());
    feed_->commit();
    return text;
  }
  RewindState progress() const { return *feed_->state().front().rewind; }

  static LeftOutEvent left_out(uint32_t lane, int64_t offset, uint64_t push, LeftOutEvent::Reason reason) {
    LeftOutEvent event{.reason = reason, .push = push, .index = 0, .lane = lane};
    event.offset = offset;
    return event;
  }

  ToldFeed* told_ = nullptr;
  std::unique_ptr<RewoundFeed> feed_;
  int done_ = 0;
};

TEST_F(RewoundFeedTest, PassesWhatWasLeftOutAndWhatIsNew) {
  open({.to = {}, .lanes = {{0, 10, 14, "14 t"}, {1, 0, 2, "2 t"}}},
       {left_out(0, 11, 7, LeftOutEvent::Reason::kLate), left_out(0, 20, 8, LeftOutEvent::Reason::kLate),
        left_out(1, 11, 9, LeftOutEvent::Reason::kAhead)});
  told_->pieces.push_back(piece(0, 10, {"a", "b", "c"}));
  EXPECT_EQ(poll(), "0:b;@14 t again 1|");
  EXPECT_EQ(progress().read, 3);
  EXPECT_EQ(progress().kept_before, 2);
  EXPECT_EQ(progress().messages, 6);

  // Over the end, in one piece.
  told_->pieces.push_back(piece(0, 13, {"d", "e", "f"}));
  EXPECT_EQ(poll(), "0:e;f;@16 t|");
  EXPECT_EQ(done_, 0);

  // A lane that is not read again passes as it is; one whose last offsets are of no messages is over where nothing is left.
  told_->pieces.push_back(piece(2, 5, {"x"}));
  EXPECT_EQ(poll(), "2:x;@6 t|");
  told_->pieces.push_back(piece(1, 0, {"k"}));
  told_->pieces.back().is_drained = true;
  EXPECT_EQ(poll(), "1:@ drained|");
  EXPECT_EQ(done_, 1);
  EXPECT_TRUE(progress().is_over);
  told_->pieces.push_back(piece(0, 20, {"late"}));
  EXPECT_EQ(poll(), "0:late;@21 t|");
  EXPECT_EQ(done_, 1);
}

TEST_F(RewoundFeedTest, EndsOnlyWhenAllIsDurable) {
  open({.to = {}, .lanes = {{0, 0, 1, "1 t"}}}, {left_out(0, 0, 1, LeftOutEvent::Reason::kUnreadable)});
  told_->pieces.push_back(piece(0, 0, {"a"}));
  EXPECT_EQ(shown(feed_->poll(Duration{0}).value()), "0:a;@1 t again 1|");
  EXPECT_EQ(done_, 0);
  feed_->commit();
  EXPECT_EQ(done_, 1);
}

constexpr std::string_view kRewoundPumps = R"yaml(
project: {name: pumps}
---
entity: {name: pump, key: pump_id}
---
source: {name: telemetry, entity: pump, event_time: at, columns: {pump_id: string, flow: double}, allowed_lateness: 1m}
---
feature: {name: flow_sum, description: d, aggregation: sum, window: 9h, source_features: [flow], owner: t, version: "1.0"}
)yaml";

constexpr int64_t kRewoundMinute = 60 * kMicrosPerSecond;

/// Live features over a log, and what a rewind brings into them.
class JudgedAgainTest : public testing::Test {
 protected:
  void SetUp() override {
    clock_.now = 100 * kRewoundMinute;
    start();
  }
  void start() {
    live_.reset();
    const Session session = sound_session(std::string(kRewoundPumps), ".");
    LiveOptions options{.max_ahead = Duration{kRewoundMinute}, .clock = &clock_, .log = &log_};
    live_ = LiveFeatures::open(session, options).value();
  }
  static std::string line(int64_t minute, const std::string& flow) {
    return R"({"pump_id": "p1", "at": ")" + to_string(EventTime{minute * kRewoundMinute}) + R"(", "flow": )" + flow +
           "}";
  }
  void take(const FedEvents& fed) { ASSERT_TRUE(live_->take({&fed, 1})); }
  std::string read() const {
    return to_json(live_->read({{"flow_sum"}, {{Value{std::string("p1")}}}, {}})->values[0][0]);
  }
  std::string counts() const {
    const LiveSource source = live_->sources().front();
    return std::to_string(source.accepted) + " " + std::to_string(source.late) + " " +
           std::to_string(source.unreadable) + " " + std::to_string(source.too_far_ahead);
  }

  /// The lane from its first offset on again, as a rewind brings it.
  void read_again(const FedEvents& fed) {
    auto told = std::make_unique<ToldFeed>();
    told->pieces.push_back(fed);
    const int64_t end = fed.offsets.back() + 1;
    RewoundFeed feed(std::move(told), {.to = {}, .lanes = {{0, 0, end, std::to_string(end) + " t"}}},
                     places_left_out(log_, "telemetry").value(), [] {});
    const std::vector<FedEvents> events = feed.poll(Duration{0}).value();
    ASSERT_TRUE(live_->take(events));
  }

  StoppedClock clock_;
  MemoryEventLog log_;
  std::unique_ptr<LiveFeatures> live_;
};

TEST_F(JudgedAgainTest, WhatWasTakenCountsOnceAndWhatWasLeftOutMayEnter) {
  const FedEvents topic =
      piece(0, 0, {line(99, "1.0"), "{", line(103, "10.0"), line(90, "100.0"), line(100, "1000.0")});
  take(topic);
  EXPECT_EQ(read(), "1001.0");
  EXPECT_EQ(counts(), "2 1 1 1");

  clock_.now = 104 * kRewoundMinute;
  ASSERT_TRUE(live_->hold("telemetry"));
  read_again(topic);
  EXPECT_EQ(read(), "1011.0");
  EXPECT_EQ(counts(), "3 1 1 0");
  const JudgedAgain again = live_->sources().front().judged_again;
  EXPECT_EQ(again.accepted, 1);
  EXPECT_EQ(again.left_out.late, 1);
  EXPECT_EQ(again.left_out.unreadable, 1);

  // Once more: it is taken, and passed over.
  read_again(topic);
  EXPECT_EQ(read(), "1011.0");
  EXPECT_EQ(counts(), "3 1 1 0");
  EXPECT_EQ(log_.left_out("telemetry", {}, 10)->size(), 2u);

  // A start counts the same again.
  start();
  EXPECT_EQ(read(), "1011.0");
  EXPECT_EQ(counts(), "3 1 1 0");
}

TEST(SourceStatesTest, StayOverAStart) {
  MemoryEventLog log;
  {
    const auto states = SourceStates::open(&log).value();
    EXPECT_EQ(states->of("a").kind, SourceState::Kind::kRunning);
    ASSERT_TRUE(states->change("a", [](SourceState& state) {
      state.kind = SourceState::Kind::kPaused;
      state.since_us = 7;
      state.feed = "kafka";
      state.rewind = SourceRewind{EventTime{3}, {{2, 5, 9, "9 t"}}};
    }));
    log.is_full = true;
    EXPECT_FALSE(states->change("a", [](SourceState& state) { state = {}; }));
    EXPECT_EQ(states->of("a").kind, SourceState::Kind::kPaused);
    log.is_full = false;
  }
  const auto states = SourceStates::open(&log).value();
  const SourceState state = states->of("a");
  EXPECT_EQ(state.kind, SourceState::Kind::kPaused);
  EXPECT_EQ(state.since_us, 7);
  EXPECT_EQ(state.feed, "kafka");
  ASSERT_TRUE(state.rewind);
  EXPECT_EQ(state.rewind->lanes.front().position, "9 t");
  ASSERT_TRUE(states->change("a", [](SourceState& changed) { changed = {}; }));
  EXPECT_TRUE(log.notes("source ")->empty());
  ASSERT_TRUE(log.note("source b", "damaged"));
  EXPECT_EQ(SourceStates::open(&log).error().kind(), ErrorKind::kData);
}

}  // namespace
}  // namespace headrace
