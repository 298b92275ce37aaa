#include "engine/rows/vector_input.h"

#include <bit>
#include <cstring>

namespace headrace {
namespace {

/// Spreads a bitmap into bytes.
void load_validity(const Column& column, int64_t start, int rows, uint8_t* valid) {
  if (column.validity == nullptr) {
    std::memset(valid, 1, static_cast<size_t>(rows));
    return;
  }
  const int64_t first = column.offset + start;
  int i = 0;
  if (std::endian::native == std::endian::little && first % 8 == 0) {
    const uint8_t* bytes = column.validity + first / 8;
    for (; i + 8 <= rows; i += 8) {
      // Bit k of the bitmap's byte comes to stand in byte k, then carries into the top bit of that byte.
      const uint64_t bits = (bytes[i >> 3] * uint64_t{0x0101010101010101}) & 0x8040201008040201;
      const uint64_t flags = ((bits + 0x7f7f7f7f7f7f7f7f) >> 7) & 0x0101010101010101;
      std::memcpy(valid + i, &flags, sizeof(flags));
    }
  }
  for (; i < rows; ++i) valid[i] = (column.validity[(first + i) >> 3] >> ((first + i) & 7)) & 1;
}

void load_doubles(const double* from, int rows, double* to, uint8_t* valid) {
  for (int i = 0; i < rows; ++i) {
    const double v = from[i] + 0.0;  // −0.0 + 0.0 is 0.0
    valid[i] &= v - v == 0.0;        // false for NaN and infinities
    to[i] = v;
  }
}

}  // namespace

VectorView load_column(const Column& column, int64_t start, int rows, VectorBuffer& buffer) {
  VectorView view{column.type.scalar, buffer.valid.data(), nullptr};
  load_validity(column, start, rows, buffer.valid.data());

  switch (column.type.scalar) {
    case ScalarType::kDouble: {
      auto* values = reinterpret_cast<double*>(buffer.words.data());
      load_doubles(column.doubles() + start, rows, values, buffer.valid.data());
      view.values = values;
      break;
    }
    case ScalarType::kBool: {
      auto* values = reinterpret_cast<uint8_t*>(buffer.words.data());
      for (int i = 0; i < rows; ++i) values[i] = column.bool_at(start + i);
      view.values = values;
      break;
    }

    case ScalarType::kString:
      for (int i = 0; i < rows; ++i)
        buffer.strings[i] = buffer.valid[i] ? column.string_at(start + i) : std::string_view();
      view.values = buffer.strings.data();
      break;
    case ScalarType::kNull:
    case ScalarType::kInt64:
    case ScalarType::kTimestamp:
    case ScalarType::kDuration: view.values = column.int64s() + start; break;
  }
  return view;
}

VectorView gather_slots(ScalarType type, const Slot* values, const uint8_t* valid, const uint32_t* positions, int rows,
                        VectorBuffer& buffer) {
  VectorView view{type, buffer.valid.data(), buffer.words.data()};
  for (int i = 0; i < rows; ++i) buffer.valid[i] = valid == nullptr ? 1 : valid[positions[i]];
  if (type == ScalarType::kString) {
    for (int i = 0; i < rows; ++i) {
      buffer.strings[i] = buffer.valid[i] ? Text::from_bits(values[positions[i]]).view() : std::string_view();
    }
    view.values = buffer.strings.data();
  } else if (type == ScalarType::kBool) {
    auto* bytes = reinterpret_cast<uint8_t*>(buffer.words.data());
    for (int i = 0; i < rows; ++i) bytes[i] = buffer.valid[i] != 0 && values[positions[i]] != 0;
  } else {
    for (int i = 0; i < rows; ++i) buffer.words[i] = buffer.valid[i] ? values[positions[i]] : 0;
  }
  return view;
}

Slot slot_of(const Value& value, TextPool& texts) {
  struct Writer {
    TextPool& texts;
    Slot operator()(std::monostate) const { return 0; }
    Slot operator()(bool v) const { return to_slot(v); }
    Slot operator()(int64_t v) const { return to_slot(v); }
    Slot operator()(double v) const { return to_slot(v + 0.0); }
    Slot operator()(const std::string& v) const { return texts.intern(v).bits(); }
    Slot operator()(EventTime v) const { return to_slot(v.us); }
    Slot operator()(Duration v) const { return to_slot(v.us); }
    Slot operator()(const Value::List&) const { return 0; }
  };
  return std::visit(Writer{texts}, value.data);
}

bool store_slots(const VectorView& view, int rows, TextPool& texts, Slot* values, uint8_t* valid) {
  bool any_null = false;
  if (view.valid == nullptr) {
    std::memset(valid, 1, static_cast<size_t>(rows));
  } else {
    std::memcpy(valid, view.valid, static_cast<size_t>(rows));
    any_null = std::memchr(valid, 0, static_cast<size_t>(rows)) != nullptr;
  }
  if (view.type == ScalarType::kString) {
    for (int i = 0; i < rows; ++i) values[i] = valid[i] ? texts.intern(view.strings()[i]).bits() : 0;
  } else if (view.type == ScalarType::kBool) {
    for (int i = 0; i < rows; ++i) values[i] = view.bools()[i];
  } else if (view.values != nullptr) {
    std::memcpy(values, view.values, static_cast<size_t>(rows) * sizeof(Slot));
  }
  return any_null;
}

}  // namespace headrace
