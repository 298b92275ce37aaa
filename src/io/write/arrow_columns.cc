#include "io/write/arrow_columns.h"

#include "base/check.h"

#include <arrow/array.h>
#include <arrow/array/data.h>
#include <arrow/buffer.h>
#include <arrow/type.h>

namespace headrace {
namespace {

/// Bytes of a column, with the column's owner.
class BorrowedBuffer : public arrow::Buffer {
 public:
  BorrowedBuffer(const void* bytes, int64_t size, std::shared_ptr<const void> owner)
      : arrow::Buffer(static_cast<const uint8_t*>(bytes), size), owner_(std::move(owner)) {}

 private:
  std::shared_ptr<const void> owner_;
};

std::shared_ptr<arrow::Buffer> borrow(const Column& column, const void* bytes, int64_t size) {
  if (bytes == nullptr) return size == 0 ? std::make_shared<arrow::Buffer>(nullptr, 0) : nullptr;
  return std::make_shared<BorrowedBuffer>(bytes, size, column.owner);
}

std::shared_ptr<arrow::DataType> to_arrow_scalar_type(ScalarType type) {
  switch (type) {
    case ScalarType::kBool: return arrow::boolean();
    case ScalarType::kInt64: return arrow::int64();
    case ScalarType::kDouble: return arrow::float64();
    case ScalarType::kString: return arrow::utf8();
    case ScalarType::kTimestamp: return arrow::timestamp(arrow::TimeUnit::MICRO, "UTC");
    case ScalarType::kNull:
    case ScalarType::kDuration: break;
  }
  check_failed(__FILE__, __LINE__, fmt::format("a column of type {} is never written", to_string(type)));
}

std::shared_ptr<arrow::ArrayData> to_arrow_data(const Column& column) {
  const int64_t rows = column.offset + column.length;
  const std::shared_ptr<arrow::Buffer> validity =
      column.validity == nullptr ? nullptr : borrow(column, column.validity, (rows + 7) / 8);
  const int64_t null_count = column.validity == nullptr ? 0 : arrow::kUnknownNullCount;
  const auto make = [&](std::vector<std::shared_ptr<arrow::Buffer>> buffers) {
    return arrow::ArrayData::Make(to_arrow_type(column.type), column.length, std::move(buffers), null_count,
                                  column.offset);
  };

  if (column.type.is_list) {
    auto data = make({validity, borrow(column, column.offsets, (rows + 1) * 4)});
    data->child_data.push_back(to_arrow_data(*column.child));
    return data;
  }

  switch (column.type.scalar) {
    case ScalarType::kBool: return make({validity, borrow(column, column.values, (rows + 7) / 8)});
    case ScalarType::kString:
      return make({validity, borrow(column, column.offsets, (rows + 1) * 4),
                   borrow(column, column.values, column.offsets[rows])});
    case ScalarType::kNull:
    case ScalarType::kInt64:
    case ScalarType::kDouble:
    case ScalarType::kTimestamp:
    case ScalarType::kDuration: break;
  }
  return make({validity, borrow(column, column.values, rows * 8)});
}

}  // namespace

std::shared_ptr<arrow::DataType> to_arrow_type(const Type& type) {
  const std::shared_ptr<arrow::DataType> scalar = to_arrow_scalar_type(type.scalar);
  return type.is_list ? arrow::list(scalar) : scalar;
}

std::shared_ptr<arrow::Array> to_arrow_array(const Column& column) { return arrow::MakeArray(to_arrow_data(column)); }

}  // namespace headrace
