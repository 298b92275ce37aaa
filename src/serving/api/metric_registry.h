#pragma once

/// Counters, gauges and histograms, written in the text format of Prometheus.
///
///   Counter& requests = registry.counter("headrace_http_requests_total", "requests answered", {{"route", "/healthz"}});
///   requests.add(1);
///   registry.text();   // families by name, series by labels: equal states give equal bytes
///
/// What is registered stays where it is as long as the registry. Adding takes no lock.

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headrace {

using MetricLabels = std::vector<std::pair<std::string, std::string>>;

class Counter {
 public:
  void add(int64_t count) { value_.fetch_add(count, std::memory_order_relaxed); }
  int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> value_ = 0;
};

/// Of latencies.
class Histogram {
 public:
  static constexpr std::array<int64_t, 18> kBoundsUs = {25,      50,      100,       250,       500,       1'000,
                                                        2'500,   5'000,   10'000,    25'000,    50'000,    100'000,
                                                        250'000, 500'000, 1'000'000, 2'500'000, 5'000'000, 10'000'000};

  void observe_us(int64_t us);

  int64_t bucket(size_t index) const { return buckets_[index].load(std::memory_order_relaxed); }
  int64_t sum_us() const { return sum_us_.load(std::memory_order_relaxed); }

 private:
  std::array<std::atomic<int64_t>, kBoundsUs.size() + 1> buckets_ =
      {};  // not cumulative; the last is beyond all bounds
  std::atomic<int64_t> sum_us_ = 0;
};

/// Series that are there for one text.
class MetricSamples {
 public:
  virtual ~MetricSamples() = default;
  /// REQUIRES: one type and one help for a name, which no other series of the registry has.
  virtual void add(const std::string& name, const std::string& type, const std::string& help,
                   const MetricLabels& labels, double value) = 0;
  virtual void add(const std::string& name, const std::string& help, const Histogram& histogram) = 0;
  /// Whether the reader of the text may see what is of this owner.
  virtual bool may_see(std::string_view owner) const = 0;
};

/// Thread-safe.
class MetricRegistry {
 public:
  /// The same for the same name and labels. REQUIRES: one kind and one help for a name.
  Counter& counter(const std::string& name, const std::string& help, const MetricLabels& labels = {});
  Histogram& histogram(const std::string& name, const std::string& help, const MetricLabels& labels = {});
  /// Read when the text is written. `type`: "gauge", or "counter" for what only grows.
  void read_at_scrape(const std::string& name, const std::string& type, const std::string& help,
                      const MetricLabels& labels, std::function<double()> read);

  /// Adds series when the text is written, for what there is at that time only. It may not use the registry.
  void collect_at_scrape(std::function<void(MetricSamples&)> collect);

  /// For a reader who may see what is of some owners.
  std::string text(const std::function<bool(std::string_view)>& may_see) const;
  std::string text() const {
    return text([](std::string_view) { return true; });
  }

 private:
  struct Series {
    std::unique_ptr<Counter> counter;
    std::unique_ptr<Histogram> histogram;
    std::function<double()> read;
  };
  struct Family {
    std::string type;
    std::string help;
    std::map<std::string, Series> series;  // by the text of the labels
  };

  Series& series(const std::string& name, const std::string& type, const std::string& help, const MetricLabels& labels);

  mutable std::mutex mutex_;
  std::map<std::string, Family> families_;
  std::vector<std::function<void(MetricSamples&)>> collected_;
};

}  // namespace headrace
