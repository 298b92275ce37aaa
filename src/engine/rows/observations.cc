#include "engine/rows/observations.h"

#include "engine/rows/row_reader.h"

#include <algorithm>
#include <numeric>

namespace headrace {
namespace {

/// The rows that have a time and all keys.
std::vector<uint32_t> complete_rows(const Observations& observations) {
  std::vector<uint32_t> rows(static_cast<size_t>(observations.times.length));
  std::iota(rows.begin(), rows.end(), 0u);
  std::vector<const Column*> columns = {&observations.times};
  for (const Column& key : observations.keys) columns.push_back(&key);
  const auto is_incomplete = [&](uint32_t row) {
    return std::any_of(columns.begin(), columns.end(), [&](const Column* column) { return !column->is_valid(row); });
  };
  const bool may_be =
      std::any_of(columns.begin(), columns.end(), [](const Column* c) { return c->validity != nullptr; });
  if (may_be) std::erase_if(rows, is_incomplete);
  return rows;
}

template <typename T>
std::vector<T> taken(const T* values, std::span<const uint32_t> rows) {
  std::vector<T> out(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) out[i] = values[rows[i]];
  return out;
}

}  // namespace

/// Observations may be as many as events, and this is done before anything else: each column is written once, in order.
RowBlock observation_block(const Observations& observations, size_t source, KeyTable& keys, TextPool& texts,
                           int64_t& incomplete) {
  RowBlock block;
  block.source = source;
  block.origins = complete_rows(observations);
  incomplete += observations.times.length - static_cast<int64_t>(block.origins.size());

  const int64_t* const times = observations.times.int64s();
  block.times = taken(times, block.origins);
  if (!std::is_sorted(block.times.begin(), block.times.end())) {
    block.origins = taken(block.origins.data(), order_of_times(block.times));
    for (size_t i = 0; i < block.rows(); ++i) block.times[i] = times[block.origins[i]];
  }

  // Keys of incomplete rows are left out, so that whatever lies under a null makes no key.
  std::vector<std::vector<Slot>> ordered;
  for (const Column& key : observations.keys) {
    std::vector<Slot> scratch;
    ordered.push_back(taken(key_slots(key, texts, scratch), block.origins));
  }
  std::vector<const Slot*> columns;
  for (const std::vector<Slot>& column : ordered) columns.push_back(column.data());
  block.ids.resize(block.rows());
  keys.resolve(columns, block.rows(), block.ids.data());
  return block;
}

}  // namespace headrace
