#pragma once

/// Cells of one text file as another has them: unchanged, as far as its form allows. Internal to io.

#include "io/arrow/arrow_text.h"
#include "io/observations/text_table.h"

#include <string>
#include <string_view>

namespace headrace {

/// A field of CSV. In JSON it is a number or a truth where its column has that type and JSON can say it so, else a text.
void append_csv_cell_text(std::string& out, std::string_view text, ScalarType column_type, CellStyle style);

/// A value of NDJSON: of a string the string itself, of others as written. NaN and infinities are null in JSON.
void append_json_cell_text(std::string& out, std::string_view text, CellForm form, CellStyle style);

}  // namespace headrace
