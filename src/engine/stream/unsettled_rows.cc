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

int64_t UnsettledRows::time_behind(size_t rows) {
  if (rows_ <= rows) return kTimeMax;
  const int64_t oldest = time_min();
  std::vector<int64_t> times;  // the least of those that were looked at: one more than are asked for
  std::vector<Pending> looked_at;
  while (!pending_.empty() && (times.size() <= rows || pending_.top().time() < times.back())) {
    const BlockSlice& slice = pending_.top().slice;
    const auto begin = slice.block->times.begin() + static_cast<int64_t>(slice.begin);
    times.insert(times.end(), begin, begin + static_cast<int64_t>(std::min(slice.end - slice.begin, rows + 1)));
    looked_at.push_back(pending_.top());
    pending_.pop();
    if (times.size() <= rows) continue;
    std::nth_element(times.begin(), times.begin() + static_cast<int64_t>(rows), times.end());
    times.resize(rows + 1);
  }
  for (Pending& each : looked_at) pending_.push(std::move(each));
  return std::max(times.back(), oldest + 1);
}

}  // namespace headrace
