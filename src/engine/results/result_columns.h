#pragma once

/// Makes result columns of a step's arrays.

#include "engine/steps/step.h"

namespace headrace {

/// A column of the slots at `positions`. Lists are read from their arenas,
/// strings from their pool; both are copied, numbers too.
Column column_of(Type type, const Slot* values, const uint8_t* valid, std::span<const uint32_t> positions);

/// Columns of numbers and times over the same rows, in one piece of memory: for reads, which are of few rows.
class WordColumns {
 public:
  WordColumns(size_t columns, size_t rows);
  static bool takes(const Type& type) {
    return !type.is_list && type.scalar != ScalarType::kBool && type.scalar != ScalarType::kString;
  }

  /// A column of all rows, which are copied. REQUIRES: takes(type); a value, and a byte for whether it is there, for each row;
  /// no more columns than were said.
  Column add(Type type, std::span<const Slot> values, std::span<const uint8_t> valid);

 private:
  const size_t rows_;
  const size_t bitmap_words_;
  std::shared_ptr<Slot[]> memory_;  // shared with the columns: of each its values, then its bitmap
  size_t next_ = 0;
};

/// A column of all `rows` slots, which it takes over where the type is a number or a time. REQUIRES: no list.
Column column_owning(Type type, std::unique_ptr<Slot[]> values, std::span<const uint8_t> valid);

/// The key columns and the times of the instants at `positions`.
std::vector<Column> key_columns(const TimeStep& step, const KeyTable& keys, std::span<const uint32_t> positions);
Column time_column(const TimeStep& step, std::span<const uint32_t> positions);

/// The instants of the step that are results, in order of time, then key; `scratch` may hold them.
std::span<const uint32_t> output_positions(const TimeStep& step, std::vector<uint32_t>& scratch);
/// Rows of a result table: keys, event_time, the features, and for those of `before_default` (empty: none) what they
/// were before their default.
Batch result_rows(const Plan& plan, const std::vector<size_t>& features, const std::vector<bool>& before_default,
                  const TimeStep& step, const KeyTable& keys, std::span<const uint32_t> positions);

}  // namespace headrace
