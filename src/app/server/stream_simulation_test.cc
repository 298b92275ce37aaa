#include "engine/batch/batch.h"
#include "io/json/json_events.h"
#include "language/diagnostics/render.h"
#include "session/live/live_features.h"
#include "store/rocks_event_log.h"
#include "store/rocks_files_testing.h"
#include "testing/faulty_file_system.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <random>
#include <span>

/// A life of a server, as a seed says: pushes in disorder, late and ahead of the clock, a clock that jumps, reads, kills,
/// power cuts, disks that fail and fill up. What it gives is compared with a batch run over the events that it accepted,
/// which a second, plain account of the rules says.
///
///   HEADRACE_SIMULATIONS=5000 HEADRACE_FIRST_SEED=1 build/app_server_test --gtest_filter='*StreamSimulation*'

namespace headrace {
namespace {

constexpr std::string_view kDefinitions = R"yaml(
project: {name: simulation}
---
entity: {name: pump, key: pump_id}
---
source: {name: telemetry, entity: pump, event_time: at, columns: {pump_id: string, flow: double}, allowed_lateness: 5m}
---
source: {name: alarms, entity: pump, event_time: at, columns: {pump_id: string, level: int64}, allowed_lateness: 1m}
---
feature: {name: flow_mean, description: d, owner: o, version: "1.0", aggregation: mean, window: 10m, source_features: [flow]}
---
feature: {name: flow_max, description: d, owner: o, version: "1.0", aggregation: max, window: 1h, source_features: [flow]}
---
feature: {name: flow_sum, description: d, owner: o, version: "1.0", aggregation: sum, window: lifetime, source_features: [flow]}
---
feature: {name: flow_last, description: d, owner: o, version: "1.0", aggregation: last, window: 2h, source_features: [flow]}
---
feature: {name: alarm_count, description: d, owner: o, version: "1.0", aggregation: count, window: 30m, source: alarms}
---
feature: {name: level_mean, description: d, owner: o, version: "1.0", aggregation: mean, window: lifetime, source_features: [level]}
---
feature: {name: strain, description: d, owner: o, version: "1.0", source: telemetry, source_features: [flow_max, alarm_count, flow_mean], formula: flow_max * alarm_count + flow_mean}
)yaml";
const std::vector<std::string> kFeatures = {"flow_mean",   "flow_max",   "flow_sum", "flow_last",
                                            "alarm_count", "level_mean", "strain"};
constexpr char kStore[] = "store";
constexpr int64_t kMinute = 60 * kMicrosPerSecond;
constexpr int64_t kStart = 20'000 * 1440 * kMinute;

class SetClock : public Clock {
 public:
  int64_t now_us() const override { return now; }
  int64_t elapsed_us() const override { return now; }
  int64_t now = kStart;
};

struct SimulatedEvent {
  int64_t time;
  std::string text;
};

struct SimulatedPush {
  size_t source;
  int64_t now;  // the clock as the server went by it
  std::vector<SimulatedEvent> events;
};

struct Judged {
  int64_t accepted = 0, late = 0, ahead = 0;
};

/// The rules of one source, plainly: what is late, what waits, what is accepted.
struct SourceAccount {
  Judged push(const std::vector<SimulatedEvent>& events, int64_t now) {
    let_in(now);
    Judged judged;
    for (const SimulatedEvent& event : events) {
      if (newest != kTimeMin && event.time < newest - lateness) {
        ++judged.late;
        continue;
      }
      ++judged.accepted;
      accepted.push_back(event.text);
      if (event.time > now) {
        ++judged.ahead;
        waiting.push_back(event.time);
      } else {
        newest = std::max(newest, event.time);
      }
    }
    late += judged.late;
    return judged;
  }

  void let_in(int64_t now) {
    std::erase_if(waiting, [&](int64_t time) {
      if (time <= now) newest = std::max(newest, time);
      return time <= now;
    });
  }

  int64_t lateness;
  int64_t newest = kTimeMin;
  int64_t late = 0;
  std::vector<int64_t> waiting = {};
  std::vector<std::string> accepted = {};  // in order of arrival
};

using Accounts = std::array<SourceAccount, 2>;

Accounts accounts_of(std::span<const SimulatedPush> pushes) {
  Accounts accounts = {SourceAccount{5 * kMinute}, SourceAccount{1 * kMinute}};
  for (const SimulatedPush& push : pushes) accounts[push.source].push(push.events, push.now);
  return accounts;
}

/// Of each source: events that were accepted and that were late.
std::array<int64_t, 4> totals_of(const Accounts& accounts) {
  std::array<int64_t, 4> totals;
  for (size_t source = 0; source < accounts.size(); ++source) {
    totals[2 * source] = static_cast<int64_t>(accounts[source].accepted.size());
    totals[2 * source + 1] = accounts[source].late;
  }
  return totals;
}

class Simulation {
 public:
  explicit Simulation(uint64_t seed)
      : chance_(seed), session_(Session::of_texts({{"project.yaml", std::string(kDefinitions)}}, ".")) {
    EXPECT_FALSE(session_.diagnostics().has_errors())
        << render_text(session_.diagnostics(), session_.loaded().files, false);
  }

  void run() {
    start();
    for (int step = 0; step < 120 && !testing::Test::HasFailure(); ++step) {
      clock_.now += up_to(40) * kMicrosPerSecond;
      const int64_t dice = up_to(100);
      if (dice < 70) {
        push();
      } else if (dice < 78) {
        compare(2);
      } else if (dice < (rests_ ? 84 : 80)) {
        save();
      } else if (dice < 84) {
        EXPECT_TRUE(live_->tick());
        now_ = std::max(now_, clock_.now);
      } else if (dice < 87) {
        clock_.now += (up_to(3) == 0 ? -1 : 1) * up_to(90) * kMinute;
      } else if (dice < 91) {
        plan_fault();
      } else if (dice < 97) {
        restart();
      } else {
        stop();
        start();
      }
    }
    restart();
    compare(12);
  }

  int64_t restores() const { return restores_; }
  int64_t woken() const { return woken_ + live_->entities()[0].woken; }

 private:
  int64_t up_to(int64_t end) { return static_cast<int64_t>(chance_() % static_cast<uint64_t>(end)); }

  /// Opens until the disk lets it: a fault that was planned may come during a start.
  void start() {
    for (int attempt = 0;; ++attempt) {
      ASSERT_LT(attempt, 3);
      env_ = rocks_env_over(files_);
      auto log = open_rocks_event_log_over(kStore, files_, env_.get());
      LiveOptions options;
      options.clock = &clock_;
      options.history = history_;
      options.keep = keep_;
      options.rests_always = rests_;
      if (log.ok()) {
        log_ = *std::move(log);
        options.log = log_.get();
        auto live = LiveFeatures::open(session_, options);
        ASSERT_TRUE(live.ok()) << live.error().message();
        live_ = *std::move(live);
        restores_ += log_->checkpoint().value() ? 1 : 0;
        break;
      }
      EXPECT_TRUE(has_fault_) << log.error().message();
      files_.restart(Loss::kUnsyncedNames);
      has_fault_ = false;
    }
    settle_the_unsure();
    // What a checkpoint knows of the clock, beyond the pushes, depends on when it was written.
    if (saves_) clock_.now = std::max(clock_.now, clock_at_stop_);
  }

  void stop() {
    clock_at_stop_ = std::max(clock_at_stop_, now_);
    if (live_) woken_ += live_->entities()[0].woken;
    live_ = nullptr;
    log_ = nullptr;
  }

  /// A kill or a power cut: nothing is written any more, also not by those who tidy up.
  void restart() {
    files_.crash_at(files_.changes() + 1);
    stop();
    const Loss loss = kLosses[up_to(std::size(kLosses))];
    files_.restart(loss);
    has_fault_ = false;
    start();
  }

  void plan_fault() {
    has_fault_ = true;
    const int64_t change = files_.changes() + 1 + up_to(25);
    const int64_t kind = up_to(3);
    if (kind == 0) files_.crash_at(change);
    if (kind == 1) files_.fail_at(change);
    if (kind == 2) files_.fill_at(change);
  }

  void save() {
    if (!saves_) return;
    const Status saved = live_->save();
    EXPECT_TRUE(saved.ok() || has_fault_) << saved.error().message();
  }

  void push() {
    const size_t source = up_to(3) == 0 ? 1 : 0;
    std::vector<SimulatedEvent> events;
    for (int64_t i = 0; i <= up_to(4); ++i) events.push_back(event_of(source));
    std::string text;
    for (const SimulatedEvent& event : events) text += event.text + "\n";

    const Result<LivePush> got = live_->push(source == 0 ? "telemetry" : "alarms", text);
    if (!got && is_unsure_) return;  // nothing is taken any more until the next start
    ASSERT_TRUE(got.ok() || has_fault_) << got.error().message();
    is_unsure_ = !got.ok();
    now_ = std::max(now_, clock_.now);
    const Judged judged = accounts_[source].push(events, now_);
    pushes_.push_back({source, now_, std::move(events)});
    if (!got) return;
    EXPECT_EQ(got->accepted, judged.accepted);
    EXPECT_EQ(got->late, judged.late);
    EXPECT_EQ(got->ahead, judged.ahead);
    EXPECT_EQ(got->unreadable, 0);
  }

  SimulatedEvent event_of(size_t source) {
    const int64_t around = up_to(10) == 0 ? up_to(30 * 60) - 15 * 60 : -up_to(6 * 60);
    const int64_t time = clock_.now / kMicrosPerSecond * kMicrosPerSecond + around * kMicrosPerSecond;
    const std::string value = source == 0 ? fmt::format("\"flow\": {}", static_cast<double>(up_to(2000)) / 16.0 - 40.0)
                                          : fmt::format("\"level\": {}", up_to(5));
    // Where keys leave memory, two pumps at a time have events.
    const int64_t pump = rests_ ? (clock_.now / (8 * kMinute) + up_to(2)) % 5 : up_to(5);
    return {time, fmt::format(R"({{"pump_id": "p{}", "at": "{}", {}}})", pump, to_string(EventTime{time}), value)};
  }

  /// After a start: the accepted events are those of the pushes that were acknowledged, and of one of which nobody knows
  /// whether it is kept all or none.
  void settle_the_unsure() {
    std::array<int64_t, 4> found{};
    for (const LiveSource& source : live_->sources()) {
      const size_t at = source.name == "telemetry" ? 0 : 2;
      found[at] = source.accepted;
      found[at + 1] = source.late;
    }
    if (is_unsure_ && found == totals_of(accounts_of(std::span(pushes_).first(pushes_.size() - 1)))) pushes_.pop_back();
    is_unsure_ = false;
    accounts_ = accounts_of(pushes_);
    EXPECT_EQ(found, totals_of(accounts_));
    now_ = pushes_.empty() ? kTimeMin : pushes_.back().now;  // what only reads knew of the clock is forgotten
  }

  /// Values at some places against those of a batch run over the events that were accepted.
  void compare(int places) {
    ASSERT_TRUE(live_->tick());
    now_ = std::max(now_, clock_.now);
    for (SourceAccount& account : accounts_) account.let_in(now_);
    const Plan& plan = live_->plan();
    const int64_t earliest = live_->earliest(0).us;
    for (int i = 0; i < places; ++i) {
      const int64_t span = now_ - std::max(earliest, kStart - 1440 * kMinute);
      const int64_t time = i == 0 || span <= 0 ? now_ : now_ - up_to(span + 1);
      LiveQuestion question{.features = kFeatures, .entities = {}, .as_of = EventTime{time}};
      for (int pump = 0; pump < 5; ++pump) question.entities.push_back({Value{fmt::format("p{}", pump)}});
      const Result<LiveAnswer> answer = live_->read(question);
      ASSERT_TRUE(answer.ok()) << answer.error().message();
      const std::vector<std::vector<Value>> expected = batch_values(plan, time);
      for (size_t pump = 0; pump < expected.size(); ++pump) {
        for (size_t f = 0; f < kFeatures.size(); ++f) {
          EXPECT_EQ(to_json(answer->values[pump][f]), to_json(expected[pump][f]))
              << kFeatures[f] << " of p" << pump << " at " << to_string(EventTime{time});
        }
      }
    }
  }

  /// By pump, then feature.
  std::vector<std::vector<Value>> batch_values(const Plan& plan, int64_t time) const {
    std::vector<size_t> features;
    for (const std::string& name : kFeatures) {
      features.push_back(static_cast<size_t>(plan.find_feature(name) - plan.features.data()));
    }
    std::vector<std::unique_ptr<MemorySource>> sources;
    OpenSources opened;
    for (const SourceRequest& request : source_requests(plan, 0, features)) {
      const auto definition = std::find_if(plan.sources.begin(), plan.sources.end(),
                                           [&](const PlanSource& each) { return each.name == request.source; });
      const std::vector<std::string>& texts = accounts_[request.source == "telemetry" ? 0 : 1].accepted;
      JsonEvents reader(*definition, request, request.source);
      const std::vector<std::string_view> records(texts.begin(), texts.end());
      sources.push_back(std::make_unique<MemorySource>(reader.decode(records).value().batches));
      opened[request.source] = sources.back().get();
    }

    Observations places;
    std::vector<std::string> pumps;
    ColumnBuilder keys(Type{ScalarType::kString, false});
    for (int pump = 0; pump < 5; ++pump) keys.append(Value{fmt::format("p{}", pump)});
    places.keys.push_back(std::move(keys).finish());
    places.times = make_column(ScalarType::kTimestamp, std::vector<int64_t>(5, time));
    const DatasetResult result = dataset(plan, 0, features, places, opened, {}).value();
    std::vector<std::vector<Value>> values(5);
    for (size_t pump = 0; pump < values.size(); ++pump) {
      for (const Column& column : result.features) values[pump].push_back(column.value_at(static_cast<int64_t>(pump)));
    }
    return values;
  }

  std::mt19937_64 chance_;
  const Session session_;
  const bool saves_ = up_to(3) > 0;             // checkpoints
  const bool rests_ = saves_ && up_to(2) == 0;  // keys leave memory with each that may
  const std::optional<Duration> history_ = rests_          ? std::optional(Duration{up_to(3) * kMinute})
                                           : up_to(2) == 0 ? std::nullopt
                                                           : std::optional(Duration{up_to(30) * kMinute});
  const std::optional<Duration> keep_ = up_to(2) == 0 ? std::nullopt : std::optional(Duration{up_to(60) * kMinute});
  SetClock clock_;
  FaultyFileSystem files_;
  bool has_fault_ = false;
  std::unique_ptr<rocksdb::Env> env_;
  std::unique_ptr<EventLog> log_;
  std::unique_ptr<LiveFeatures> live_;

  std::vector<SimulatedPush> pushes_;  // that were taken
  bool is_unsure_ = false;             // whether the last of them is kept
  Accounts accounts_ = accounts_of({});
  int64_t now_ = kTimeMin;  // the clock as the server goes by it: never back
  int64_t clock_at_stop_ = kTimeMin;
  int64_t restores_ = 0;
  int64_t woken_ = 0;  // keys that came back into memory
};

int64_t number_of(const char* variable, int64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::atoll(text);
}

/// Four tests, so that they run side by side.
class StreamSimulation : public testing::TestWithParam<int64_t> {};

TEST_P(StreamSimulation, HasTheBatchesValues) {
  int64_t restores = 0, woken = 0;
  const int64_t seeds = number_of("HEADRACE_SIMULATIONS", 100), first = number_of("HEADRACE_FIRST_SEED", 1);
  for (int64_t seed = first + GetParam(); seed < first + seeds; seed += 4) {
    Simulation simulation(static_cast<uint64_t>(seed));
    simulation.run();
    restores += simulation.restores();
    woken += simulation.woken();
    ASSERT_FALSE(HasFailure()) << "HEADRACE_FIRST_SEED=" << seed << " HEADRACE_SIMULATIONS=1 runs it again";
  }
  if (seeds > 50) {
    EXPECT_GT(restores, seeds / 8) << "starts from checkpoints";
    EXPECT_GT(woken, seeds / 16) << "keys that had left memory";
  }
}

INSTANTIATE_TEST_SUITE_P(Quarters, StreamSimulation, testing::Range(int64_t{0}, int64_t{4}));

}  // namespace
}  // namespace headrace
