#pragma once

/// Checks an Arrow array before its values are read.
///
/// The C interface gives no sizes of buffers, so a producer that lies about a length cannot be caught. What can be:
/// counts, missing buffers, offsets of text that run backwards, views that leave their buffers, indexes that leave a
/// dictionary.

#include "widen.h"

namespace headrace {

/// An array of a type that can be widened. The dictionary of one is checked too.
Status check_layout(const ArrayPiece& piece, const TablePlace& place);

/// A struct array with `columns` children, each of which reaches as far as the struct does.
Status check_table_layout(const ArrowArray& batch, size_t columns, const std::string& shown);

}  // namespace headrace
