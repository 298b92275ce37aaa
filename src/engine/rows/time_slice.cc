#include "engine/rows/time_slice.h"

#include <algorithm>

namespace headrace {
namespace {

/// Takes the rows before `end` out of a slice.
TimeSlice cut_off(TimeSlice& slice, int64_t end) {
  TimeSlice part;
  part.start = slice.start;
  part.end = end;
  for (BlockSlice& each : slice.slices) {
    const auto& times = each.block->times;
    const auto first = times.begin() + static_cast<int64_t>(each.begin);
    const auto last = times.begin() + static_cast<int64_t>(each.end);
    const auto at = static_cast<size_t>(std::lower_bound(first, last, end) - times.begin());
    if (at == each.begin) continue;
    part.slices.push_back({each.block, each.begin, at});
    part.rows += at - each.begin;
    each.begin = at;
  }

  slice.start = end;
  slice.rows -= part.rows;
  std::erase_if(slice.slices, [](const BlockSlice& each) { return each.begin == each.end; });
  return part;
}

}  // namespace

std::vector<TimeSlice> parts_of(TimeSlice slice, size_t rows) {
  std::vector<TimeSlice> parts;
  if (slice.rows > rows) {
    std::vector<int64_t> times;
    times.reserve(slice.rows);
    for (const BlockSlice& each : slice.slices) {
      times.insert(times.end(), each.block->times.begin() + static_cast<int64_t>(each.begin),
                   each.block->times.begin() + static_cast<int64_t>(each.end));
    }
    std::sort(times.begin(), times.end());
    for (size_t at = rows; at < times.size(); at += rows) {
      if (times[at] > slice.start && times[at] > times.front()) parts.push_back(cut_off(slice, times[at]));
    }
    std::erase_if(parts, [](const TimeSlice& part) { return part.rows == 0; });
  }
  if (slice.rows > 0) parts.push_back(std::move(slice));
  return parts;
}

}  // namespace headrace
