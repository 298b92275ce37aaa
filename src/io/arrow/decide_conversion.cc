#include "io/arrow/from_arrow.h"

#include <arrow/extension_type.h>
#include <arrow/type.h>
#include <arrow/type_traits.h>
#include <fmt/format.h>

namespace headrace {
namespace {

constexpr int64_t kNanosPerMicro = 1'000;

/// How integers of a unit become microseconds.
void set_factor(ArrowConversion& conversion, TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kSeconds: conversion.multiply = kMicrosPerSecond; break;
    case TimeUnit::kMilliseconds: conversion.multiply = 1'000; break;
    case TimeUnit::kMicroseconds: break;
    case TimeUnit::kNanoseconds: conversion.divide = kNanosPerMicro; break;
  }
}

TimeUnit unit_of(const arrow::DataType& type) {
  switch (static_cast<const arrow::TimestampType&>(type).unit()) {
    case arrow::TimeUnit::SECOND: return TimeUnit::kSeconds;
    case arrow::TimeUnit::MILLI: return TimeUnit::kMilliseconds;
    case arrow::TimeUnit::MICRO: return TimeUnit::kMicroseconds;
    case arrow::TimeUnit::NANO: return TimeUnit::kNanoseconds;
  }
  return TimeUnit::kMicroseconds;
}

bool is_text(arrow::Type::type id) {
  switch (id) {
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
    case arrow::Type::LARGE_STRING:
    case arrow::Type::LARGE_BINARY:
    case arrow::Type::STRING_VIEW:
    case arrow::Type::BINARY_VIEW: return true;
    default: return false;
  }
}

bool is_uuid(const arrow::DataType& type) {
  return type.id() == arrow::Type::EXTENSION &&
         static_cast<const arrow::ExtensionType&>(type).extension_name() == "arrow.uuid";
}

/// What extensions add is a meaning that the language has no word for; UUIDs have one.
const arrow::DataType& storage_of(const arrow::DataType& type) {
  // NOLINTNEXTLINE(bugprone-return-const-ref-from-parameter): types are abstract, so no temporary is made of an argument
  if (type.id() != arrow::Type::EXTENSION || is_uuid(type)) return type;
  return *static_cast<const arrow::ExtensionType&>(type).storage_type();
}

/// The type of the language that holds all values of an Arrow type; nothing for types that it cannot hold.
std::optional<ScalarType> natural_type(const arrow::DataType& found) {
  const arrow::Type::type id = found.id();
  if (arrow::is_integer(id)) return ScalarType::kInt64;
  if (arrow::is_floating(id)) return ScalarType::kDouble;
  if (is_text(id) || is_uuid(found)) return ScalarType::kString;
  if (arrow::is_decimal(id)) {
    return static_cast<const arrow::DecimalType&>(found).scale() == 0 ? ScalarType::kInt64 : ScalarType::kDouble;
  }
  switch (id) {
    case arrow::Type::BOOL: return ScalarType::kBool;
    case arrow::Type::TIMESTAMP:
    case arrow::Type::DATE32:
    case arrow::Type::DATE64: return ScalarType::kTimestamp;
    default: return std::nullopt;
  }
}

std::optional<ArrowConversion> to_timestamp(const arrow::DataType& found, const WantedColumn& wanted) {
  const arrow::Type::type id = found.id();
  const std::optional<TimeUnit>& unit = wanted.unit;
  ArrowConversion conversion{ConversionMethod::kTimes, ScalarType::kTimestamp};
  conversion.rounding = wanted.rounding;
  if (id == arrow::Type::TIMESTAMP) {
    set_factor(conversion, unit_of(found));
  } else if (id == arrow::Type::DATE32) {
    conversion.multiply = kMicrosPerDay;
  } else if (id == arrow::Type::DATE64) {
    conversion.multiply = 1'000;
  } else if (arrow::is_integer(id) && unit.has_value()) {
    set_factor(conversion, *unit);
  } else if (arrow::is_floating(id) && unit.has_value()) {
    conversion.method = ConversionMethod::kDoubleTimes;
    conversion.unit = *unit;
  } else if (is_text(id) && !unit.has_value()) {
    conversion.method = ConversionMethod::kParsedTimes;
  } else {
    return std::nullopt;
  }
  return conversion;
}

const arrow::DataType& value_type_of(const arrow::DataType& found) {
  if (found.id() != arrow::Type::DICTIONARY) return storage_of(found);
  return *static_cast<const arrow::DictionaryType&>(found).value_type();
}

/// Nothing when the types do not fit.
std::optional<ArrowConversion> conversion_between(const arrow::DataType& whole, const WantedColumn& wanted) {
  const arrow::DataType& found = storage_of(whole);
  const arrow::Type::type id = found.id();
  ScalarType type = wanted.type;
  if (type == ScalarType::kNull) {
    const auto key = key_type_of(found);
    if (!key.has_value()) return std::nullopt;
    type = *key;
  }

  if (id == arrow::Type::NA) return ArrowConversion{ConversionMethod::kNulls, type};
  if (id == arrow::Type::DICTIONARY) {
    auto values = conversion_between(*static_cast<const arrow::DictionaryType&>(found).value_type(),
                                     {type, wanted.unit, wanted.rounding});
    if (!values.has_value()) return std::nullopt;
    ArrowConversion conversion{ConversionMethod::kDictionary, type};
    conversion.values = std::make_shared<const ArrowConversion>(*values);
    return conversion;
  }

  switch (type) {
    case ScalarType::kBool:
      if (id == arrow::Type::BOOL) return ArrowConversion{ConversionMethod::kShare, type};
      break;
    case ScalarType::kInt64:
      if (id == arrow::Type::INT64) return ArrowConversion{ConversionMethod::kShare, type};
      if (arrow::is_integer(id)) return ArrowConversion{ConversionMethod::kIntegers, type};
      if (arrow::is_floating(id)) return ArrowConversion{ConversionMethod::kWholeDoubles, type};
      if (arrow::is_decimal(id)) return ArrowConversion{ConversionMethod::kDecimals, type};
      break;
    case ScalarType::kDouble:
      if (id == arrow::Type::DOUBLE) return ArrowConversion{ConversionMethod::kShare, type};
      if (arrow::is_integer(id) || arrow::is_floating(id)) return ArrowConversion{ConversionMethod::kDoubles, type};
      if (arrow::is_decimal(id)) return ArrowConversion{ConversionMethod::kDecimals, type};
      break;

    case ScalarType::kString:
      if (id == arrow::Type::STRING || id == arrow::Type::BINARY)
        return ArrowConversion{ConversionMethod::kShare, type};
      if (is_text(id)) return ArrowConversion{ConversionMethod::kStrings, type};
      if (is_uuid(found)) return ArrowConversion{ConversionMethod::kUuids, type};
      if (arrow::is_decimal(id)) return ArrowConversion{ConversionMethod::kDecimals, type};
      break;
    case ScalarType::kTimestamp: return to_timestamp(found, wanted);
    case ScalarType::kNull:
    case ScalarType::kDuration: break;
  }
  return std::nullopt;
}

Error mismatch(const arrow::DataType& found, const WantedColumn& wanted, const ColumnPlace& place) {
  const auto natural = natural_type(value_type_of(found));
  if (wanted.type == ScalarType::kNull) {
    return Error::data(fmt::format("`{}`: the key column `{}` holds {}, and a key is int64, string, bool or timestamp",
                                   place.file, place.column, found.ToString()))
        .with_help("write the key as an integer or as text, or choose another column");
  }
  const std::string message = fmt::format("`{}`: column `{}` is declared as {}, but the file holds {}", place.file,
                                          place.column, to_string(wanted.type), found.ToString());
  std::string help =
      found.id() == arrow::Type::FIXED_SIZE_BINARY ? "write it as text, or as a UUID" : "choose another column";
  const bool is_number = natural == ScalarType::kInt64 || natural == ScalarType::kDouble;
  if (wanted.type == ScalarType::kTimestamp && is_number && !wanted.unit.has_value()) {
    help =
        "say what the numbers count with `unit: s`, `ms`, `us` or `ns` in the source (for its event time), or declare "
        "another column of the source as " +
        std::string(to_string(*natural));
  } else if (wanted.type == ScalarType::kTimestamp && wanted.unit.has_value() && natural == ScalarType::kString) {
    help = "remove `unit` from the source: it is for numbers only";
  } else if (natural.has_value()) {
    help = fmt::format("declare it as `{}: {}`, or change the file", place.column, to_string(*natural));
  }
  return Error::data(message).with_help(help);
}

}  // namespace

std::optional<ScalarType> key_type_of(const arrow::DataType& found) {
  const auto natural = natural_type(value_type_of(found));
  return natural == ScalarType::kDouble ? ScalarType::kInt64 : natural;
}

Result<ArrowConversion> decide_conversion(const arrow::DataType& found, const WantedColumn& wanted,
                                          const ColumnPlace& place) {
  const auto conversion = conversion_between(found, wanted);
  if (!conversion.has_value()) return mismatch(found, wanted, place);
  return *conversion;
}

}  // namespace headrace
