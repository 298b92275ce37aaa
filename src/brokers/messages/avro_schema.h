#pragma once

/// An Avro schema (specification 1.12) as a table of types, as far as reading messages needs it.
///
/// A type that the schema names is there once, and others point to it, so that types may contain themselves. Defaults, aliases,
/// documentation and orders say nothing about bytes and are passed over; a logical type that does not fit its type is too, as
/// the specification asks.

#include "base/result.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

enum class AvroKind : uint8_t {
  kNull,
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kBytes,
  kString,
  kRecord,
  kEnum,
  kArray,
  kMap,
  kUnion,
  kFixed,
};

enum class AvroLogical : uint8_t {
  kNone,
  kDate,             // int: days
  kTimeMillis,       // int: of a day
  kTimeMicros,       // long
  kTimestampMillis,  // long: an instant
  kTimestampMicros,
  kTimestampNanos,
  kLocalTimestampMillis,  // long: without a zone
  kLocalTimestampMicros,
  kLocalTimestampNanos,
  kDecimal,  // bytes or fixed: an integer in two's complement, big-endian, with `scale` digits behind the point
  kUuid,     // fixed of 16 bytes; on a string it changes nothing
};

struct AvroField {
  std::string name;
  std::string key;    // `"name":`
  uint32_t type = 0;  // in the schema's table
};

struct AvroType {
  AvroKind kind = AvroKind::kNull;
  AvroLogical logical = AvroLogical::kNone;
  std::vector<AvroField> fields = {};     // of a record
  std::vector<uint32_t> parts = {};       // items of an array, values of a map, branches of a union
  std::vector<std::string> symbols = {};  // of an enum, as JSON texts
  int64_t size = 0;                       // of a fixed
  int scale = 0;                          // of a decimal
};

/// Immutable.
class AvroSchema {
 public:
  static constexpr size_t kTextBytesMax = size_t{4} << 20;
  static constexpr size_t kTypesMax = 20'000;
  static constexpr int kDepthMax = 64;
  static constexpr int kScaleMax = 100;

  /// `references`: schemas whose names the text uses, each before those that use it. An Error of data tells what is wrong.
  static Result<AvroSchema> parse(std::string_view text, std::span<const std::string> references);

  const AvroType& type(uint32_t index) const { return types_[index]; }
  uint32_t root() const { return root_; }

 private:
  friend class AvroSchemaReader;

  std::vector<AvroType> types_;
  uint32_t root_ = 0;
};

}  // namespace headrace
