#include "engine/timeline/timeline.h"

#include "base/check.h"

#include <algorithm>

namespace headrace {

void Timeline::add_units(size_t source, const std::vector<SourceUnit>& units, int64_t begin, int64_t end) {
  for (size_t unit = 0; unit < units.size(); ++unit) {
    const int64_t time_min = units[unit].time_min ? units[unit].time_min->us : kTimeMin;
    const bool is_over = units[unit].time_max && units[unit].time_max->us < begin;
    if (time_min >= end || is_over) continue;
    Feed feed;
    feed.id = feed_ids_++;
    feed.time_min = time_min;
    feed.source = source;
    feed.unit = unit;
    feeds_.push_back(std::move(feed));
  }
}

void Timeline::visit_units(const std::function<void(size_t source, size_t unit)>& visit) const {
  for (const Feed& feed : feeds_) visit(feed.source, feed.unit);
}

void Timeline::add_ready(RowBlock block) { add_pending(std::move(block)); }

std::optional<Timeline::LoadTask> Timeline::next_load() {
  Feed* best = nullptr;
  for (Feed& feed : feeds_) {
    if (!feed.is_loading && (best == nullptr || feed.time_min < best->time_min)) best = &feed;
  }
  if (best == nullptr) return std::nullopt;
  best->is_loading = true;
  return LoadTask{best->id, best->is_page, best->source, best->unit, best->is_page ? best->pages.back().second : 0};
}

Timeline::Feed& Timeline::feed_of(size_t id) {
  for (Feed& feed : feeds_) {
    if (feed.id == id) return feed;
  }
  CHECK(false);
  return feeds_.front();
}

void Timeline::finish_load(const LoadTask& task) {
  Feed& feed = feed_of(task.feed);
  if (feed.is_page) {
    feed.pages.pop_back();
    feed.is_loading = false;
    if (!feed.pages.empty()) {
      feed.time_min = feed.pages.back().first;
      return;
    }
  }
  std::erase_if(feeds_, [&](const Feed& other) { return other.id == task.feed; });
}

Status Timeline::add_block(RowBlock block) {
  if (block.rows() == 0) return {};
  if (block.times.front() < start_) {
    return Error::data("the file's statistics say that no row is before " + to_string(EventTime{start_}) +
                       ", but one is at " + to_string(EventTime{block.times.front()}))
        .with_help("the file is damaged or was written wrongly; write it again");
  }
  time_max_ = std::max(time_max_, block.times.back());
  if (pending_bytes_ + block.bytes() > pending_bytes_max_ && pending_rows_ > 0) return spill(block);
  add_pending(std::move(block));
  return {};
}

void Timeline::add_page(RowBlock block) { add_pending(std::move(block)); }

void Timeline::add_pending(RowBlock block) {
  if (block.rows() == 0) return;
  pending_rows_ += block.rows();
  pending_bytes_ += block.bytes();
  block.reservation = MemoryReservation(&memory_, block.bytes());
  pending_.push_back({std::make_shared<const RowBlock>(std::move(block)), 0});
}

Status Timeline::spill(const RowBlock& block) {
  if (!spill_) {
    ASSIGN_OR_RETURN(spill_, SpillFile::open(spill_folder_));
  }
  Feed feed;
  feed.id = feed_ids_++;
  feed.is_page = true;
  for (size_t begin = 0; begin < block.rows(); begin += kPageRows) {
    const size_t end = std::min(begin + kPageRows, block.rows());
    ASSIGN_OR_RETURN(const int64_t offset, spill_->write(block, begin, end));
    feed.pages.emplace_back(block.times[begin], offset);
  }
  std::reverse(feed.pages.begin(), feed.pages.end());
  feed.time_min = feed.pages.back().first;
  feeds_.push_back(std::move(feed));
  return {};
}

int64_t Timeline::horizon() const {
  int64_t horizon = kTimeMax;
  for (const Feed& feed : feeds_) horizon = std::min(horizon, feed.time_min);
  return horizon;
}

int64_t Timeline::pending_time_min() const {
  int64_t time_min = kTimeMax;
  for (const Pending& pending : pending_) time_min = std::min(time_min, pending.block->times[pending.cursor]);
  return time_min == kTimeMax ? start_ : time_min;
}

size_t Timeline::complete_rows(size_t enough) const {
  const int64_t limit = horizon();
  size_t rows = 0;
  for (const Pending& pending : pending_) {
    const auto& times = pending.block->times;
    const auto first = times.begin() + static_cast<int64_t>(pending.cursor);
    rows += static_cast<size_t>(times.back() < limit ? times.end() - first
                                                     : std::lower_bound(first, times.end(), limit) - first);
    if (rows >= enough) return rows;
  }
  return rows;
}

/// The end of the oldest block of events, if it may be a step of its own: rows of one block are not copied.
std::optional<int64_t> Timeline::block_end(size_t rows) const {
  const auto first_time = [](const Pending& pending) { return pending.block->times[pending.cursor]; };
  const Pending* oldest = nullptr;
  for (const Pending& pending : pending_) {
    if (!pending.block->origins.empty()) continue;  // observations are one block and cost nothing to divide
    if (oldest == nullptr || first_time(pending) < first_time(*oldest)) oldest = &pending;
  }
  if (oldest == nullptr || oldest->block->rows() - oldest->cursor > rows + rows / 2) return std::nullopt;

  const int64_t last = oldest->block->times.back();
  size_t others = 0;
  for (const Pending& pending : pending_) {
    if (&pending == oldest || first_time(pending) > last) continue;
    if (pending.block->source == oldest->block->source) return std::nullopt;
    const auto& times = pending.block->times;
    const auto begin = times.begin() + static_cast<int64_t>(pending.cursor);
    others += static_cast<size_t>(std::upper_bound(begin, times.end(), last) - begin);
  }

  if (others > 2 * rows) return std::nullopt;
  return last == kTimeMax ? last : last + 1;
}

/// The time before which about `rows` rows lie: from samples of each block, weighted by the rows that they stand for.
int64_t Timeline::cut_time(size_t rows, int64_t limit) const {
  struct Sample {
    int64_t time;
    size_t weight;
  };
  constexpr size_t kSamples = 64;

  if (const auto end = block_end(rows)) return std::min(limit, *end);

  std::vector<Sample> samples;
  int64_t first = kTimeMax;
  for (const Pending& pending : pending_) {
    const auto& times = pending.block->times;
    first = std::min(first, times[pending.cursor]);
    const size_t left = times.size() - pending.cursor;
    const size_t stride = pending_.size() == 1 ? std::min(rows, left) : std::max<size_t>(1, left / kSamples);
    for (size_t at = stride; at < left; at += stride) samples.push_back({times[pending.cursor + at], stride});
    samples.push_back({times.back() + 1, stride});
  }

  std::sort(samples.begin(), samples.end(), [](const Sample& a, const Sample& b) { return a.time < b.time; });
  size_t sum = 0;
  for (const Sample& sample : samples) {
    sum += sample.weight;
    if (sum >= rows && sample.time > first) return std::min(limit, sample.time);
  }
  return limit;
}

TimeSlice Timeline::cut(size_t rows, int64_t end_max) {
  const int64_t limit = std::min(horizon(), end_max);
  TimeSlice slice;
  slice.start = start_;
  slice.end = pending_.empty() ? limit : cut_time(rows, limit);

  for (Pending& pending : pending_) {
    const auto& times = pending.block->times;
    const auto first = times.begin() + static_cast<int64_t>(pending.cursor);
    const auto last = slice.end == kTimeMax ? times.end() : std::lower_bound(first, times.end(), slice.end);
    const size_t end = static_cast<size_t>(last - times.begin());
    if (end == pending.cursor) continue;
    slice.slices.push_back({pending.block, pending.cursor, end});
    slice.rows += end - pending.cursor;
    pending.cursor = end;
  }

  pending_rows_ -= slice.rows;
  std::erase_if(pending_, [&](const Pending& pending) {
    if (pending.cursor < pending.block->rows()) return false;
    pending_bytes_ -= pending.block->bytes();
    return true;
  });
  start_ = slice.end;
  return slice;
}

}  // namespace headrace
