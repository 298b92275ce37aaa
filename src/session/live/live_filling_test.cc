/// Live features that begin with files and go on with a stream have the values of a batch run over both.

#include "base/file_system.h"
#include "engine/batch/batch.h"
#include "io/open_source.h"
#include "session/live/live_beginning.h"
#include "session/live/live_features.h"
#include "session/live/sound_session_testing.h"
#include "testing/memory_event_log.h"
#include "testing/own_folder.h"
#include "testing/stopped_clock.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <random>
#include <set>

namespace headrace {
namespace {

constexpr int64_t kOneSecond = kMicrosPerSecond;
constexpr int64_t kOneMinute = 60 * kOneSecond;
constexpr int64_t kOneHour = 60 * kOneMinute;

constexpr std::string_view kLonger = R"yaml(
---
feature: {name: flow_9h, description: d, aggregation: [mean, min, median], window: 9h, source_features: [flow], owner: t, version: "1.0"}
---
feature: {name: ever_since, description: d, aggregation: [mean, max], window: lifetime, source_features: [flow], owner: t, version: "1.0"}
)yaml";

/// `identity`: of repairs.
std::string definitions(std::string_view identity, std::string_view more = "") {
  return fmt::format(R"yaml(
project: {{name: pumps}}
---
entity: {{name: pump, key: pump_id}}
---
source: {{name: telemetry, entity: pump, event_time: at, columns: {{pump_id: string, flow: double, state: string}}, allowed_lateness: 5m, batch: {{format: ndjson, path: telemetry.ndjson}}}}
---
source: {{name: repairs, entity: pump, event_time: at, columns: {{pump_id: string, cost: int64}}, allowed_lateness: 10m, {}batch: {{format: ndjson, path: repairs.ndjson}}}}
---
feature: {{name: flow_1h, description: d, aggregation: [mean, max, stddev], window: [20m, 1h], source_features: [flow], owner: t, version: "1.0"}}
---
feature: {{name: ever, description: d, aggregation: [sum, median, count_distinct, skewness], window: lifetime, source_features: [flow], owner: t, version: "1.0"}}
---
feature: {{name: first_states, description: d, aggregation: first_k, params: {{k: 3}}, window: lifetime, source_features: [state], owner: t, version: "1.0"}}
---
feature: {{name: states, description: d, aggregation: top_k, params: {{k: 2}}, window: {{last: 4}}, source_features: [state], owner: t, version: "1.0"}}
---
feature: {{name: smooth, description: d, aggregation: ewma, params: {{half_life: 30m}}, window: 3h, source_features: [flow], owner: t, version: "1.0"}}
---
feature: {{name: cost, description: d, aggregation: sum, window: lifetime, source_features: [cost], owner: t, version: "1.0"}}
---
feature: {{name: repairs_2h, description: d, aggregation: count, window: 2h, source: repairs, owner: t, version: "1.0"}}
---
feature: {{name: above, description: d, aggregation: count, window: 30m, filter: "flow > flow_1h_mean_20m", source_features: [flow, flow_1h_mean_20m], owner: t, version: "1.0"}}
)yaml",
                     identity) +
         std::string(more);
}

struct Made {
  int64_t time;
  std::string text;
};

class LiveFillingTest : public testing::TestWithParam<uint64_t> {
 protected:
  void SetUp() override {
    clock_.now = 1000 * kOneHour;
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Session session_of(const std::string& text) const { return sound_session(text, folder_); }

  LiveOptions options_of(std::optional<Duration> keep) {
    LiveOptions options;
    options.clock = &clock_;
    options.log = &log_;
    options.keep = keep;
    options.rests_always = GetParam() % 2 == 0;
    return options;
  }

  /// An event of its own time and id.
  Made event(const std::string& source, int64_t time) {
    while (!times_.insert(time).second) ++time;
    const std::string at = to_string(EventTime{time});
    const uint64_t pump = random_() % 4;
    if (source == "repairs") {
      return {time, fmt::format(R"({{"pump_id": "p{}", "at": "{}", "cost": {}, "id": {}}})", pump, at, random_() % 1000,
                                times_.size())};
    }
    const double flow = static_cast<double>(random_() % 10'000) / 64.0;
    return {time, fmt::format(R"({{"pump_id": "p{}", "at": "{}", "flow": {}, "state": "{}"}})", pump, at, flow,
                              std::string(1, static_cast<char>('a' + random_() % 4)))};
  }

  void write(const std::string& name, const std::vector<Made>& events) const {
    std::string text;
    for (const Made& each : events) text += each.text + "\n";
    ASSERT_TRUE(write_file_atomically(real_file_system(), folder_ + "/" + name, text).ok());
  }

  /// What the batch engine says of all events that count, at a time.
  std::string expected(const Session& session, int64_t at) {
    for (const char* source : {"telemetry", "repairs"}) write(fmt::format("all-{}.ndjson", source), counted_[source]);
    const Plan plan = session.plan({}, CheckNodes::kLeftOut).value();
    std::vector<size_t> features;
    for (size_t f = 0; f < plan.features.size(); ++f) features.push_back(f);
    const auto bad_rows = BadRows::create(BadRowPolicy::kStop, "").value();
    std::vector<std::unique_ptr<FileSource>> files;
    OpenSources sources;
    for (const SourceRequest& request : source_requests(plan, 0, features)) {
      PlanSource source = *std::ranges::find(plan.sources, request.source, &PlanSource::name);
      source.batch->path = fmt::format("all-{}.ndjson", request.source);
      files.push_back(open_source(source, folder_, request, {.bad_rows = bad_rows.get()}).value());
      sources[request.source] = files.back().get();
    }

    Observations places;
    ColumnBuilder pumps(Type{ScalarType::kString, false});
    for (int pump = 0; pump < 5; ++pump) pumps.append_string(fmt::format("p{}", pump));
    places.keys.push_back(std::move(pumps).finish());
    places.times = make_column(ScalarType::kTimestamp, std::vector<int64_t>(5, at));
    const DatasetResult result = dataset(plan, 0, features, places, sources, {.threads = 1}).value();
    std::string text;
    for (int64_t pump = 0; pump < 5; ++pump) {
      for (size_t f = 0; f < features.size(); ++f) {
        text += plan.features[f].name + "=" + to_json(result.features[f].value_at(pump)) + " ";
      }
      text += "\n";
    }
    return text;
  }

  std::string read(LiveFeatures& live, int64_t at) const {
    LiveQuestion question{.as_of = EventTime{at}};
    for (const PlanFeature& feature : live.plan().features) question.features.push_back(feature.name);
    for (int pump = 0; pump < 5; ++pump) question.entities.push_back({Value{fmt::format("p{}", pump)}});
    const Result<LiveAnswer> answer = live.read(question);
    if (!answer) return answer.error().message();
    std::string text;
    for (const std::vector<Value>& values : answer->values) {
      for (size_t f = 0; f < values.size(); ++f) text += question.features[f] + "=" + to_json(values[f]) + " ";
      text += "\n";
    }
    return text;
  }

  const std::string folder_ = own_folder();
  StoppedClock clock_;
  MemoryEventLog log_;
  std::mt19937_64 random_{GetParam()};
  std::set<int64_t> times_;
  std::map<std::string, std::vector<Made>> counted_;  // by source: that values are made of
};

TEST_P(LiveFillingTest, ValuesAreThoseOfABatchRunOverFilesAndStream) {
  const bool is_united = GetParam() % 2 == 1;
  const std::optional<Duration> keep = GetParam() % 3 == 0 ? std::nullopt : std::optional(Duration{10 * kOneMinute});
  const std::string identity = is_united ? "id: id, " : "";
  Session session = session_of(definitions(identity));
  const auto back = [&](int64_t most) { return static_cast<int64_t>(random_() % static_cast<uint64_t>(most)); };

  // Files reach behind the cuts, and what comes late for them lies before.
  const std::map<std::string, int64_t> cut = {{"telemetry", clock_.now - back(2 * kOneHour)},
                                              {"repairs", clock_.now - back(2 * kOneHour)}};
  LiveOptions options = options_of(keep);
  std::map<std::string, std::vector<Made>> of_files;
  std::vector<std::pair<std::string, Made>> repeated;  // of files, that come of the stream too
  for (const auto& [source, at] : cut) {
    options.cuts[source] = {.at = {at}};
    for (int left = 0; left < 400; ++left) of_files[source].push_back(event(source, at - back(30 * kOneHour)));
    for (int left = 0; left < 40; ++left) {
      const Made each = event(source, at - 30 * kOneMinute + back(31 * kOneMinute));
      of_files[source].push_back(each);
      repeated.emplace_back(source, each);
    }
    of_files[source].push_back(event(source, at + kOneMinute));
    for (const Made& each : of_files[source]) {
      const bool is_taken = each.time < at || (is_united && source == "repairs");
      if (is_taken) counted_[source].push_back(each);
    }
    write(source + ".ndjson", of_files[source]);
  }

  auto live = LiveFeatures::open(session, options).value();
  ASSERT_EQ(read(*live, clock_.now), expected(session, clock_.now));
  int64_t covered = 0, accepted = 0, late = 0;
  std::set<std::string> pushed_texts;
  const auto push = [&](const std::string& source, const Made& made) {
    const LivePush answer = live->push(source, made.text).value();
    covered += answer.covered;
    accepted += answer.accepted;
    late += answer.late;
    EXPECT_EQ(answer.covered + answer.accepted + answer.late, 1);
    const bool is_of_files =
        std::ranges::any_of(of_files[source], [&](const Made& of) { return of.text == made.text; });
    const bool counts_twice = is_of_files && (made.time < cut.at(source) || (is_united && source == "repairs"));
    if (answer.accepted > 0 && !counts_twice) counted_[source].push_back(made);
    EXPECT_TRUE(answer.accepted == 0 || !counts_twice || (is_united && source == "repairs")) << made.text;
    for (const LiveSource& each : live->sources()) {
      EXPECT_TRUE(each.name != source || (answer.covered > 0) == (made.time < each.cut->taken_from.us));
    }
  };

  bool is_longer = false;
  for (int step = 0; step < 250; ++step) {
    clock_.now += back(4 * kOneMinute);
    const std::string source = random_() % 3 == 0 ? "repairs" : "telemetry";
    if (!repeated.empty() && random_() % 3 == 0) {
      push(repeated.back().first, repeated.back().second);
      repeated.pop_back();
    } else {
      // Of a stream that has all events from the cut on: some come late.
      int64_t time = clock_.now - back(random_() % 8 == 0 ? 15 * kOneMinute : 2 * kOneMinute);
      const bool is_late_for_files = is_united && source == "repairs" && step < 40 && random_() % 2 == 0;
      if (is_late_for_files) time = cut.at(source) - 1 - back(9 * kOneMinute);
      if (time >= cut.at(source) || is_late_for_files) push(source, event(source, time));
    }
    if (random_() % 12 == 0) {
      ASSERT_TRUE(live->save().ok());
    }
    if (random_() % 20 == 0) live = LiveFeatures::open(session, options).value();  // as after a kill

    // Definitions that reach farther back, with the files of today.
    if (step == 150) {
      ASSERT_TRUE(live->save().ok());
      for (const auto& [name, at] : cut) {
        write(name + ".ndjson", counted_[name]);
        of_files[name] = counted_[name];
      }
      session = session_of(definitions(identity, kLonger));
      Result<std::unique_ptr<LiveFeatures>> longer = LiveFeatures::open(session, options);
      ASSERT_TRUE(longer.ok()) << longer.error().message();
      live = *std::move(longer);
      is_longer = true;
    }
    if (random_() % 8 == 0) {
      ASSERT_EQ(read(*live, clock_.now), expected(session, clock_.now))
          << "step " << step << (is_longer ? ", longer" : "");
      const int64_t earlier = std::max(live->earliest(0).us, clock_.now - back(90 * kOneMinute));
      if (earlier < clock_.now) {
        ASSERT_EQ(read(*live, earlier), expected(session, earlier)) << "step " << step;
      }
    }
  }
  EXPECT_GT(accepted, 100);
  EXPECT_GT(covered, 5);
  for (const LiveSource& source : live->sources()) {
    ASSERT_TRUE(source.cut.has_value());
    EXPECT_GE(source.cut->at.us, cut.at(source.name));
    EXPECT_EQ(source.cut->asked, EventTime{cut.at(source.name)});
  }
}

TEST(StreamCutTest, BytesBringBackWhatTheyAreOf) {
  const StreamCuts cuts = {{"a", {.at = {5}, .asked = EventTime{4}, .taken_from = {-3}, .files_end = {9}, .rows = 7}},
                           {"b", {.at = {1}, .asked = {}, .taken_from = {1}, .files_end = {1}, .rows = 0}}};
  const std::string bytes = to_bytes(cuts);
  const StreamCuts again = cuts_of(bytes).value();
  EXPECT_EQ(to_bytes(again), bytes);
  EXPECT_EQ(again.at("a").asked, EventTime{4});
  EXPECT_EQ(again.at("a").taken_from, EventTime{-3});
  EXPECT_FALSE(again.at("b").asked.has_value());

  FilledRows rows{"a", {}};
  rows.batch.rows = 2;
  ColumnBuilder texts(Type{ScalarType::kString, false}), numbers(Type{ScalarType::kDouble, false});
  texts.append_string("p\n1");
  texts.append_null();
  numbers.append_double(-0.1);
  numbers.append_double(0x1p-1074);
  rows.batch.columns = {std::move(texts).finish(), std::move(numbers).finish()};
  const std::string row_bytes = to_bytes(std::vector{rows, rows});
  const std::vector<FilledRows> rows_again = filled_rows_of(row_bytes).value();
  EXPECT_EQ(to_bytes(rows_again), row_bytes);
  EXPECT_EQ(rows_again[1].batch.columns[0].string_at(0), "p\n1");
  EXPECT_FALSE(rows_again[1].batch.columns[0].is_valid(1));
  for (size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(cuts_of(bytes.substr(0, size)).has_value());
  for (size_t size = 0; size < row_bytes.size(); ++size) {
    EXPECT_FALSE(filled_rows_of(row_bytes.substr(0, size)).has_value());
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, LiveFillingTest, testing::Range<uint64_t>(1, 13));

}  // namespace
}  // namespace headrace
