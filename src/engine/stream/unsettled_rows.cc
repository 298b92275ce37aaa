#include "engine/stream/unsettled_rows.h"

#include "base/check.h"

#include <algorithm>

namespace headrace {

void UnsettledRows::add(BlockSlice slice) {
  if (slice.begin == slice.end) return;
  CHECK_LE(start_, slice.block->times[slice.begin]);
  rows_ += slice.end - slice.begin;
  time_max_ = std::max(time_max_, slice.block->times[slice.end - 1]);
  pending_.push({std::move(slice)});
}

TimeSlice UnsettledRows::cut(int64_t end) {
  CHECK_LE(start_, end);
  TimeSlice cut;
  cut.start = start_;
  cut.end = end;
  start_ = end;

  std::vector<Pending> divided;
  while (!pending_.empty() && pending_.top().time() < end) {
    BlockSlice slice = pending_.top().slice;
    pending_.pop();
    const auto& times = slice.block->times;
    const auto last = std::lower_bound(times.begin() + static_cast<int64_t>(slice.begin),
                                       times.begin() + static_cast<int64_t>(slice.end), end);
    const auto at = static_cast<size_t>(last - times.begin());
    if (at < slice.end) divided.push_back({{slice.block, at, slice.end}});
    slice.end = at;
    cut.rows += slice.end - slice.begin;
    cut.slices.push_back(std::move(slice));
  }

  for (Pending& rest : divided) pending_.push(std::move(rest));
  rows_ -= cut.rows;
  return cut;
}

}  // namespace headrace
