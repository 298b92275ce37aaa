#pragma once

/// The numbers of an array as a plain pointer of their C type. Private to io/arrow.

#include "base/check.h"

#include <arrow/array.h>

namespace headrace {

template <typename ArrowType>
const typename ArrowType::c_type* raw_values(const arrow::Array& array) {
  return static_cast<const arrow::NumericArray<ArrowType>&>(array).raw_values();
}

/// Calls visit with a pointer to the array's C values. REQUIRES: an integer, floating or time type.
template <typename Visit>
auto visit_numbers(const arrow::Array& array, Visit&& visit) {
  switch (array.type_id()) {
    case arrow::Type::INT8: return visit(raw_values<arrow::Int8Type>(array));
    case arrow::Type::INT16: return visit(raw_values<arrow::Int16Type>(array));
    case arrow::Type::INT32: return visit(raw_values<arrow::Int32Type>(array));
    case arrow::Type::INT64: return visit(raw_values<arrow::Int64Type>(array));
    case arrow::Type::UINT8: return visit(raw_values<arrow::UInt8Type>(array));
    case arrow::Type::UINT16: return visit(raw_values<arrow::UInt16Type>(array));
    case arrow::Type::UINT32: return visit(raw_values<arrow::UInt32Type>(array));
    case arrow::Type::UINT64: return visit(raw_values<arrow::UInt64Type>(array));
    case arrow::Type::FLOAT: return visit(raw_values<arrow::FloatType>(array));
    case arrow::Type::TIMESTAMP: return visit(raw_values<arrow::TimestampType>(array));
    case arrow::Type::DATE32: return visit(raw_values<arrow::Date32Type>(array));
    case arrow::Type::DATE64: return visit(raw_values<arrow::Date64Type>(array));
    default: CHECK(false); return visit(static_cast<const int64_t*>(nullptr));
  }
}

}  // namespace headrace
