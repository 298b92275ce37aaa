#include "io/parquet/int96_times.h"

#include <fmt/format.h>
#include <parquet/column_reader.h>
#include <parquet/types.h>

#include <cstring>

namespace headrace {
namespace {

constexpr int64_t kJulianDayOfEpoch = 2'440'588;
/// Julian days further from the epoch than this are outside the years 1 to 9999 by far.
constexpr int64_t kDaysMax = 10'000'000;

void append_time(const parquet::Int96& value, int64_t row, ColumnBuilder& builder, ConvertedColumn& converted) {
  int64_t nanoseconds = 0;
  std::memcpy(&nanoseconds, &value.value, sizeof(nanoseconds));
  const int64_t days = int64_t{value.value[2]} - kJulianDayOfEpoch;
  const int64_t micros = floor_divide(nanoseconds, 1'000);
  const bool is_near = days > -kDaysMax && days < kDaysMax;
  const FineTime fine{{is_near ? days * kMicrosPerDay + micros : 0}, static_cast<int>(nanoseconds - micros * 1'000)};
  const int64_t time = fine.rounded_up().us;
  if (!is_near || !is_valid_timestamp(time)) {
    converted.bad_cells.push_back(
        {row, "is outside the years 1 to 9999", fmt::format("Julian day {} and {} ns", value.value[2], nanoseconds)});
    builder.append_null();
    return;
  }
  if (!fine.is_whole()) ++converted.rounded_times;
  converted.tie_orders[static_cast<size_t>(row)] = fine.tie_order();
  builder.append_int64(time);
}

}  // namespace

Int96Times::Int96Times(std::shared_ptr<parquet::ColumnReader> reader) : reader_(std::move(reader)) {}

Result<ConvertedColumn> Int96Times::read(int64_t rows, const ColumnPlace& place) try {
  auto& typed = static_cast<parquet::Int96Reader&>(*reader_);
  const int16_t defined = reader_->descr()->max_definition_level();
  std::vector<int16_t> levels(static_cast<size_t>(rows));
  std::vector<parquet::Int96> values(static_cast<size_t>(rows));
  ConvertedColumn converted;
  converted.tie_orders.resize(static_cast<size_t>(rows));
  ColumnBuilder builder({ScalarType::kTimestamp});

  int64_t done = 0;
  while (done < rows) {
    int64_t present = 0;
    const int64_t count = typed.ReadBatch(rows - done, levels.data(), nullptr, values.data(), &present);
    if (count == 0) {
      return Error::data(fmt::format("`{}`: column `{}` ends {} rows early", place.file, place.column, rows - done));
    }

    int64_t next = 0;
    for (int64_t i = 0; i < count; ++i) {
      const bool is_null = defined > 0 && levels[static_cast<size_t>(i)] < defined;
      if (is_null || next >= present) {
        builder.append_null();
      } else {
        append_time(values[static_cast<size_t>(next++)], done + i, builder, converted);
      }
    }
    done += count;
  }

  converted.column = std::move(builder).finish();
  if (converted.rounded_times == 0) converted.tie_orders.clear();
  return converted;
} catch (const std::exception& failure) {
  return Error::data(fmt::format("cannot read `{}`, column `{}`: {}", place.file, place.column, failure.what()));
}

}  // namespace headrace
