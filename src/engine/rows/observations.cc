#include "engine/rows/observations.h"

#include "engine/rows/row_reader.h"

namespace headrace {

RowBlock observation_block(const Observations& observations, size_t source, KeyTable& keys, TextPool& texts,
                           int64_t& incomplete) {
  const int64_t rows = observations.times.length;
  RowBlock block;
  block.source = source;
  std::vector<std::vector<Slot>> scratch(observations.keys.size());
  std::vector<const Slot*> slots;
  for (size_t column = 0; column < observations.keys.size(); ++column) {
    slots.push_back(key_slots(observations.keys[column], texts, scratch[column]));
  }

  // Keys of incomplete rows are left out, so that whatever lies under a null makes no key.
  std::vector<std::vector<Slot>> complete(slots.size());
  for (int64_t row = 0; row < rows; ++row) {
    bool is_complete = observations.times.is_valid(row);
    for (const Column& key : observations.keys) is_complete &= key.is_valid(row);
    if (!is_complete) {
      ++incomplete;
      continue;
    }
    block.times.push_back(observations.times.int64s()[row]);
    block.origins.push_back(static_cast<uint32_t>(row));
    for (size_t column = 0; column < slots.size(); ++column) complete[column].push_back(slots[column][row]);
  }

  std::vector<const Slot*> columns;
  for (const std::vector<Slot>& column : complete) columns.push_back(column.data());
  block.ids.resize(block.rows());
  keys.resolve(columns, block.rows(), block.ids.data());
  sort_block(block);
  return block;
}

}  // namespace headrace
