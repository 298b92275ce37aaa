#include "session/running/stored_inputs.h"

#include "base/clock.h"
#include "base/option_name.h"
#include "session/running/read_inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace headrace {
namespace {

/// From so many files of a day on, and below so many bytes each, larger files are worth a remark.
constexpr int64_t kTinyDaysMin = 100;
constexpr int64_t kTinyDayBytes = 100'000;

}  // namespace

Result<std::vector<ManifestInput>> inputs_of(const OpenedSources& opened) {
  std::vector<ManifestInput> inputs;
  int64_t newest_us = 0;
  for (const auto& [name, source] : opened.files()) {
    ASSIGN_OR_RETURN(std::vector<ManifestInput> found, inputs_of(*source));
    for (ManifestInput& each : found) {
      newest_us = std::max(newest_us, each.changed_us);
      inputs.push_back(std::move(each));
    }
  }
  wait_for_later_file_times(newest_us);
  return inputs;
}

std::vector<ManifestBadRows> bad_rows_of(const BadRows& bad_rows, const OpenedSources& opened) {
  std::vector<ManifestBadRows> found;
  for (const BadRowCount& each : bad_rows.counts()) {
    if (!opened.files().contains(each.source)) continue;
    found.push_back({each.source, each.column, each.problem, each.rows, each.cells});
  }
  return found;
}

std::vector<ManifestSource> sources_of(const OpenedSources& opened) {
  std::vector<SourceFileCount> counts;
  opened.count_files(counts);
  std::vector<ManifestSource> sources;
  for (const SourceFileCount& each : counts) {
    sources.push_back({each.source, each.read, each.left_out, each.unverifiable});
  }
  return sources;
}

std::string reading_of(const Plan& plan, const OpenedSources& opened) {
  std::string text;
  for (const PlanSource& source : plan.sources) {
    if (opened.files().contains(source.name)) text += reading_of(source);
  }
  return text;
}

std::optional<std::string> tiny_days_note(const ManifestEntity& stored, int64_t days_written) {
  if (stored.partition != Partitioning::kDay || days_written <= kTinyDaysMin) return std::nullopt;
  std::set<std::string> months;
  int64_t bytes = 0;
  for (const ManifestPartition& each : stored.partitions) {
    months.insert(partition_name(Partitioning::kMonth, each.day));
    bytes += each.bytes;
  }
  const auto files = static_cast<int64_t>(stored.partitions.size());
  if (bytes >= files * kTinyDayBytes) return std::nullopt;
  return fmt::format(
      "`{}` has {} files, one a day, of {:.1f} kB on average; {} makes {} of them, which are read faster", stored.name,
      files, static_cast<double>(bytes) / static_cast<double>(files) / 1000, option(OptionName::kPartition, "month"),
      months.size());
}

}  // namespace headrace
