#pragma once

/// How much time a file of an offline store has: a day, a month or a year of UTC.
///
/// A partition is named by the first day of its time. Pure functions.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace headrace {

enum class Partitioning { kDay, kMonth, kYear };
inline constexpr Partitioning kPartitionings[] = {Partitioning::kDay, Partitioning::kMonth, Partitioning::kYear};

/// "day", "month", "year".
std::string_view to_string(Partitioning partitioning);
std::optional<Partitioning> partitioning_from_string(std::string_view text);

/// The first day of the partition that has a day since the epoch, and of the one after it.
int64_t partition_start(Partitioning partitioning, int64_t day);
int64_t partition_end(Partitioning partitioning, int64_t day);

/// "2024-03-01" for a day since the epoch, and back.
std::string format_day(int64_t day);
std::optional<int64_t> parse_day(std::string_view text);

/// "2024-03-01", "2024-03", "2024", of a partition's first day.
std::string partition_name(Partitioning partitioning, std::string_view day);

/// "day=2024-03-01", "month=2024-03", "year=2024".
std::string partition_folder(Partitioning partitioning, std::string_view day);
bool is_partition_folder(std::string_view folder);

}  // namespace headrace
