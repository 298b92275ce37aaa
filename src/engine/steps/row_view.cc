#include "engine/steps/row_view.h"

#include "engine/steps/events_that_count.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace headrace {
namespace {

RowView slice_view(const BlockSlice& slice) {
  const RowBlock& block = *slice.block;
  RowView view;
  view.rows = slice.end - slice.begin;
  view.times = block.times.data() + slice.begin;
  view.ids = block.ids.data() + slice.begin;
  view.origins = block.origins.empty() ? nullptr : block.origins.data() + slice.begin;
  for (const RowColumn& column : block.columns) {
    view.values.push_back(column.values.data() + slice.begin);
    view.valid.push_back(column.valid.empty() ? nullptr : column.valid.data() + slice.begin);
  }
  view.owner = slice.block;
  return view;
}

/// A row of one of several slices.
struct RowPlace {
  uint32_t slice;
  uint32_t row;
};

/// The rows of all slices in order of (time, arrival column, tie order, order of blocks, position).
std::vector<RowPlace> merged_order(const std::vector<BlockSlice>& slices) {
  std::vector<RowPlace> places;
  for (uint32_t slice = 0; slice < slices.size(); ++slice) {
    for (size_t row = slices[slice].begin; row < slices[slice].end; ++row)
      places.push_back({slice, static_cast<uint32_t>(row)});
  }

  const auto before = [&](RowPlace a, RowPlace b) {
    const RowBlock& left = *slices[a.slice].block;
    const RowBlock& right = *slices[b.slice].block;
    if (left.times[a.row] != right.times[b.row]) return left.times[a.row] < right.times[b.row];
    if (!left.arrivals.empty() && left.arrivals[a.row] != right.arrivals[b.row]) {
      return left.arrivals[a.row] < right.arrivals[b.row];
    }
    // Slices are in order of arrival, and the sort is stable.
    return tie_order_of(left, a.row) < tie_order_of(right, b.row);
  };

  // Runs are sorted already: merge them pairwise, so that a few long runs cost little.
  std::vector<size_t> bounds = {0};
  for (const BlockSlice& slice : slices) bounds.push_back(bounds.back() + slice.end - slice.begin);
  while (bounds.size() > 2) {
    std::vector<size_t> wider = {0};
    for (size_t i = 0; i + 2 < bounds.size(); i += 2) {
      const auto at = [&](size_t position) { return places.begin() + static_cast<int64_t>(position); };
      if (before(places[bounds[i + 1]], places[bounds[i + 1] - 1])) {
        std::inplace_merge(at(bounds[i]), at(bounds[i + 1]), at(bounds[i + 2]), before);
      }
      wider.push_back(bounds[i + 2]);
    }
    if (wider.back() != bounds.back()) wider.push_back(bounds.back());
    bounds = std::move(wider);
  }
  return places;
}

/// Takes out of `places` the rows that do not count. All rows of one time are in one step, so this settles them for
/// good.
void keep_events_that_count(const std::vector<BlockSlice>& slices, const EventIdentity& identity,
                            std::vector<RowPlace>& places, UncountedRows& uncounted) {
  std::vector<IdentifiedRow> rows;
  rows.reserve(places.size());
  for (const RowPlace place : places) {
    const RowBlock& block = *slices[place.slice].block;
    rows.push_back({block.times[place.row], block.ids[place.row], block.event_ids[place.row],
                    !block.is_deleted.empty() && block.is_deleted[place.row] != 0});
  }

  const std::vector<RowFate> fates = row_fates(rows, identity.is_first_kept);
  size_t kept = 0;
  for (size_t i = 0; i < fates.size(); ++i) {
    uncounted.superseded += fates[i] == RowFate::kSuperseded ? 1 : 0;
    uncounted.deleted += fates[i] == RowFate::kDeleted ? 1 : 0;
    if (fates[i] == RowFate::kCounts) places[kept++] = places[i];
  }
  places.resize(kept);
}

template <typename T, typename Get>
std::vector<T> collect(const std::vector<RowPlace>& places, Get&& get) {
  std::vector<T> out(places.size());
  for (size_t i = 0; i < places.size(); ++i) out[i] = get(places[i]);
  return out;
}

/// Copies rows of several slices, or some of one, into a block of their own.
RowView gathered(const std::vector<BlockSlice>& slices, const std::vector<RowPlace>& places) {
  const auto block_of = [&](RowPlace place) -> const RowBlock& { return *slices[place.slice].block; };
  RowBlock merged;
  merged.times = collect<int64_t>(places, [&](RowPlace p) { return block_of(p).times[p.row]; });
  merged.ids = collect<uint32_t>(places, [&](RowPlace p) { return block_of(p).ids[p.row]; });
  if (!slices[0].block->origins.empty()) {
    merged.origins = collect<uint32_t>(places, [&](RowPlace p) { return block_of(p).origins[p.row]; });
  }
  for (size_t c = 0; c < slices[0].block->columns.size(); ++c) {
    RowColumn column;
    column.values = collect<Slot>(places, [&](RowPlace p) { return block_of(p).columns[c].values[p.row]; });
    column.valid =
        collect<uint8_t>(places, [&](RowPlace p) -> uint8_t { return block_of(p).columns[c].is_valid(p.row); });
    merged.columns.push_back(std::move(column));
  }

  const auto owner = std::make_shared<const RowBlock>(std::move(merged));
  return slice_view({owner, 0, owner->rows()});
}

}  // namespace

RowView view_of(std::vector<BlockSlice> slices, const EventIdentity* identity, UncountedRows& uncounted) {
  if (slices.size() == 1 && identity == nullptr) return slice_view(slices[0]);

  std::stable_sort(slices.begin(), slices.end(),
                   [](const BlockSlice& a, const BlockSlice& b) { return a.block->order < b.block->order; });
  std::vector<RowPlace> places = merged_order(slices);
  if (identity != nullptr) {
    const size_t rows = places.size();
    keep_events_that_count(slices, *identity, places, uncounted);
    if (slices.size() == 1 && places.size() == rows) return slice_view(slices[0]);
  }
  return gathered(slices, places);
}

}  // namespace headrace
