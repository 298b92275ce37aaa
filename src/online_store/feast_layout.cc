#include "online_store/feast_layout.h"

#include "base/check.h"
#include "base/murmur3.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace headrace {
namespace {

// feast.types.ValueType.
constexpr uint32_t kStringKey = 2;
constexpr uint32_t kInt64Key = 4;

// How a field of a protobuf message is written.
constexpr uint64_t kVarint = 0;
constexpr uint64_t kEightBytes = 1;
constexpr uint64_t kBytes = 2;

/// The field of feast.types.Value for a scalar of the type; that of a list is ten further.
uint64_t field_of(ScalarType type) {
  switch (type) {
    case ScalarType::kString: return 2;
    case ScalarType::kInt64: return 4;
    case ScalarType::kDouble: return 5;
    case ScalarType::kBool: return 7;
    case ScalarType::kTimestamp: return 8;
    case ScalarType::kNull:
    case ScalarType::kDuration: break;
  }
  CHECK(false);
  return 0;
}

void append_varint(std::string& out, uint64_t number) {
  for (; number > 127; number >>= 7) out += static_cast<char>((number & 127) | 128);
  out += static_cast<char>(number);
}

void append_tag(std::string& out, uint64_t field, uint64_t form) { append_varint(out, field << 3 | form); }

void append_bytes(std::string& out, uint64_t field, std::string_view bytes) {
  append_tag(out, field, kBytes);
  append_varint(out, bytes.size());
  out += bytes;
}

/// The lowest byte first.
void append_fixed(std::string& out, uint64_t number, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(number >> (8 * i));
}

/// What stands behind the tag of a number, or in a packed list of them.
void append_number(std::string& out, const Value& value, ScalarType type) {
  switch (type) {
    case ScalarType::kDouble: {
      const auto* whole = std::get_if<int64_t>(&value.data);
      const double number = whole != nullptr ? static_cast<double>(*whole) : std::get<double>(value.data);
      return append_fixed(out, std::bit_cast<uint64_t>(number), 8);
    }
    case ScalarType::kBool: return append_varint(out, std::get<bool>(value.data) ? 1 : 0);
    case ScalarType::kTimestamp:
      return append_varint(out,
                           static_cast<uint64_t>(floor_divide(std::get<EventTime>(value.data).us, kMicrosPerSecond)));
    case ScalarType::kInt64: return append_varint(out, static_cast<uint64_t>(std::get<int64_t>(value.data)));
    case ScalarType::kNull:
    case ScalarType::kString:
    case ScalarType::kDuration: break;
  }
  CHECK(false);
}

std::string list_items(const Value::List& list, ScalarType type) {
  std::string items;
  if (type == ScalarType::kString) {
    for (const Value& each : list) append_bytes(items, 1, std::get<std::string>(each.data));
    return items;
  }
  std::string packed;
  for (const Value& each : list) append_number(packed, each, type);
  if (!packed.empty()) append_bytes(items, 1, packed);
  return items;
}

/// The number at the front of the bytes, which is taken from them; nothing where there is none.
std::optional<uint64_t> take_varint(std::string_view& bytes) {
  uint64_t number = 0;
  for (int shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    number |= static_cast<uint64_t>(byte & 127) << shift;
    if (byte < 128) return number;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> feast_entity_key(const std::vector<std::string>& columns, const std::vector<Value>& key,
                                            std::string_view project) {
  CHECK_EQ(columns.size(), key.size());
  std::vector<std::pair<std::string_view, const Value*>> pairs;
  for (size_t i = 0; i < columns.size(); ++i) pairs.emplace_back(columns[i], &key[i]);
  std::ranges::sort(pairs, {}, &std::pair<std::string_view, const Value*>::first);

  std::string out;
  append_fixed(out, pairs.size(), 4);
  for (const auto& [name, value] : pairs) {
    append_fixed(out, kStringKey, 4);
    append_fixed(out, name.size(), 4);
    out += name;
  }
  for (const auto& [name, value] : pairs) {
    if (const auto* text = std::get_if<std::string>(&value->data)) {
      append_fixed(out, kStringKey, 4);
      append_fixed(out, text->size(), 4);
      out += *text;
    } else if (const auto* number = std::get_if<int64_t>(&value->data)) {
      append_fixed(out, kInt64Key, 4);
      append_fixed(out, 8, 4);
      append_fixed(out, static_cast<uint64_t>(*number), 8);
    } else {
      return std::nullopt;
    }
  }
  out += project;
  return out;
}

std::string feast_time_field(std::string_view view) { return "_ts:" + std::string(view); }

std::string feast_value_field(std::string_view view, std::string_view feature) {
  std::string out;
  append_fixed(out, murmur3(std::string(view) + ":" + std::string(feature)), 4);
  return out;
}

std::string feast_timestamp(EventTime time) {
  const int64_t seconds = floor_divide(time.us, kMicrosPerSecond);
  const int64_t micros = time.us - seconds * kMicrosPerSecond;
  std::string out;
  if (seconds != 0) {
    append_tag(out, 1, kVarint);
    append_varint(out, static_cast<uint64_t>(seconds));
  }
  if (micros != 0) {
    append_tag(out, 2, kVarint);
    append_varint(out, static_cast<uint64_t>(micros * 1000));
  }
  return out;
}

std::optional<EventTime> time_of_feast_timestamp(std::string_view bytes) {
  int64_t seconds = 0;
  int64_t nanos = 0;
  while (!bytes.empty()) {
    const std::optional<uint64_t> tag = take_varint(bytes);
    if (tag != (1 << 3 | kVarint) && tag != (2 << 3 | kVarint)) return std::nullopt;
    const std::optional<uint64_t> number = take_varint(bytes);
    if (!number) return std::nullopt;
    (*tag >> 3 == 1 ? seconds : nanos) = static_cast<int64_t>(*number);
  }
  int64_t us = 0;
  const bool is_too_far = __builtin_mul_overflow(seconds, kMicrosPerSecond, &us) ||
                          __builtin_add_overflow(us, nanos / 1000, &us) || !is_valid_timestamp(us);
  return is_too_far ? std::nullopt : std::optional(EventTime{us});
}

std::string feast_value(const Value& value, const Type& type) {
  std::string out;
  if (value.is_null()) return out;
  if (type.is_list) {
    append_bytes(out, field_of(type.scalar) + 10, list_items(std::get<Value::List>(value.data), type.scalar));
  } else if (type.scalar == ScalarType::kString) {
    append_bytes(out, field_of(type.scalar), std::get<std::string>(value.data));
  } else {
    append_tag(out, field_of(type.scalar), type.scalar == ScalarType::kDouble ? kEightBytes : kVarint);
    append_number(out, value, type.scalar);
  }
  return out;
}

}  // namespace headrace
