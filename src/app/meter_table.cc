#include "app/meter_table.h"

#include "app/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace headrace {
namespace {

/// "12.3 ms", "4.56 s".
std::string shown_ns(int64_t ns) {
  const double ms = static_cast<double>(ns) / 1e6;
  return ms < 1000 ? fmt::format("{:.1f} ms", ms) : fmt::format("{:.2f} s", ms / 1000);
}

}  // namespace

std::string meter_text(const MeterReport& report, bool color) {
  Table table({{"feature"},
               {"owner"},
               {"processor", Align::kRight},
               {"share", Align::kRight},
               {"rows", Align::kRight},
               {"read", Align::kRight},
               {"state", Align::kRight},
               {"values", Align::kRight}});
  const auto add = [&](const std::string& name, const std::string& owner, const NodeWork& work) {
    const double share =
        report.whole.cpu_ns > 0 ? 100 * static_cast<double>(work.cpu_ns) / static_cast<double>(report.whole.cpu_ns) : 0;
    table.add_row({name, owner, shown_ns(work.cpu_ns), fmt::format("{:.1f} %", share), grouped_digits(work.rows),
                   byte_count(work.bytes), byte_count(work.state_bytes), grouped_digits(work.values)});
  };

  std::vector<FeatureWork> features = report.features;
  std::ranges::stable_sort(features, std::ranges::greater{}, [](const FeatureWork& each) { return each.work.cpu_ns; });
  for (const FeatureWork& each : features) add(each.feature, each.owner, each.work);
  if (report.others) add("(others)", "", *report.others);
  add("(unattributed)", "", report.unattributed);
  add("(whole)", "", report.whole);
  return table.text(color);
}

}  // namespace headrace
