/// A stream over random events in disorder, with late ones, pauses and reads in between: final rows are those of a
/// backfill, values those of a training set, of the events that were accepted.

#include "engine/stream/entity_stream.h"

#include "engine/batch/batch.h"
#include "language/load_repository.h"
#include "plan/make_plan.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace headrace {
namespace {

constexpr std::string_view kPumps = R"yaml(
entity: {name: pump, key: id}
---
source: {name: readings, entity: pump, event_time: at, columns: {x: double, n: int64, s: string}, allowed_lateness: 5s}
---
source: {name: limits, entity: pump, event_time: at, columns: {top: double}, allowed_lateness: 5s}
---
feature: {name: m, description: d, aggregation: [mean, stddev, min, max], window: [10s, 1m, lifetime], source_features: [x], owner: t, version: "1.0"}
---
feature: {name: latest, description: d, source_features: [x], owner: t, version: "1.0"}
---
feature: {name: three, description: d, aggregation: last_k, params: {k: 3}, window: {last: 5}, source_features: [x], owner: t, version: "1.0"}
---
feature: {name: first_ones, description: d, aggregation: first_k, params: {k: 2}, window: lifetime, source_features: [x], owner: t, version: "1.0"}
---
feature: {name: visit, description: d, aggregation: [count, max], window: {session: 3s}, source_features: [x], owner: t, version: "1.0"}
---
feature: {name: words, description: d, aggregation: mode, window: 30s, source_features: [s], owner: t, version: "1.0"}
---
feature: {name: smooth, description: d, aggregation: ewma, params: {half_life: 5s}, window: 30s, source_features: [x], owner: t, version: "1.0"}
---
feature: {name: held, description: d, aggregation: time_weighted_mean, window: [30s, lifetime], source_features: [x], owner: t, version: "1.0"}
---
feature: {name: middle, description: d, aggregation: median, window: {tumbling: 20s}, source_features: [x], owner: t, version: "1.0"}
---
feature: {name: top_now, description: d, source_features: [top], owner: t, version: "1.0"}
---
feature: {name: above, description: d, aggregation: sum, window: 1m, formula: "x - m_mean_10s", filter: "x > top_now", source_features: [x, m_mean_10s, top_now], owner: t, version: "1.0"}
---
feature: {name: ratio, description: d, formula: "coalesce(above / m_max_1m, latest)", source_features: [above, m_max_1m, latest], owner: t, version: "1.0"}
)yaml";

constexpr uint64_t kFewKeys = 7;
constexpr uint64_t kManyKeys = 300;  // so that some have no events for a while

struct Reading {
  size_t source;
  int64_t id;
  int64_t time;
  Value x;
  Value s;
};

/// Events nearly in order: most go on from the newest, some lie up to 8 s before it.
std::vector<Reading> disordered(uint64_t seed, int count, uint64_t keys) {
  std::mt19937_64 random(seed);
  std::vector<Reading> readings;
  int64_t newest = 0;
  for (int i = 0; i < count; ++i) {
    int64_t time = newest + static_cast<int64_t>(random() % 400'000);
    if (random() % 4 == 0) time = newest - static_cast<int64_t>(random() % 8'000'000);
    if (random() % 6 == 0) time = newest;
    newest = std::max(newest, time);
    const double unit = static_cast<double>(random() % 20001) / 100.0 - 100.0;
    Value x = random() % 10 == 0 ? Value{} : random() % 40 == 0 ? Value{unit * 1e200} : Value{unit};
    Value s = random() % 7 == 0 ? Value{} : Value{std::string(1, static_cast<char>('a' + random() % 4))};
    readings.push_back({random() % 5 == 0 ? size_t{1} : 0, static_cast<int64_t>(random() % keys), time, x, s});
  }
  return readings;
}

Batch batch_of(const SourceRequest& request, std::span<const Reading> readings) {
  Batch batch;
  batch.rows = static_cast<int64_t>(readings.size());
  for (size_t column = 0; column < request.columns.size(); ++column) {
    const std::string& name = request.columns[column];
    ColumnBuilder builder({name == "id" ? ScalarType::kInt64 : request.types[column]});
    for (const Reading& reading : readings) {
      if (name == "id") {
        builder.append_int64(reading.id);
      } else if (name == "at") {
        builder.append_int64(reading.time);
      } else {
        builder.append(name == "s" ? reading.s : reading.x);
      }
    }
    batch.columns.push_back(std::move(builder).finish());
  }
  return batch;
}

std::vector<std::string> lines_of(const Batch& batch) {
  std::vector<std::string> lines;
  for (int64_t row = 0; row < batch.rows; ++row) {
    std::string line;
    for (const Column& column : batch.columns) line += to_json(column.value_at(row)) + " ";
    lines.push_back(line);
  }
  return lines;
}

/// Of each source and place: the newest time of an event of its key that is not after it.
std::vector<std::vector<int64_t>> newest_of(const std::vector<Reading>& accepted, const Observations& places) {
  std::vector<std::vector<int64_t>> newest(2, std::vector<int64_t>(static_cast<size_t>(places.times.length), kTimeMin));
  for (const Reading& reading : accepted) {
    for (size_t place = 0; place < newest[0].size(); ++place) {
      if (reading.id != places.keys[0].int64s()[place] || reading.time > places.times.int64s()[place]) continue;
      newest[reading.source][place] = std::max(newest[reading.source][place], reading.time);
    }
  }
  return newest;
}

class LineSink : public Sink {
 public:
  Status write(const Batch& batch) override {
    for (std::string& line : lines_of(batch)) lines.push_back(std::move(line));
    return {};
  }
  std::vector<std::string> lines;
};

/// Whether all keys rest that may, whenever they may.
enum class Rest { kNever, kAlways };

class EntityStreamTest : public testing::TestWithParam<std::tuple<uint64_t, KernelChoice, Duration, Rest>> {
 protected:
  void SetUp() override {
    plan_ = make_plan(load_repository({{"test.yaml", std::string(kPumps)}}).repository);
    for (size_t f = 0; f < plan_.features.size(); ++f) features_.push_back(f);
    requests_ = source_requests(plan_, 0, features_);
    ASSERT_EQ(requests_.size(), 2u);
  }

  OpenSources sources_of(const std::vector<Reading>& accepted) {
    owned_.clear();
    OpenSources open;
    for (size_t s = 0; s < requests_.size(); ++s) {
      std::vector<Reading> mine;
      for (const Reading& reading : accepted) {
        if (reading.source == s) mine.push_back(reading);
      }
      owned_.push_back(std::make_unique<MemorySource>(std::vector<Batch>{batch_of(requests_[s], mine)}));
      open[requests_[s].source] = owned_.back().get();
    }
    return open;
  }

  Plan plan_;
  std::vector<size_t> features_;
  std::vector<SourceRequest> requests_;
  std::vector<std::unique_ptr<MemorySource>> owned_;
};

/// A stream that is fed and read at random, with what it accepted.
class RandomFeed {
 public:
  RandomFeed(const Plan& plan, const std::vector<size_t>& features, const std::vector<SourceRequest>& requests,
             std::vector<Reading> readings, uint64_t seed, KernelChoice kernels, Duration history, Rest rest)
      : plan_(plan),
        features_(features),
        options_({.history = history, .kernels = kernels, .partition_bits = 1}),
        stream(std::make_unique<EntityStream>(plan, 0, features, options_)),
        requests_(requests),
        readings_(std::move(readings)),
        rest_(rest),
        random_(seed) {}

  bool has_more() const { return next_ < readings_.size(); }
  bool one_in(uint64_t count) { return random_() % count == 0; }

  /// Some events of one source; the clock is the newest event's.
  void push() {
    const size_t end_max = std::min(next_ + 1 + random_() % 6, readings_.size());
    size_t end = next_ + 1;
    while (end < end_max && readings_[end].source == readings_[next_].source) ++end;
    const std::span<const Reading> some(readings_.data() + next_, end - next_);
    next_ = end;
    for (const Reading& reading : some) clock = std::max(clock, reading.time);

    const size_t source = some[0].source;
    if (pushes_.size() % 16 == 0) marks_.push_back({pushes_.size(), stream->store_watermarks()});
    pushes_.push_back({some, clock});
    const Batch batch = batch_of(requests_[source], some);
    wake(batch.columns);
    const PushResult result = stream->push(source, 0, batch, clock).value();
    for (size_t i = 0; i < some.size(); ++i) {
      if (!result.has_left_out(static_cast<int64_t>(i))) accepted.push_back(some[i]);
    }
    late += result.left_out.size();
  }

  /// Some keys now or earlier, as far back as values are kept, and one that nobody knows.
  Observations places() {
    ColumnBuilder keys({ScalarType::kInt64});
    ColumnBuilder times({ScalarType::kTimestamp});
    const uint64_t known = rest_ == Rest::kAlways ? kManyKeys : kFewKeys;
    for (int64_t key :
         {static_cast<int64_t>(random_() % known), static_cast<int64_t>(random_() % known), int64_t{999}}) {
      keys.append_int64(key);
      const auto back = static_cast<int64_t>(random_() % (random_() % 2 == 0 ? 4'000'000 : 40'000'000));
      times.append_int64(std::max(stream->earliest(), clock - back));
      if (std::max(stream->earliest(), clock - back) < stream->settled_to()) ++past;
    }
    Observations places;
    places.keys.push_back(std::move(keys).finish());
    places.times = std::move(times).finish();
    wake(places.keys);
    return places;
  }

  /// Keys that may rest do, where the test says so, and texts that nobody holds go.
  void rest() {
    if (rest_ == Rest::kNever) return;
    const std::vector<RestingKey> keys = stream->find_resting({.takes_all = true});
    EXPECT_EQ(stream->let_rest(keys, {}).size(), keys.size());
    for (const RestingKey& key : keys) resting_[key.name] = key.bytes;
    rests += keys.size();
    stream->sweep_texts(true);
  }

  /// All features at one of three reads, else a few: what nobody asks for stays behind, and has to catch up.
  std::vector<size_t> some_of(const std::vector<size_t>& features) {
    if (one_in(3)) return features;
    std::vector<size_t> some;
    for (size_t f : features) {
      if (one_in(5)) some.push_back(f);
    }
    return some.empty() ? std::vector{features.front()} : some;
  }

  /// The stream is stored and another one goes on from it, and from the last mark before which nothing is missing.
  /// Returns the time from which on final rows come again.
  int64_t restart() {
    const StoredStream stored = stream->store();
    Mark mark = {0, {}};
    int64_t newest = kTimeMin;
    size_t push = 0;
    for (const Mark& next : marks_) {
      for (; push < next.push; ++push) {
        for (const Reading& reading : pushes_[push].readings) newest = std::max(newest, reading.time);
      }
      if (newest < stored.settled_to) mark = next;
    }

    stream = std::make_unique<EntityStream>(plan_, 0, features_, options_);
    EXPECT_TRUE(stream->restore(stored, mark.watermarks).ok());
    for (push = mark.push; push < pushes_.size(); ++push) {
      const Push& again = pushes_[push];
      const size_t source = again.readings[0].source;
      const Batch batch = batch_of(requests_[source], again.readings);
      wake(batch.columns);
      EXPECT_TRUE(stream->push(source, 0, batch, again.clock).ok());
    }
    ++restarts;
    passed_over += mark.push;
    return stored.settled_to;
  }

 private:
  /// Keys that are asked for or have events. The first column is that of the keys.
  void wake(const std::vector<Column>& columns) {
    for (const std::string& name : stream->unknown_names(std::span(columns).first(1), columns[0].length)) {
      const auto found = resting_.find(name);
      if (found == resting_.end()) continue;
      const auto woken = stream->wake(name, found->second);
      EXPECT_TRUE(woken.ok() && woken->was_away);
    }
  }

  struct Push {
    std::span<const Reading> readings;
    int64_t clock;
  };
  struct Mark {
    size_t push;  // of the first one after it
    StoredWatermarks watermarks;
  };

  const Plan& plan_;
  const std::vector<size_t>& features_;
  const StreamOptions options_;
  std::vector<Push> pushes_;
  std::vector<Mark> marks_;

 public:
  std::unique_ptr<EntityStream> stream;
  size_t restarts = 0;
  size_t rests = 0;
  size_t passed_over = 0;  // pushes that a restart did not need
  std::vector<Reading> accepted;
  size_t late = 0;
  size_t past = 0;  // reads before what is settled
  int64_t clock = 0;

 private:
  const std::vector<SourceRequest>& requests_;
  const std::vector<Reading> readings_;
  const Rest rest_;
  std::map<std::string, std::string> resting_;  // all keys that rested, by name: those in memory are others by now
  std::mt19937_64 random_;
  size_t next_ = 0;
};

TEST_P(EntityStreamTest, GivesTheBitsOfBatchRunsOverTheAcceptedEvents) {
  const auto [seed, kernels, history, rest] = GetParam();
  const uint64_t keys = rest == Rest::kAlways ? kManyKeys : kFewKeys;
  RandomFeed feed(plan_, features_, requests_, disordered(seed, 1200, keys), seed, kernels, history, rest);
  LineSink rows;
  std::vector<int64_t> times;  // of the rows
  const auto take = [&](const TimeStep& step) {
    const Batch batch = feed.stream->final_rows(step);
    times.insert(times.end(), batch.columns[1].int64s(), batch.columns[1].int64s() + batch.rows);
    return rows.write(batch);
  };

  while (feed.has_more()) {
    feed.push();
    if (feed.one_in(3)) {
      ASSERT_TRUE(feed.stream->advance(feed.clock, take).ok());
      feed.rest();
    }
    if (feed.one_in(25)) {
      const int64_t again = feed.restart();
      times.erase(std::ranges::lower_bound(times, again), times.end());
      rows.lines.resize(times.size());
    }
    if (!feed.one_in(4)) continue;

    const Observations places = feed.places();
    const std::vector<size_t> asked = feed.some_of(features_);
    const std::vector<Column> live = feed.stream->read(places, asked).value();
    const OpenSources sources = sources_of(feed.accepted);
    const std::vector<Column> all = dataset(plan_, 0, features_, places, sources, {}).value().features;
    std::vector<Column> expected;
    for (size_t f : asked)
      expected.push_back(all[static_cast<size_t>(std::ranges::find(features_, f) - features_.begin())]);
    ASSERT_EQ(lines_of({3, live}), lines_of({3, expected})) << "after " << feed.accepted.size() << " events";
    ASSERT_EQ(feed.stream->newest_events(places), newest_of(feed.accepted, places));
  }

  ASSERT_TRUE(feed.stream->finish(take).ok());
  LineSink expected;
  BackfillRequest request;
  request.features = features_;
  ASSERT_TRUE(backfill(plan_, request, sources_of(feed.accepted), {}, expected).ok());
  EXPECT_EQ(rows.lines, expected.lines);
  EXPECT_GT(feed.late, 0u);
  EXPECT_GT(feed.restarts, 5u);
  EXPECT_GT(feed.passed_over, 100u);
  EXPECT_EQ(feed.past > 100, history.us > 0) << feed.past;
  EXPECT_GT(rows.lines.size(), 500u);
  EXPECT_EQ(feed.rests > 300, rest == Rest::kAlways) << feed.rests;
}

INSTANTIATE_TEST_SUITE_P(Random, EntityStreamTest,
                         testing::Combine(testing::Values(1, 2, 3, 4),
                                          testing::Values(KernelChoice::kSliding, KernelChoice::kRecompute),
                                          testing::Values(Duration{0}, Duration{25'000'000}),
                                          testing::Values(Rest::kNever, Rest::kAlways)));

class EntityStreams : public EntityStreamTest {};

TEST_F(EntityStreams, BoundWhatWaitsForItsTime) {
  StreamOptions options;
  options.ahead_max = {.events = 2, .bytes = 100};
  EntityStream stream(plan_, 0, features_, options);
  const std::vector<Reading> readings = {{0, 1, 10'000'000, Value{1.0}, {}},
                                         {0, 1, 90'000'000, Value{2.0}, {}},
                                         {0, 1, 91'000'000, Value{3.0}, {}},
                                         {0, 1, 92'000'000, Value{4.0}, {}},
                                         {0, 1, 93'000'000, Value{5.0}, {}}};
  const std::vector<int64_t> bytes = {500, 40, 70, 60, 1};
  const PushResult result = stream.push(0, 0, batch_of(requests_[0], readings), 10'000'000, bytes).value();
  // The third is too large, the last one too many.
  EXPECT_EQ(result.accepted, 3);
  ASSERT_EQ(result.left_out.size(), 2u);
  EXPECT_EQ(result.left_out[0].row, 2);
  EXPECT_EQ(result.left_out[0].reason, LeftOutRow::Reason::kNoRoom);
  EXPECT_EQ(result.left_out[1].row, 4);
  EXPECT_EQ(stream.ahead(0).bytes, 100);

  // What has entered makes room.
  ASSERT_TRUE(stream.advance(90'000'000, [](const TimeStep&) { return Status(); }).ok());
  EXPECT_EQ(stream.ahead(0).events, 1);
  EXPECT_EQ(stream.ahead(0).bytes, 60);
  const std::vector<int64_t> more = {40};
  const std::vector<Reading> last = {{0, 1, 99'000'000, Value{1.0}, {}}};
  EXPECT_EQ(stream.push(0, 0, batch_of(requests_[0], last), 90'000'000, more)->ahead, 1);

  // A stream that goes on from it counts the same.
  EntityStream again(plan_, 0, features_, options);
  ASSERT_TRUE(again.restore(stream.store(), stream.store_watermarks()).ok());
  EXPECT_EQ(again.ahead(0).events, 2);
  EXPECT_EQ(again.ahead(0).bytes, 100);
}

TEST_F(EntityStreams, KeepEventsAheadOfTheClockUntilTheirTimeHasCome) {
  EntityStream stream(plan_, 0, features_, {});
  const auto drop = [](const TimeStep&) { return Status(); };
  const std::vector<Reading> readings = {{0, 1, 10'000'000, Value{1.0}, {}}, {0, 1, 90'000'000, Value{2.0}, {}}};
  const PushResult result = stream.push(0, 0, batch_of(requests_[0], readings), 10'000'000).value();
  EXPECT_EQ(result.accepted, 2);
  EXPECT_EQ(result.ahead, 1);
  EXPECT_EQ(stream.ahead(0).events, 1);
  EXPECT_EQ(stream.watermark(0), 5'000'000) << "what is ahead does not move the watermark";

  ASSERT_TRUE(stream.advance(89'999'999, drop).ok());
  EXPECT_EQ(stream.ahead(0).events, 1);
  ASSERT_TRUE(stream.advance(90'000'000, drop).ok());
  EXPECT_EQ(stream.ahead(0).events, 0);
  EXPECT_EQ(stream.watermark(0), 85'000'000);
}

TEST_F(EntityStreams, LearnTheTypesOfKeysFromEventsOnly) {
  EntityStream stream(plan_, 0, features_, {});
  Observations texts;
  ColumnBuilder key({ScalarType::kString});
  key.append_string("1");
  texts.keys.push_back(std::move(key).finish());
  texts.times = make_column(ScalarType::kTimestamp, {10'000'000});
  Observations numbers;
  numbers.keys.push_back(make_column(ScalarType::kInt64, {1}));
  numbers.times = texts.times;
  EXPECT_TRUE(stream.read(texts).ok());
  EXPECT_TRUE(stream.read(numbers).ok());
  EXPECT_TRUE(stream.read(texts).ok());

  const std::vector<Reading> readings = {{0, 1, 10'000'000, Value{1.0}, {}}};
  ASSERT_TRUE(stream.push(0, 0, batch_of(requests_[0], readings), 10'000'000).ok());
  EXPECT_TRUE(stream.read(numbers).ok());
  numbers.keys[0] = make_column(ScalarType::kInt64, {2});
  EXPECT_TRUE(stream.read(numbers).ok()) << "a number that no event had, after a text was asked for";
  EXPECT_FALSE(stream.read(texts).ok());
}

TEST_F(EntityStreams, RefuseTimesBeforeWhatIsSettled) {
  EntityStream stream(plan_, 0, features_, {});
  const auto drop = [](const TimeStep&) { return Status(); };
  for (size_t source : {size_t{0}, size_t{1}}) {
    const std::vector<Reading> readings = {{source, 1, 60'000'000, Value{1.0}, {}}};
    ASSERT_TRUE(stream.push(source, 0, batch_of(requests_[source], readings), 60'000'000).ok());
  }
  ASSERT_TRUE(stream.advance(60'000'000, drop).ok());
  EXPECT_EQ(stream.settled_to(), 55'000'000);

  Observations places;
  places.keys.push_back(make_column(ScalarType::kInt64, {1}));
  places.times = make_column(ScalarType::kTimestamp, {54'999'999});
  const auto early = stream.read(places);
  ASSERT_FALSE(early.ok());
  EXPECT_EQ(early.error().kind(), ErrorKind::kNotFound);
  places.times = make_column(ScalarType::kTimestamp, {55'000'000});
  EXPECT_TRUE(stream.read(places).ok());
}

}  // namespace
}  // namespace headrace
