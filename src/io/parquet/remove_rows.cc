#include "io/parquet/remove_rows.h"

#include "io/arrow/status.h"
#include "io/parquet/parquet_table.h"

#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/scalar.h>
#include <arrow/table.h>
#include <fmt/format.h>
#include <parquet/arrow/writer.h>

#include <memory>

namespace headrace {
namespace {

constexpr int64_t kRowGroupRows = 256 * 1024;

/// Null where the column has no values of the key's type.
std::shared_ptr<arrow::Scalar> scalar_of(const Value& value, const arrow::DataType& type) {
  std::shared_ptr<arrow::Scalar> scalar;
  if (const auto* text = std::get_if<std::string>(&value.data)) scalar = std::make_shared<arrow::StringScalar>(*text);
  if (const auto* number = std::get_if<int64_t>(&value.data)) scalar = std::make_shared<arrow::Int64Scalar>(*number);
  if (const auto* is_true = std::get_if<bool>(&value.data)) scalar = std::make_shared<arrow::BooleanScalar>(*is_true);
  if (const auto* time = std::get_if<EventTime>(&value.data)) {
    scalar = std::make_shared<arrow::TimestampScalar>(time->us, arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"));
  }
  return scalar != nullptr && scalar->type->Equals(type) ? scalar : nullptr;
}

/// Clears the rows of `is_it` that do not have the value.
Status compare(const arrow::ChunkedArray& column, const Value& value, std::vector<uint8_t>& is_it) {
  const std::shared_ptr<arrow::Scalar> wanted = scalar_of(value, *column.type());
  if (wanted == nullptr) {
    is_it.assign(is_it.size(), 0);
    return {};
  }
  size_t row = 0;
  for (const std::shared_ptr<arrow::Array>& chunk : column.chunks()) {
    for (int64_t i = 0; i < chunk->length(); ++i, ++row) {
      if (is_it[row] == 0) continue;
      ASSIGN_OR_RETURN(const auto found, take_result(chunk->GetScalar(i), "cannot look through a column"));
      is_it[row] = found->Equals(*wanted) ? 1 : 0;
    }
  }
  return {};
}

Result<std::string> written(const arrow::Table& table, const std::string& context) {
  try {
    ASSIGN_OR_RETURN(const auto out, take_result(arrow::io::BufferOutputStream::Create(), context));
    const auto properties = parquet::WriterProperties::Builder()
                                .compression(parquet::Compression::SNAPPY)
                                ->enable_write_page_index()
                                ->build();
    const arrow::Status status =
        parquet::arrow::WriteTable(table, arrow::default_memory_pool(), out, kRowGroupRows, properties);
    if (!status.ok()) return error_of(status, context);
    ASSIGN_OR_RETURN(const auto buffer, take_result(out->Finish(), context));
    return buffer->ToString();
  } catch (const std::exception& failure) {
    return Error::data(fmt::format("{}: {}", context, failure.what()));
  }
}

}  // namespace

Result<std::optional<RemovedRows>> remove_parquet_rows(const std::string& path, const std::vector<std::string>& columns,
                                                       const std::vector<Value>& key) {
  ASSIGN_OR_RETURN(const ParquetTableContent content, read_parquet_table({.path = path, .shown = path}, std::nullopt));
  const arrow::Table& table = *content.table;
  std::vector<uint8_t> is_it(static_cast<size_t>(table.num_rows()), 1);
  for (size_t i = 0; i < columns.size(); ++i) {
    const std::shared_ptr<arrow::ChunkedArray> column = table.GetColumnByName(columns[i]);
    if (column == nullptr) return std::optional<RemovedRows>();
    RETURN_IF_ERROR(compare(*column, key[i], is_it));
  }

  // The rows between those that go.
  RemovedRows removed;
  std::vector<std::shared_ptr<arrow::Table>> kept;
  for (size_t row = 0; row < is_it.size();) {
    size_t end = row;
    while (end < is_it.size() && is_it[end] == is_it[row]) ++end;
    if (is_it[row] != 0) {
      removed.rows += static_cast<int64_t>(end - row);
    } else {
      kept.push_back(table.Slice(static_cast<int64_t>(row), static_cast<int64_t>(end - row)));
    }
    row = end;
  }
  if (removed.rows == 0) return std::optional<RemovedRows>();
  if (kept.empty()) return std::optional(std::move(removed));
  const std::string context = fmt::format("cannot write `{}` without rows", path);
  ASSIGN_OR_RETURN(const auto rest, take_result(arrow::ConcatenateTables(kept), context));
  ASSIGN_OR_RETURN(removed.bytes, written(*rest, context));
  return std::optional(std::move(removed));
}

}  // namespace headrace
