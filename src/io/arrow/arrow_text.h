#pragma once

/// Cells of any Arrow column as text. Internal to io: it includes Arrow's headers.

#include <arrow/type_fwd.h>

#include <string>

namespace headrace {

/// How a cell stands in its line.
enum class CellStyle {
  kCsv,   // null is empty, text is quoted where it must be
  kJson,  // null is null, text is quoted; NaN and infinities are null
};

/// Appends the cell. Numbers keep their precision: a float32 is written in its own shortest form, a timestamp with all
/// digits of its unit. Lists, structs and maps are JSON (in CSV as a text), bytes are base64, a UUID has its usual form.
/// Types that neither format knows are written as Arrow prints them, as a text.
void append_cell(std::string& out, const arrow::Array& column, int64_t row, CellStyle style);

}  // namespace headrace
