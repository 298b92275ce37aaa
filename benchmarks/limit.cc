/// The practical limit of the benchmark: what a loop written for one task does, without files, definitions or a plan.
///
///   limit DATA TASK [THREADS]      DATA: folder of the flat arrays of generate.py; TASK: t1, t1m, t2 or t2b
///
/// One pass over arrays in memory; each thread takes the pumps whose number is its own modulo the number of threads.
/// The sums are the exact ones of compute/, so that the results are those of the program. Reading the arrays is not
/// timed. Prints one line of JSON, as peers.py does.

#include "base/check.h"
#include "compute/aggregates/moments.h"

#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <memory>
#include <numeric>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace headrace {
namespace {

constexpr int64_t kWindowMs = 86'400'000;
constexpr size_t kBlockRows = 4096;
constexpr size_t kPrefetchRows = 16;

template <typename T>
std::vector<T> read_array(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  CHECK(file.good());
  std::vector<T> values(static_cast<size_t>(file.tellg()) / sizeof(T));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(values.data()), static_cast<std::streamsize>(values.size() * sizeof(T)));
  CHECK(file.good());
  return values;
}

struct Log {
  std::vector<int32_t> pump;
  std::vector<int64_t> time;
  std::vector<double> flow;
  std::vector<double> power;
  std::vector<int32_t> spine_pump;
  std::vector<int64_t> spine_time;
  size_t pumps = 0;
};

struct TimedValue {
  int64_t time;
  double value;
};

/// A queue in a ring that doubles when it is full.
class Queue {
 public:
  bool is_empty() const { return begin_ == end_; }
  const TimedValue& front() const { return items_[begin_ & mask_]; }
  const TimedValue& back() const { return items_[(end_ - 1) & mask_]; }
  void pop_front() { ++begin_; }
  void pop_back() { --end_; }
  void push(TimedValue item) {
    if (end_ - begin_ == capacity_) grow();
    items_[end_ & mask_] = item;
    ++end_;
  }
  void prefetch() const { __builtin_prefetch(&items_[end_ & mask_], 1); }
  void prefetch_front() const { __builtin_prefetch(&items_[begin_ & mask_]); }

 private:
  void grow() {
    const uint32_t capacity = std::max<uint32_t>(capacity_ * 2, 4);
    auto items = std::make_unique<TimedValue[]>(capacity);
    for (uint32_t i = begin_; i != end_; ++i) items[i & (capacity - 1)] = items_[i & mask_];
    items_ = std::move(items);
    capacity_ = capacity;
    mask_ = capacity - 1;
  }

  std::unique_ptr<TimedValue[]> items_;
  uint32_t begin_ = 0;
  uint32_t end_ = 0;
  uint32_t mask_ = 0;
  uint32_t capacity_ = 0;
};

struct Totals {
  double mean = 0;
  double min = 0;
  double max = 0;
  double stddev = 0;
  uint64_t count = 0;
  uint64_t values = 0;
};

/// The last day of one pump.
template <typename Sums>
struct Window {
  static constexpr bool kIsFull = std::is_same_v<Sums, MomentsAggregate<double>>;

  typename Sums::State state;
  int64_t last_time = 0;
  Queue events;
  Queue minima;
  Queue maxima;

  void advance(const Sums& sums, int64_t now) {
    const int64_t horizon = now - kWindowMs;
    while (!events.is_empty() && events.front().time <= horizon) {
      sums.retract(state, events.front().value);
      events.pop_front();
    }
    if constexpr (kIsFull) {
      while (!minima.is_empty() && minima.front().time <= horizon) minima.pop_front();
      while (!maxima.is_empty() && maxima.front().time <= horizon) maxima.pop_front();
    }
  }

  void add(const Sums& sums, TimedValue event) {
    sums.update(state, event.value);
    events.push(event);
    if constexpr (kIsFull) {
      while (!minima.is_empty() && minima.back().value >= event.value) minima.pop_back();
      while (!maxima.is_empty() && maxima.back().value <= event.value) maxima.pop_back();
      minima.push(event);
      maxima.push(event);
    }
  }

  void write(const Sums& sums, Totals& totals) const {
    Slot slot;
    if (!sums.write(state, Aggregation::kMean, {}, slot)) return;
    totals.mean += from_slot<double>(slot);
    ++totals.values;
    if constexpr (kIsFull) {
      totals.count += state.header.count();
      totals.min += minima.front().value;
      totals.max += maxima.front().value;
      if (sums.write(state, Aggregation::kStddev, {}, slot)) totals.stddev += from_slot<double>(slot);
    }
  }
};

/// Calls f(row) for the rows of a thread's pumps in order, and ahead(row) some rows before.
template <typename Ahead, typename F>
void for_own_rows(const Log& log, size_t thread, size_t threads, Ahead ahead, F f) {
  std::vector<uint32_t> own(kBlockRows + kPrefetchRows);
  for (size_t begin = 0; begin < log.pump.size(); begin += kBlockRows) {
    const size_t end = std::min(begin + kBlockRows, log.pump.size());
    size_t count = 0;
    for (size_t row = begin; row < end; ++row) {
      own[count] = static_cast<uint32_t>(row);
      count += static_cast<uint32_t>(log.pump[row]) % threads == thread ? 1 : 0;
    }
    for (size_t i = 0; i < count; ++i) {
      if (i + kPrefetchRows < count) ahead(own[i + kPrefetchRows]);
      f(own[i]);
    }
  }
}

/// The rows of the observations of a thread's pumps, by time.
std::vector<uint32_t> own_observations(const Log& log, size_t thread, size_t threads) {
  std::vector<std::pair<int64_t, uint32_t>> order;
  for (size_t row = 0; row < log.spine_pump.size(); ++row) {
    if (static_cast<uint32_t>(log.spine_pump[row]) % threads == thread) {
      order.emplace_back(log.spine_time[row], static_cast<uint32_t>(row));
    }
  }
  std::sort(order.begin(), order.end());
  std::vector<uint32_t> rows;
  for (const auto& [time, row] : order) rows.push_back(row);
  return rows;
}

/// A row for each distinct (pump, time): written when the pump's time has passed, so that ties see each other.
template <typename Sums>
void roll(const Log& log, size_t thread, size_t threads, Totals& totals) {
  const Sums sums;
  std::vector<Window<Sums>> windows(log.pumps);
  for (auto& window : windows) window.state = sums.identity();
  const auto ahead = [&](uint32_t row) {
    const auto* window = &windows[static_cast<size_t>(log.pump[row])];
    __builtin_prefetch(window, 1);
    __builtin_prefetch(reinterpret_cast<const char*>(window) + 64, 1);
  };
  for_own_rows(log, thread, threads, ahead, [&](uint32_t row) {
    Window<Sums>& window = windows[static_cast<size_t>(log.pump[row])];
    const int64_t time = log.time[row];
    if (window.last_time != time && window.last_time != 0) window.write(sums, totals);
    window.last_time = time;
    window.advance(sums, time);
    const double value = log.flow[row] / log.power[row];
    if (!std::isnan(value)) window.add(sums, {time, value});
  });
  for (const auto& window : windows) {
    if (window.last_time != 0) window.write(sums, totals);
  }
}

void mean_at_observations(const Log& log, size_t thread, size_t threads, Totals& totals) {
  using Sums = SumAggregate<double>;
  const Sums sums;
  std::vector<Window<Sums>> windows(log.pumps);
  for (auto& window : windows) window.state = sums.identity();
  const std::vector<uint32_t> observations = own_observations(log, thread, threads);

  size_t next = 0;
  const auto answer_before = [&](int64_t time) {
    while (next < observations.size() && log.spine_time[observations[next]] < time) {
      const uint32_t row = observations[next++];
      Window<Sums>& window = windows[static_cast<size_t>(log.spine_pump[row])];
      window.advance(sums, log.spine_time[row]);
      window.write(sums, totals);
    }
  };

  const auto ahead = [&](uint32_t row) { __builtin_prefetch(&windows[static_cast<size_t>(log.pump[row])], 1); };
  for_own_rows(log, thread, threads, ahead, [&](uint32_t row) {
    answer_before(log.time[row]);
    Window<Sums>& window = windows[static_cast<size_t>(log.pump[row])];
    window.advance(sums, log.time[row]);
    const double value = log.flow[row] / log.power[row];
    if (!std::isnan(value)) window.add(sums, {log.time[row], value});
  });
  answer_before(INT64_MAX);
}

void latest_at_observations(const Log& log, size_t thread, size_t threads, Totals& totals) {
  std::vector<double> latest(log.pumps, std::nan(""));
  const std::vector<uint32_t> observations = own_observations(log, thread, threads);
  size_t next = 0;
  const auto answer_before = [&](int64_t time) {
    while (next < observations.size() && log.spine_time[observations[next]] < time) {
      const double value = latest[static_cast<size_t>(log.spine_pump[observations[next++]])];
      if (std::isnan(value)) continue;
      totals.mean += value;
      ++totals.values;
    }
  };
  for_own_rows(
      log, thread, threads, [](uint32_t) {},
      [&](uint32_t row) {
        answer_before(log.time[row]);
        if (!std::isnan(log.flow[row])) latest[static_cast<size_t>(log.pump[row])] = log.flow[row];
      });
  answer_before(INT64_MAX);
}

double cpu_seconds(const rusage& usage) {
  const auto seconds = [](timeval v) { return static_cast<double>(v.tv_sec) + static_cast<double>(v.tv_usec) * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

rusage usage_now() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage;
}

Log read_log(const std::string& data) {
  Log log{.pump = read_array<int32_t>(data + "/events.pump.i32"),
          .time = read_array<int64_t>(data + "/events.time.i64"),
          .flow = read_array<double>(data + "/events.flow.f64"),
          .power = read_array<double>(data + "/events.power.f64"),
          .spine_pump = read_array<int32_t>(data + "/spine.pump.i32"),
          .spine_time = read_array<int64_t>(data + "/spine.time.i64")};
  for (const auto* pumps : {&log.pump, &log.spine_pump}) {
    for (const int32_t pump : *pumps) log.pumps = std::max(log.pumps, static_cast<size_t>(pump) + 1);
  }
  return log;
}

void print_columns(std::string_view task, const Totals& totals) {
  const std::string_view value = task == "t2b" ? "latest" : "mean";
  if (task == "t1") {
    std::printf(R"("mean": %.17g, "min": %.17g, "max": %.17g, "stddev": %.17g, "count": %llu)", totals.mean, totals.min,
                totals.max, totals.stddev, static_cast<unsigned long long>(totals.count));
  } else {
    std::printf(R"("%s": %.17g, "values": %llu)", value.data(), totals.mean,
                static_cast<unsigned long long>(totals.values));
  }
}

int run(const std::string& data, std::string_view task, size_t threads) {
  const auto work = task == "t1"    ? roll<MomentsAggregate<double>>
                    : task == "t1m" ? roll<SumAggregate<double>>
                    : task == "t2"  ? mean_at_observations
                    : task == "t2b" ? latest_at_observations
                                    : nullptr;
  if (work == nullptr) {
    std::fputs("limit: the tasks are t1, t1m, t2 and t2b\n", stderr);
    return 2;
  }

  const Log log = read_log(data);
  const double cpu_before = cpu_seconds(usage_now());
  const auto start = std::chrono::steady_clock::now();
  std::vector<Totals> parts(threads);
  std::vector<std::thread> workers;
  for (size_t i = 0; i < threads; ++i)
    workers.emplace_back([&, i] {
      Totals totals;
      work(log, i, threads, totals);
      parts[i] = totals;
    });
  for (auto& worker : workers) worker.join();
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;

  Totals all;
  for (const Totals& part : parts) {
    all.mean += part.mean;
    all.min += part.min;
    all.max += part.max;
    all.stddev += part.stddev;
    all.count += part.count;
    all.values += part.values;
  }

  const rusage usage = usage_now();
  std::printf(R"({"version": "loop", "seconds": %.6f, "cpu": %.6f, "peak_mb": %.1f, "sums": {)", seconds.count(),
              cpu_seconds(usage) - cpu_before, static_cast<double>(usage.ru_maxrss) / 1024);
  print_columns(task, all);
  std::puts("}}");
  return 0;
}

}  // namespace
}  // namespace headrace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: limit DATA TASK [THREADS]\n", stderr);
    return 2;
  }
  size_t threads = 2;
  if (argc > 3) {
    const std::string_view text = argv[3];
    std::from_chars(text.data(), text.data() + text.size(), threads);
  }
  return headrace::run(argv[1], argv[2], std::max<size_t>(threads, 1));
}
