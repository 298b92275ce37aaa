/// How fast the stream engine takes events in, and gives values out, in one thread and from memory.
///
///   stream_rate [EVENTS] [PUMPS]      default: 4,000,000 events of 10,000 pumps
///
/// Events come in order of time, some pumps busy and most quiet, in pushes of 4,096 rows; after each push what the
/// watermark has passed is settled and becomes final rows. Then values are read at random pumps, in order and with one
/// event in a hundred a minute late, one event and one read in turn. Prints a table; the same work by a batch run over
/// the same rows in memory stands beside it.

#include "base/check.h"
#include "engine/batch/batch.h"
#include "engine/stream/entity_stream.h"
#include "language/load_repository.h"
#include "plan/make_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <random>

namespace headrace {
namespace {

constexpr int64_t kPushRows = 4096;

std::string definitions(bool is_wide) {
  return fmt::format(R"yaml(
project: {{name: bench}}
---
entity: {{name: pump, key: pump_id}}
---
source: {{name: telemetry, entity: pump, event_time: at, columns: {{pump_id: int64, flow: double, power: double}}, allowed_lateness: 10m}}
---
feature:
  name: efficiency
  description: d
  owner: benchmark
  version: "1.0"
  aggregation: {}
  window: {}
  source_features: [flow, power]
  formula: flow / power
)yaml",
                     is_wide ? "[count, sum, mean, min, max, range, variance, stddev, first, last]" : "[mean]",
                     is_wide ? "[1h, 6h, 24h, 7d, 30d]" : "24h");
}

/// A log of readings over 90 days, divided into pushes.
std::vector<Batch> make_log(int64_t events, int64_t pumps) {
  std::mt19937_64 random(1);
  const int64_t step_us = 90 * kMicrosPerDay / events;
  std::vector<Batch> pushes;
  int64_t time = 1'700'000'000 * kMicrosPerSecond;
  for (int64_t done = 0; done < events; done += kPushRows) {
    std::vector<int64_t> ids, times;
    std::vector<double> flows, powers;
    for (int64_t i = 0; i < std::min(kPushRows, events - done); ++i) {
      const double draw = static_cast<double>(random() >> 11) * 0x1p-53;
      ids.push_back(static_cast<int64_t>(std::pow(draw, 3.0) * static_cast<double>(pumps)));
      time += static_cast<int64_t>(random() % static_cast<uint64_t>(2 * step_us));
      times.push_back(time);
      flows.push_back(1.0 + static_cast<double>(random() % 10'000) / 100.0);
      powers.push_back(1.0 + static_cast<double>(random() % 5'000) / 100.0);
    }
    Batch& push = pushes.emplace_back();
    push.rows = static_cast<int64_t>(ids.size());
    push.columns = {make_column(ScalarType::kInt64, std::move(ids)),
                    make_column(ScalarType::kTimestamp, std::move(times)), make_column(std::move(flows)),
                    make_column(std::move(powers))};
  }
  return pushes;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

struct NullSink : Sink {
  Status write(const Batch& batch) override {
    rows += batch.rows;
    return {};
  }
  int64_t rows = 0;
};

class Bench {
 public:
  Bench(bool is_wide, const std::vector<Batch>& log)
      : plan_(make_plan(load_repository({{"bench.yaml", definitions(is_wide)}}).repository)), log_(log) {
    for (size_t f = 0; f < plan_.features.size(); ++f) features_.push_back(f);
  }

  void run() {
    const int64_t events = static_cast<int64_t>(log_.size() - 1) * kPushRows + log_.back().rows;
    const double batch = run_batch();
    EntityStream stream(plan_, 0, features_, {});
    const double streamed = run_stream(stream);
    fmt::print("{:>3} features  {:>8.0f} k events/s of the stream  {:>8.0f} k of a batch run  {:>7.0f} MB\n",
               features_.size(), static_cast<double>(events) / streamed / 1e3,
               static_cast<double>(events) / batch / 1e3, static_cast<double>(stream.memory_bytes()) / 1e6);
    read(stream, 0);
    read(stream, 100);
  }

 private:
  double run_batch() const {
    MemorySource source(log_);
    NullSink sink;
    BackfillRequest request;
    request.features = features_;
    const auto start = std::chrono::steady_clock::now();
    CHECK(backfill(plan_, request, {{"telemetry", &source}}, {.threads = 1}, sink).ok());
    return seconds_since(start);
  }

  double run_stream(EntityStream& stream) {
    const auto start = std::chrono::steady_clock::now();
    for (const Batch& push : log_) {
      clock_ = push.columns[1].int64s()[push.rows - 1];
      CHECK(stream.push(0, 0, push, clock_).ok());
      CHECK(stream.advance(clock_, [&](const TimeStep& step) -> Status {
        final_rows_ += stream.final_rows(step).rows;
        return {};
      }));
    }
    return seconds_since(start);
  }

  /// One event, then a read of its pump, in turn. `late`: one event in so many is a minute late; 0 for none.
  void read(EntityStream& stream, int late) {
    constexpr int kReads = 20'000;
    std::mt19937_64 random(2);
    std::vector<double> micros;
    for (int i = 0; i < kReads; ++i) {
      clock_ += 20'000;
      const int64_t id = log_[static_cast<size_t>(i) % log_.size()].columns[0].int64s()[0];
      const int64_t time = late > 0 && i % late == 0 ? clock_ - 60 * kMicrosPerSecond : clock_;
      Batch event;
      event.rows = 1;
      event.columns = {make_column(ScalarType::kInt64, {id}), make_column(ScalarType::kTimestamp, {time}),
                       make_column({3.0}), make_column({2.0})};
      CHECK(stream.push(0, 0, event, clock_).ok());
      Observations place;
      place.keys = {make_column(ScalarType::kInt64, {id})};
      place.times = make_column(ScalarType::kTimestamp, {clock_});

      const auto start = std::chrono::steady_clock::now();
      CHECK(stream.read(place).ok());
      micros.push_back(seconds_since(start) * 1e6);
    }

    std::sort(micros.begin(), micros.end());
    fmt::print("              reads {:<22} p50 {:>6.1f} us  p99 {:>6.1f} us  p99.9 {:>6.1f} us\n",
               late > 0 ? "with 1 % late events" : "in order", micros[kReads / 2], micros[kReads * 99 / 100],
               micros[kReads * 999 / 1000]);
  }

  Plan plan_;
  const std::vector<Batch>& log_;
  std::vector<size_t> features_;
  int64_t clock_ = 0;
  int64_t final_rows_ = 0;
};

int64_t number_or(const char* text, int64_t otherwise) {
  if (text == nullptr) return otherwise;
  int64_t number = otherwise;
  std::from_chars(text, text + std::char_traits<char>::length(text), number);
  return number;
}

}  // namespace
}  // namespace headrace

int main(int argc, char** argv) {
  using headrace::Batch;
  using headrace::Bench;
  const std::vector<Batch> log = headrace::make_log(headrace::number_or(argc > 1 ? argv[1] : nullptr, 4'000'000),
                                                    headrace::number_or(argc > 2 ? argv[2] : nullptr, 10'000));
  Bench(/*is_wide=*/false, log).run();
  Bench(/*is_wide=*/true, log).run();
  return 0;
}
