#pragma once

/// Bridges between columns, slots and the evaluator's vectors, a run of at most kVectorSize rows at a time.

#include "compute/aggregates/aggregate.h"
#include "compute/expressions/evaluator.h"
#include "data/column.h"
#include "data/text_pool.h"
#include "data/value.h"

#include <array>

namespace headrace {

/// Room for one input of the evaluator.
struct VectorBuffer {
  alignas(64) std::array<uint8_t, kVectorSize> valid;
  alignas(64) std::array<uint64_t, kVectorSize> words;
  std::array<std::string_view, kVectorSize> strings;
};

/// Loads rows [start, start + rows) of a column, cleaned: non-finite doubles become null, −0.0 becomes 0.0.
VectorView load_column(const Column& column, int64_t start, int rows, VectorBuffer& buffer);

/// Loads values that lie at `positions` of slots; `valid` may be null (all there).
VectorView gather_slots(ScalarType type, const Slot* values, const uint8_t* valid, const uint32_t* positions, int rows,
                        VectorBuffer& buffer);

/// The slot of a boxed value, 0 for null and for lists; strings are interned.
Slot slot_of(const Value& value, TextPool& texts);

/// Stores an evaluator's output as slots and validity bytes; strings are interned. Returns whether any is null.
bool store_slots(const VectorView& view, int rows, TextPool& texts, Slot* values, uint8_t* valid);

}  // namespace headrace
