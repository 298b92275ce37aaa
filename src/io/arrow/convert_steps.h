#pragma once

/// What the steps of a conversion share. Private to io/arrow.

#include "io/arrow/from_arrow.h"

#include <arrow/array.h>
#include <arrow/util/bitmap_ops.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

/// A value that the wanted type does not hold.
Error would_lose(const ColumnPlace& place, int64_t row, const std::string& value, std::string_view type,
                 const std::string& help);

/// To int64 where they are whole, to double where the nearest one prints the same number, to string digit by digit.
Result<ConvertedColumn> convert_decimals(const arrow::Array& array, ScalarType type, const ColumnPlace& place,
                                         int64_t first_row);

/// To 64 bits.
Result<ConvertedColumn> convert_integers(const arrow::Array& array, const ColumnPlace& place, int64_t first_row);
Result<ConvertedColumn> convert_doubles(const arrow::Array& array, const ColumnPlace& place, int64_t first_row);
/// Pandas makes integers with a missing one doubles: NaN is null, and what is not whole is no integer.
ConvertedColumn convert_whole_doubles(const arrow::Array& array);

/// All layouts of text that Arrow has, as the one with offsets of 32 bits; not looked at for UTF-8.
Result<Column> convert_strings(const std::shared_ptr<arrow::Array>& array, const ColumnPlace& place);

/// Times and integers by a factor.
Result<ConvertedColumn> convert_times(const ArrowConversion& conversion, const std::shared_ptr<arrow::Array>& array);
/// An epoch with a fraction. Doubles have no more digits than their shortest form, so that form is what they say.
Result<ConvertedColumn> convert_double_times(const ArrowConversion& conversion, const arrow::Array& array,
                                             const ColumnPlace& place, int64_t first_row);
/// Text.
Result<ConvertedColumn> parse_times(const ArrowConversion& conversion, const std::shared_ptr<arrow::Array>& array,
                                    const ColumnPlace& place);

/// Buffers that back a converted column.
struct Backing {
  std::shared_ptr<arrow::ArrayData> source;  // for a shared validity bitmap
  std::unique_ptr<int64_t[]> words;
  std::vector<uint8_t> validity;
};

/// A column of 8-byte values to be filled, with the validity of the array.
struct WordColumn {
  Column column;
  std::shared_ptr<Backing> backing;

  WordColumn(const arrow::Array& array, ScalarType type) : backing(std::make_shared<Backing>()) {
    column.type = {type};
    column.length = array.length();
    backing->words.reset(new int64_t[static_cast<size_t>(array.length()) + 1]);
    column.values = backing->words.get();
    if (array.null_count() > 0) {
      if (array.offset() % 8 == 0) {
        backing->source = array.data();
        column.validity = array.null_bitmap_data() + array.offset() / 8;
      } else {
        backing->validity.resize(static_cast<size_t>(array.length()) / 8 + 1);
        arrow::internal::CopyBitmap(array.null_bitmap_data(), array.offset(), array.length(), backing->validity.data(),
                                    0);
        column.validity = backing->validity.data();
      }
    }
    column.owner = backing;
  }
  int64_t* int64s() { return backing->words.get(); }
  double* doubles() { return reinterpret_cast<double*>(backing->words.get()); }

  void set_null(int64_t row) {
    if (backing->validity.empty()) {
      backing->validity.assign(static_cast<size_t>(column.length) / 8 + 1, 0xFF);
      if (column.validity != nullptr) {
        arrow::internal::CopyBitmap(column.validity, 0, column.length, backing->validity.data(), 0);
      }
      column.validity = backing->validity.data();
    }
    backing->validity[static_cast<size_t>(row >> 3)] &= static_cast<uint8_t>(~(1U << (row & 7)));
  }
};

}  // namespace headrace
