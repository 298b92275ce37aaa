#pragma once

/// For code inside io only: the Arrow table behind an ObservationTable. Everybody else reads observations_reader.h.

#include "io/observations/observations_reader.h"
#include "io/observations/text_table.h"

#include <arrow/type_fwd.h>

namespace headrace {

/// The table as read: all columns, all rows, in their order; chunked as it came.
std::shared_ptr<arrow::Table> arrow_table_of(const ObservationTable& observations);

/// The cells of a text file as it has them, by column; null for other observations.
const std::vector<CellTexts>* cell_texts_of(const ObservationTable& observations);

}  // namespace headrace
