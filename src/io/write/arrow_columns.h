#pragma once

/// Our columns as libarrow's, without copying. Internal to io: it includes Arrow's headers.

#include "data/column.h"

#include <arrow/type_fwd.h>

#include <memory>
#include <string>

namespace headrace {

/// REQUIRES: type is not null or duration.
std::shared_ptr<arrow::DataType> to_arrow_type(const Type& type);

/// A view of the column's buffers; they stay alive with it.
std::shared_ptr<arrow::Array> to_arrow_array(const Column& column);

}  // namespace headrace
