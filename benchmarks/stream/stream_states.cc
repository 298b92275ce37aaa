/// What the states of a stream take, in one thread and from memory: reads of a long window of one entity, bytes an event and
/// bytes an entity and feature, and reads while events wait that are ahead of the clock.
///
///   stream_states window [EVENTS]      default: 1,000,000 events in 30 days
///   stream_states memory [EVENTS]      default: 4,000,000
///   stream_states ahead [TURNS]        default: 100,000
///
/// Prints a line of JSON for each measurement.

#include "base/check.h"
#include "engine/stream/entity_stream.h"
#include "language/load_repository.h"
#include "plan/make_plan.h"

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headrace {
namespace {

constexpr int64_t kStart = 1'700'000'000 * kMicrosPerSecond;
constexpr size_t kPushRows = 4096;
constexpr std::string_view kTen = "[count, sum, mean, min, max, range, variance, stddev, first, last]";

struct Definitions {
  std::string_view aggregations;
  std::string_view windows;
  bool has_id = false;
};

Plan plan_of(const Definitions& definitions) {
  const std::string text =
      fmt::format(R"yaml(
project: {{name: bench}}
---
entity: {{name: pump, key: pump_id}}
---
source: {{name: telemetry, entity: pump, event_time: at, {}columns: {{pump_id: int64, {}flow: double}}, allowed_lateness: 10m}}
---
feature:
  name: flow
  description: d
  owner: benchmark
  version: "1.0"
  aggregation: {}
  window: {}
  source_features: [flow]
  formula: flow
)yaml",
                  definitions.has_id ? "id: reading, " : "", definitions.has_id ? "reading: int64, " : "",
                  definitions.aggregations, definitions.windows);
  LoadedRepository loaded = load_repository({{"bench.yaml", text}});
  CHECK(!loaded.diagnostics.has_errors());
  return make_plan(loaded.repository);
}

using Clock = std::chrono::steady_clock;

double micros_since(Clock::time_point start) {
  return std::chrono::duration<double, std::micro>(Clock::now() - start).count();
}

int64_t allocated_bytes() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<int64_t>(info.uordblks + info.hblkhd);
}

/// A stream, its clock, and readings that are gathered into pushes.
class Pumps {
 public:
  Pumps(const Definitions& definitions, StreamOptions options)
      : has_id_(definitions.has_id),
        plan_(plan_of(definitions)),
        stream_(plan_, 0, all_features(), std::move(options)) {}

  /// Events in order of time; what fills a push is pushed when its last one happens.
  void add(int64_t pump, int64_t time) {
    pumps_.push_back(pump);
    times_.push_back(time);
    ids_.push_back(next_id_++);
    flows_.push_back(1.0 + static_cast<double>(random_() % 10'000) / 100.0);
    if (pumps_.size() == kPushRows) push(time);
  }

  /// Makes a push of what was added and settles what can be.
  void push(int64_t now) {
    clock_ = std::max(clock_, now);
    if (!pumps_.empty()) {
      Batch batch;
      batch.rows = static_cast<int64_t>(pumps_.size());
      batch.columns = {make_column(ScalarType::kInt64, std::exchange(pumps_, {})),
                       make_column(ScalarType::kTimestamp, std::exchange(times_, {}))};
      if (has_id_) batch.columns.push_back(make_column(ScalarType::kInt64, ids_));
      batch.columns.push_back(make_column(std::exchange(flows_, {})));
      ids_.clear();
      const Result<PushResult> result = stream_.push(0, 0, batch, clock_);
      CHECK(result.ok());
      CHECK(result->left_out.empty());
    }
    CHECK(stream_.advance(clock_, [](const TimeStep& /*step*/) { return Status(); }).ok());
  }

  double read_micros(int64_t pump) {
    Observations place;
    place.keys = {make_column(ScalarType::kInt64, {pump})};
    place.times = make_column(ScalarType::kTimestamp, {clock_});
    const Clock::time_point start = Clock::now();
    CHECK(stream_.read(place).ok());
    return micros_since(start);
  }

  int64_t clock() const { return clock_; }
  std::mt19937_64& random() { return random_; }
  size_t features() const { return plan_.features.size(); }

 private:
  std::vector<size_t> all_features() const {
    std::vector<size_t> features;
    for (size_t f = 0; f < plan_.features.size(); ++f) features.push_back(f);
    return features;
  }

  const bool has_id_;
  const Plan plan_;
  EntityStream stream_;
  std::mt19937_64 random_{1};
  int64_t clock_ = kStart;
  int64_t next_id_ = 0;
  std::vector<int64_t> pumps_, times_, ids_;
  std::vector<double> flows_;
};

/// Some pumps are busy and most are quiet.
int64_t some_pump(std::mt19937_64& random, int64_t pumps) {
  const double draw = static_cast<double>(random() >> 11) * 0x1p-53;
  return static_cast<int64_t>(std::pow(draw, 3.0) * static_cast<double>(pumps));
}

double quantile(std::vector<double>& values, double part) {
  const auto at = static_cast<size_t>(part * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<int64_t>(at), values.end());
  return values[at];
}

std::string quantiles(std::vector<double>& micros) {
  return fmt::format(R"("p50_us":{:.1f},"p99_us":{:.1f},"p999_us":{:.1f},"max_us":{:.1f})", quantile(micros, 0.5),
                     quantile(micros, 0.99), quantile(micros, 0.999), quantile(micros, 1));
}

/// One event and one read in turn, as many more as a fiftieth of the window's events; `late`: one in so many is a minute late.
void measure_window(const Definitions& definitions, std::string_view name, bool has_history, int64_t events, int late) {
  constexpr int64_t kWindow = 30 * kMicrosPerDay;
  StreamOptions options;
  if (has_history) options.history = Duration{kWindow};
  Pumps pumps(definitions, options);
  const int64_t step = kWindow / events;
  // Half as much again, so that events leave the window too.
  const int64_t before = events + events / 2;
  for (int64_t i = 0; i < before; ++i) pumps.add(7, kStart + i * step);
  pumps.push(kStart + (before - 1) * step);

  std::vector<double> reads, pushes;
  const int64_t turns = std::max<int64_t>(events / 50, 1000);
  for (int64_t i = 0; i < turns; ++i) {
    const int64_t now = pumps.clock() + step;
    const bool is_late = late > 0 && i % late == 0;
    const Clock::time_point start = Clock::now();
    pumps.add(7, is_late ? now - 60 * kMicrosPerSecond : now);
    pumps.push(now);
    pushes.push_back(micros_since(start));
    reads.push_back(pumps.read_micros(7));
  }
  fmt::print(
      R"({{"work":"window","features":"{}","count":{},"history":{},"events":{},"late_percent":{},{},"push_p50_us":{:.1f},"push_p99_us":{:.1f}}})"
      "\n",
      name, pumps.features(), has_history, events, late > 0 ? 100.0 / late : 0.0, quantiles(reads),
      quantile(pushes, 0.5), quantile(pushes, 0.99));
  std::fflush(stdout);
}

/// Bytes of the allocator that some events of the pumps take, in less than the window.
int64_t bytes_of_events(const Definitions& definitions, bool has_history, int64_t events, int64_t pumps_count,
                        int64_t reads) {
  constexpr int64_t kSpan = 25 * kMicrosPerDay;
  const int64_t before = allocated_bytes();
  StreamOptions options;
  if (has_history) options.history = Duration{30 * kMicrosPerDay};
  Pumps pumps(definitions, options);
  for (int64_t i = 0; i < events; ++i) {
    const int64_t pump = i < pumps_count ? i : some_pump(pumps.random(), pumps_count);
    pumps.add(pump, kStart + i * (kSpan / events));
  }
  pumps.push(kStart + kSpan);
  for (int64_t pump = 0; pump < reads; ++pump) pumps.read_micros(pump);
  return allocated_bytes() - before;
}

/// Of 10,000 pumps, between that many events and half of them.
void measure_events(bool has_id, bool has_history, int64_t events) {
  constexpr int64_t kPumps = 10'000;
  const Definitions definitions{"[mean]", "30d", has_id};
  const int64_t half = bytes_of_events(definitions, has_history, events / 2, kPumps, 0);
  const int64_t all = bytes_of_events(definitions, has_history, events, kPumps, 0);
  fmt::print(R"({{"work":"event bytes","has_id":{},"history":{},"events":{},"bytes_per_event":{:.1f},"bytes":{}}})"
             "\n",
             has_id, has_history, events, static_cast<double>(all - half) / static_cast<double>(events - events / 2),
             all);
  std::fflush(stdout);
}

/// Of pumps with two events each and fifty features, between that many and half of them.
void measure_entities(bool is_read, bool has_history) {
  constexpr int64_t kPumps = 20'000;
  const Definitions definitions{kTen, "[1h, 6h, 24h, 7d, 30d]"};
  const auto bytes = [&](int64_t pumps) {
    return bytes_of_events(definitions, has_history, 2 * pumps, pumps, is_read ? pumps : 0);
  };
  const double more = static_cast<double>(bytes(kPumps) - bytes(kPumps / 2));
  fmt::print(
      R"({{"work":"entity bytes","is_read":{},"history":{},"features":50,"bytes_per_entity_and_feature":{:.1f}}})"
      "\n",
      is_read, has_history, more / (kPumps / 2.0 * 50));
  std::fflush(stdout);
}

/// One event and one read of a pump in turn, while one pump in a hundred has an event a day ahead, or none has.
void measure_ahead(bool has_ahead, int64_t turns) {
  constexpr int64_t kPumps = 10'000;
  constexpr int64_t kBefore = 200'000;
  constexpr int64_t kStep = 100'000;  // a fifth of the events of benchmarks/serving a second
  StreamOptions options;
  options.max_ahead = Duration{kMicrosPerDay};
  Pumps pumps({kTen, "24h"}, options);
  for (int64_t i = 0; i < kBefore; ++i) {
    pumps.add(i < kPumps ? i : some_pump(pumps.random(), kPumps), kStart + i * kStep);
  }
  pumps.push(kStart + (kBefore - 1) * kStep);
  for (int64_t pump = 0; has_ahead && pump < kPumps; pump += 100)
    pumps.add(pump, pumps.clock() + kMicrosPerDay - kPumps + pump);
  pumps.push(pumps.clock());

  std::vector<double> reads;
  for (int64_t i = 0; i < turns; ++i) {
    const int64_t now = pumps.clock() + kStep;
    pumps.add(some_pump(pumps.random(), kPumps), now);
    pumps.push(now);
    // Half of the reads are of pumps that have one.
    const int64_t pump =
        i % 2 == 0 ? static_cast<int64_t>(pumps.random()() % 100) * 100 : some_pump(pumps.random(), kPumps);
    reads.push_back(pumps.read_micros(pump));
  }
  fmt::print(R"({{"work":"ahead","has_ahead":{},"turns":{},{}}})"
             "\n",
             has_ahead, turns, quantiles(reads));
  std::fflush(stdout);
}

int64_t number_or(const char* text, int64_t otherwise) {
  if (text == nullptr) return otherwise;
  int64_t number = otherwise;
  std::from_chars(text, text + std::char_traits<char>::length(text), number);
  return number;
}

int run(std::string_view what, const char* number) {
  if (what == "window") {
    const int64_t events = number_or(number, 1'000'000);
    for (const int late : {0, 100}) {
      measure_window({"[mean]", "30d"}, "mean", false, events, late);
      measure_window({"[mean]", "30d"}, "mean", true, events, late);
      measure_window({kTen, "30d"}, "ten", false, events, late);
      measure_window({"[count_distinct, median]", "30d"}, "count_distinct, median", false, events, late);
    }
    return 0;
  }
  if (what == "memory") {
    const int64_t events = number_or(number, 4'000'000);
    for (const bool has_history : {false, true}) {
      for (const bool has_id : {false, true}) measure_events(has_id, has_history, events);
    }
    for (const bool has_history : {false, true}) {
      for (const bool is_read : {false, true}) measure_entities(is_read, has_history);
    }
    return 0;
  }
  if (what == "ahead") {
    // In turn, so that both see the same neighbours.
    for (int round = 0; round < 3; ++round) {
      for (const bool has_ahead : {false, true}) measure_ahead(has_ahead, number_or(number, 100'000));
    }
    return 0;
  }
  fmt::print(stderr, "stream_states window|memory|ahead [NUMBER]\n");
  return 2;
}

}  // namespace
}  // namespace headrace

int main(int argc, char** argv) { return headrace::run(argc > 1 ? argv[1] : "", argc > 2 ? argv[2] : nullptr); }
