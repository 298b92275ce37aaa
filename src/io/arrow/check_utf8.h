#pragma once

/// Bytes that are not UTF-8 are no strings of the language: they become bad cells.

#include "io/arrow/from_arrow.h"

namespace headrace {

/// The column as it is where all is UTF-8; else a copy with nulls in the places of bad cells. `column` is of strings.
ConvertedColumn check_utf8(Column column);

}  // namespace headrace
