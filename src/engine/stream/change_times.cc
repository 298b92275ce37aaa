#include "engine/stream/change_times.h"

#include "compute/windows/changes.h"

#include <algorithm>

namespace headrace {
namespace {

using Change = int64_t WindowChanges::*;
constexpr Change kChanges[] = {&WindowChanges::enters, &WindowChanges::leaves};

/// How many of the events have made a change by a time: those come first, since changes rise with the events.
size_t count_changed(const std::vector<int64_t>& times, const WindowSpec& window, Change change, int64_t at) {
  const auto end = std::ranges::partition_point(times, [&](int64_t u) { return changes_of(window, u).*change <= at; });
  return static_cast<size_t>(end - times.begin());
}

}  // namespace

void ChangeTimes::add(uint32_t key, int64_t time) {
  if (key >= times_.size()) times_.resize(key + 1);
  std::vector<int64_t>& times = times_[key];
  const auto place = times.empty() || times.back() < time ? times.end() : std::ranges::lower_bound(times, time);
  if (place != times.end() && *place == time) return;
  memory_bytes_ += static_cast<int64_t>(sizeof(int64_t));
  times.insert(place, time);
}

int64_t ChangeTimes::last(uint32_t key, int64_t at) const {
  if (key >= times_.size()) return kTimeMin;
  const std::vector<int64_t>& times = times_[key];
  const auto after = std::ranges::upper_bound(times, at);
  int64_t last = after == times.begin() ? kTimeMin : *(after - 1);
  for (const WindowSpec& window : windows_) {
    for (const Change change : kChanges) {
      const size_t changed = count_changed(times, window, change, at);
      if (changed > 0) last = std::max(last, changes_of(window, times[changed - 1]).*change);
    }
  }
  return last;
}

int64_t ChangeTimes::next(uint32_t key, int64_t after) const {
  const std::vector<int64_t> of_windows = next_of_windows(key, after);
  return of_windows.empty() ? next_event(key, after) : std::ranges::min(of_windows);
}

std::vector<int64_t> ChangeTimes::next_of_windows(uint32_t key, int64_t after) const {
  std::vector<int64_t> next(windows_.size(), next_event(key, after));
  if (key >= times_.size()) return next;
  const std::vector<int64_t>& times = times_[key];
  for (size_t w = 0; w < windows_.size(); ++w) {
    for (const Change change : kChanges) {
      const size_t changed = count_changed(times, windows_[w], change, after);
      if (changed < times.size()) next[w] = std::min(next[w], changes_of(windows_[w], times[changed]).*change);
    }
  }
  return next;
}

int64_t ChangeTimes::next_event(uint32_t key, int64_t after) const {
  if (key >= times_.size()) return kTimeMax;
  const auto later = std::ranges::upper_bound(times_[key], after);
  return later == times_[key].end() ? kTimeMax : *later;
}

void ChangeTimes::forget_key(uint32_t key) {
  if (key >= times_.size()) return;
  memory_bytes_ -= static_cast<int64_t>(times_[key].size() * sizeof(int64_t));
  times_[key] = {};
}

/// The newest event that has left all windows stays: its change may be the last one.
void ChangeTimes::forget(uint32_t key, int64_t at) {
  if (key >= times_.size()) return;
  std::vector<int64_t>& times = times_[key];
  auto gone = static_cast<size_t>(std::ranges::upper_bound(times, at) - times.begin());
  for (const WindowSpec& window : windows_) {
    const bool is_aging = changes_of(window, 0).leaves != kTimeMax;
    if (is_aging) gone = std::min(gone, count_changed(times, window, &WindowChanges::leaves, at));
  }
  if (gone < 2 || gone - 1 < times.size() / 4) return;  // seldom, so that each event is moved a few times at most
  memory_bytes_ -= static_cast<int64_t>((gone - 1) * sizeof(int64_t));
  times.erase(times.begin(), times.begin() + static_cast<int64_t>(gone - 1));
  if (times.capacity() > 4 * times.size()) times.shrink_to_fit();
}

}  // namespace headrace
