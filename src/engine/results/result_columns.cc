#include "engine/results/result_columns.h"

#include "base/check.h"

#include <bit>
#include <cstring>
#include <numeric>

namespace headrace {
namespace {

/// Numbers and timestamps, eight at a time. Validity bytes are 0 or 1.
Column word_column(Type type, const Slot* values, const uint8_t* valid, std::span<const uint32_t> positions) {
  struct Buffers {
    std::unique_ptr<Slot[]> words;
    std::unique_ptr<uint8_t[]> validity;
  };
  const size_t rows = positions.size();
  auto buffers = std::make_shared<Buffers>();
  buffers->words = std::make_unique_for_overwrite<Slot[]>(rows);
  buffers->validity = std::make_unique<uint8_t[]>((rows + 7) / 8);
  // Copies, which storing bytes of validity cannot change.
  Slot* const words = buffers->words.get();
  uint8_t* const validity = buffers->validity.get();

  size_t present = 0;
  size_t i = 0;
  for (; i + 8 <= rows; i += 8) {
    unsigned bits = 0;
    for (unsigned bit = 0; bit < 8; ++bit) {
      const uint32_t at = positions[i + bit];
      const Slot has_value = valid[at];
      words[i + bit] = values[at] & (0 - has_value);
      bits |= static_cast<unsigned>(has_value) << bit;
    }
    validity[i >> 3] = static_cast<uint8_t>(bits);
    present += static_cast<size_t>(std::popcount(bits));
  }

  for (; i < rows; ++i) {
    const Slot has_value = valid[positions[i]];
    words[i] = values[positions[i]] & (0 - has_value);
    validity[i >> 3] |= static_cast<uint8_t>(has_value << (i & 7));
    present += has_value;
  }

  Column column;
  column.type = type;
  column.length = static_cast<int64_t>(rows);
  column.values = words;
  column.validity = present == rows ? nullptr : validity;
  column.owner = std::move(buffers);
  return column;
}

void append_slot(ColumnBuilder& builder, ScalarType type, Slot slot) {
  switch (type) {
    case ScalarType::kBool: return builder.append_bool(slot != 0);
    case ScalarType::kDouble: return builder.append_double(from_slot<double>(slot));
    case ScalarType::kString: return builder.append_string(from_slot<Text>(slot).view());
    case ScalarType::kNull:
    case ScalarType::kInt64:
    case ScalarType::kTimestamp:
    case ScalarType::kDuration: return builder.append_int64(from_slot<int64_t>(slot));
  }
}

Column list_column(Type type, const Slot* values, const uint8_t* valid, std::span<const uint32_t> positions) {
  struct Buffers {
    std::vector<int32_t> offsets = {0};
    std::vector<uint8_t> validity;
  };
  auto buffers = std::make_shared<Buffers>();
  buffers->validity.resize((positions.size() + 7) / 8);

  ColumnBuilder items({type.scalar, false});
  for (size_t i = 0; i < positions.size(); ++i) {
    const bool has_value = valid[positions[i]] != 0;
    if (has_value) {
      buffers->validity[i >> 3] |= static_cast<uint8_t>(1u << (i & 7));
      for (Slot item : ListArena::items_of(values[positions[i]])) append_slot(items, type.scalar, item);
    }
    buffers->offsets.push_back(static_cast<int32_t>(items.length()));
  }

  Column column;
  column.type = type;
  column.length = static_cast<int64_t>(positions.size());
  column.offsets = buffers->offsets.data();
  column.validity = buffers->validity.data();
  column.child = std::make_shared<const Column>(std::move(items).finish());
  column.owner = std::move(buffers);
  return column;
}

}  // namespace

Column column_of(Type type, const Slot* values, const uint8_t* valid, std::span<const uint32_t> positions) {
  if (type.is_list) return list_column(type, values, valid, positions);
  if (type.scalar != ScalarType::kBool && type.scalar != ScalarType::kString) {
    return word_column(type, values, valid, positions);
  }
  ColumnBuilder builder(type);
  for (uint32_t at : positions) {
    if (valid[at] != 0) {
      append_slot(builder, type.scalar, values[at]);
    } else {
      builder.append_null();
    }
  }
  return std::move(builder).finish();
}

WordColumns::WordColumns(size_t columns, size_t rows)
    : rows_(rows),
      bitmap_words_((rows + 63) / 64),
      memory_(std::make_shared<Slot[]>(columns * (rows + bitmap_words_))) {}

Column WordColumns::add(Type type, std::span<const Slot> values, std::span<const uint8_t> valid) {
  Slot* const words = memory_.get() + next_;
  auto* const bitmap = reinterpret_cast<uint8_t*>(words + rows_);
  next_ += rows_ + bitmap_words_;
  size_t present = 0;
  for (size_t row = 0; row < rows_; ++row) {
    words[row] = values[row] & (Slot{0} - valid[row]);
    bitmap[row >> 3] |= static_cast<uint8_t>(valid[row] << (row & 7));
    present += valid[row];
  }

  Column column;
  column.type = type;
  column.length = static_cast<int64_t>(rows_);
  column.values = words;
  column.validity = present == rows_ ? nullptr : bitmap;
  column.owner = memory_;
  return column;
}

Column column_owning(Type type, std::unique_ptr<Slot[]> values, std::span<const uint8_t> valid) {
  CHECK(!type.is_list);
  if (type.scalar == ScalarType::kBool || type.scalar == ScalarType::kString) {
    std::vector<uint32_t> positions(valid.size());
    std::iota(positions.begin(), positions.end(), 0u);
    return column_of(type, values.get(), valid.data(), positions);
  }

  struct Buffers {
    std::unique_ptr<Slot[]> words;
    std::vector<uint8_t> validity;
  };
  auto buffers = std::make_shared<Buffers>();
  buffers->words = std::move(values);
  buffers->validity.resize((valid.size() + 7) / 8);
  size_t present = 0;
  for (size_t row = 0; row < valid.size(); ++row) {
    buffers->words[row] &= Slot{0} - valid[row];
    buffers->validity[row >> 3] |= static_cast<uint8_t>(valid[row] << (row & 7));
    present += valid[row];
  }

  Column column;
  column.type = type;
  column.length = static_cast<int64_t>(valid.size());
  column.values = buffers->words.get();
  column.validity = present == valid.size() ? nullptr : buffers->validity.data();
  column.owner = std::move(buffers);
  return column;
}

std::vector<Column> key_columns(const TimeStep& step, const KeyTable& keys, std::span<const uint32_t> positions) {
  const std::vector<ScalarType> types = keys.types();
  std::vector<Column> columns;
  for (size_t column = 0; column < types.size(); ++column) {
    ColumnBuilder builder({types[column], false});
    std::vector<int64_t> words;
    const bool is_word = types[column] == ScalarType::kInt64 || types[column] == ScalarType::kTimestamp;
    if (is_word) words.reserve(positions.size());
    keys.with_lock([&] {
      for (uint32_t at : positions) {
        const Slot slot = keys.slot_unlocked(step.ids[at], column);
        if (is_word) {
          words.push_back(from_slot<int64_t>(slot));
        } else {
          append_slot(builder, types[column], slot);
        }
      }
    });
    columns.push_back(is_word ? make_column(types[column], std::move(words)) : std::move(builder).finish());
  }
  return columns;
}

Column time_column(const TimeStep& step, std::span<const uint32_t> positions) {
  std::vector<int64_t> times;
  times.reserve(positions.size());
  for (uint32_t at : positions) times.push_back(step.times[at]);
  return make_column(ScalarType::kTimestamp, std::move(times));
}

std::span<const uint32_t> output_positions(const TimeStep& step, std::vector<uint32_t>& scratch) {
  if (step.is_output.empty()) return step.in_order;
  scratch.clear();
  for (uint32_t at : step.in_order) {
    if (step.is_output[at]) scratch.push_back(at);
  }
  return scratch;
}

Batch result_rows(const Plan& plan, const std::vector<size_t>& features, const std::vector<bool>& before_default,
                  const TimeStep& step, const KeyTable& keys, std::span<const uint32_t> positions) {
  Batch batch;
  batch.rows = static_cast<int64_t>(positions.size());
  if (positions.empty()) return batch;
  batch.columns = key_columns(step, keys, positions);
  batch.columns.push_back(time_column(step, positions));
  const auto add_column = [&](size_t f, const InstantColumn& column) {
    batch.columns.push_back(column_of(plan.features[f].type, column.values, column.valid, positions));
  };
  for (size_t f : features) add_column(f, step.features[f]);
  for (size_t i = 0; i < before_default.size(); ++i) {
    if (before_default[i]) add_column(features[i], step.before_default[i]);
  }
  return batch;
}

}  // namespace headrace
