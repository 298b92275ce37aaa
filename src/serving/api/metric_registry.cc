#include "serving/api/metric_registry.h"

#include "base/check.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

std::string escaped_label(std::string_view value) {
  std::string out;
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    out += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return out;
}

std::string escaped_help(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '\\' ? std::string("\\\\") : c == '\n' ? std::string("\\n") : std::string(1, c);
  return out;
}

/// `a="x",b="y"`, by name.
std::string text_of(MetricLabels labels) {
  std::sort(labels.begin(), labels.end());
  std::string out;
  for (const auto& [name, value] : labels) {
    out += fmt::format("{}{}=\"{}\"", out.empty() ? "" : ",", name, escaped_label(value));
  }
  return out;
}

std::string in_braces(const std::string& labels) { return labels.empty() ? "" : "{" + labels + "}"; }

std::string seconds(int64_t us) { return fmt::format("{}", static_cast<double>(us) / 1e6); }

void append_histogram(std::string& out, const std::string& name, const std::string& labels,
                      const Histogram& histogram) {
  const std::string before = labels.empty() ? "" : labels + ",";
  int64_t count = 0;
  for (size_t i = 0; i < Histogram::kBoundsUs.size(); ++i) {
    count += histogram.bucket(i);
    out += fmt::format("{}_bucket{{{}le=\"{}\"}} {}\n", name, before, seconds(Histogram::kBoundsUs[i]), count);
  }
  count += histogram.bucket(Histogram::kBoundsUs.size());
  out += fmt::format("{}_bucket{{{}le=\"+Inf\"}} {}\n", name, before, count);
  out += fmt::format("{}_sum{} {}\n", name, in_braces(labels), seconds(histogram.sum_us()));
  out += fmt::format("{}_count{} {}\n", name, in_braces(labels), count);
}

/// The text of each family by its name.
class ScrapedFamilies : public MetricSamples {
 public:
  /// It lives longer.
  explicit ScrapedFamilies(const std::function<bool(std::string_view)>& may_see) : may_see_(may_see) {}

  void add(const std::string& name, const std::string& type, const std::string& help, const MetricLabels& labels,
           double value) override {
    begin(name, type, help) += fmt::format("{}{} {}\n", name, in_braces(text_of(labels)), value);
  }
  void add(const std::string& name, const std::string& help, const Histogram& histogram) override {
    append_histogram(begin(name, "histogram", help), name, "", histogram);
  }
  bool may_see(std::string_view owner) const override { return may_see_(owner); }
  /// Where the family's series go.
  std::string& begin(const std::string& name, const std::string& type, const std::string& help) {
    std::string& out = texts_[name];
    if (out.empty()) out = fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, escaped_help(help), name, type);
    return out;
  }
  std::string text() const {
    std::string out;
    for (const auto& [name, text] : texts_) out += text;
    return out;
  }

 private:
  const std::function<bool(std::string_view)>& may_see_;
  std::map<std::string, std::string> texts_;
};

}  // namespace

void Histogram::observe_us(int64_t us) {
  const auto* const bound = std::lower_bound(kBoundsUs.begin(), kBoundsUs.end(), us);
  buckets_[static_cast<size_t>(bound - kBoundsUs.begin())].fetch_add(1, std::memory_order_relaxed);
  sum_us_.fetch_add(us, std::memory_order_relaxed);
}

Counter& MetricRegistry::counter(const std::string& name, const std::string& help, const MetricLabels& labels) {
  const std::lock_guard lock(mutex_);
  Series& found = series(name, "counter", help, labels);
  if (found.counter == nullptr) found.counter = std::make_unique<Counter>();
  return *found.counter;
}

Histogram& MetricRegistry::histogram(const std::string& name, const std::string& help, const MetricLabels& labels) {
  const std::lock_guard lock(mutex_);
  Series& found = series(name, "histogram", help, labels);
  if (found.histogram == nullptr) found.histogram = std::make_unique<Histogram>();
  return *found.histogram;
}

void MetricRegistry::read_at_scrape(const std::string& name, const std::string& type, const std::string& help,
                                    const MetricLabels& labels, std::function<double()> read) {
  const std::lock_guard lock(mutex_);
  series(name, type, help, labels).read = std::move(read);
}

MetricRegistry::Series& MetricRegistry::series(const std::string& name, const std::string& type,
                                               const std::string& help, const MetricLabels& labels) {
  Family& family = families_[name];
  if (family.type.empty()) {
    family.type = type;
    family.help = help;
  }
  CHECK(family.type == type && family.help == help);
  return family.series[text_of(labels)];
}

void MetricRegistry::collect_at_scrape(std::function<void(MetricSamples&)> collect) {
  const std::lock_guard lock(mutex_);
  collected_.push_back(std::move(collect));
}

std::string MetricRegistry::text(const std::function<bool(std::string_view)>& may_see) const {
  ScrapedFamilies scraped(may_see);
  std::vector<std::function<void(MetricSamples&)>> collected;
  {
    const std::lock_guard lock(mutex_);
    collected = collected_;
  }
  for (const auto& collect : collected) collect(scraped);

  const std::lock_guard lock(mutex_);
  for (const auto& [name, family] : families_) {
    std::string& out = scraped.begin(name, family.type, family.help);
    for (const auto& [labels, each] : family.series) {
      if (each.histogram != nullptr) {
        append_histogram(out, name, labels, *each.histogram);
      } else {
        const double value = each.counter != nullptr ? static_cast<double>(each.counter->value()) : each.read();
        out += fmt::format("{}{} {}\n", name, in_braces(labels), value);
      }
    }
  }
  return scraped.text();
}

}  // namespace headrace
