#include "io/offline/partitioning.h"

#include "data/time.h"

#include <fmt/format.h>

namespace headrace {

std::string_view to_string(Partitioning partitioning) {
  switch (partitioning) {
    case Partitioning::kDay: return "day";
    case Partitioning::kMonth: return "month";
    case Partitioning::kYear: return "year";
  }
  return "";
}

std::optional<Partitioning> partitioning_from_string(std::string_view text) {
  for (const Partitioning each : kPartitionings) {
    if (to_string(each) == text) return each;
  }
  return std::nullopt;
}

int64_t partition_start(Partitioning partitioning, int64_t day) {
  CivilDate date = civil_from_days(day);
  if (partitioning != Partitioning::kDay) date.day = 1;
  if (partitioning == Partitioning::kYear) date.month = 1;
  return days_from_civil(date);
}

int64_t partition_end(Partitioning partitioning, int64_t day) {
  if (partitioning == Partitioning::kDay) return day + 1;
  // No month has more days than this, and no year more than twelve such months.
  const int64_t inside_of_next = partitioning == Partitioning::kMonth ? 31 : 366;
  return partition_start(partitioning, partition_start(partitioning, day) + inside_of_next);
}

std::string format_day(int64_t day) {
  const CivilDate date = civil_from_days(day);
  return fmt::format("{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

std::optional<int64_t> parse_day(std::string_view text) {
  const auto time = parse_timestamp(std::string(text) + "T00:00:00Z");
  if (text.size() != 10 || !time) return std::nullopt;
  const int64_t day = floor_divide(time->us, kMicrosPerDay);
  return format_day(day) == text ? std::optional(day) : std::nullopt;
}

std::string partition_name(Partitioning partitioning, std::string_view day) {
  size_t end = day.size();
  if (partitioning != Partitioning::kDay) end = day.rfind('-');
  if (partitioning == Partitioning::kYear) end = day.rfind('-', end - 1);
  return std::string(day.substr(0, end));
}

std::string partition_folder(Partitioning partitioning, std::string_view day) {
  return fmt::format("{}={}", to_string(partitioning), partition_name(partitioning, day));
}

bool is_partition_folder(std::string_view folder) {
  const size_t equals = folder.find('=');
  const auto partitioning = partitioning_from_string(folder.substr(0, equals));
  if (equals == std::string_view::npos || !partitioning) return false;
  std::string day(folder.substr(equals + 1));
  if (*partitioning != Partitioning::kDay) day += "-01";
  if (*partitioning == Partitioning::kYear) day += "-01";
  return parse_day(day).has_value();
}

}  // namespace headrace
