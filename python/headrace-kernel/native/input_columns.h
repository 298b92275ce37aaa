#pragma once

/// Which columns of a table are read, and as what.

#include "engine/layout/source_requests.h"
#include "plan/plan.h"
#include "table_stream.h"

#include <string>
#include <vector>

namespace headrace {

/// The columns of a source's events, in the order of the request.
std::vector<InputColumn> input_columns(const Plan& plan, const SourceRequest& request, const TableStream& events);

/// The column of a table that says when, and what its integers count: the one named, else the event time of a source, else
/// `event_time` or `event_timestamp`.
Result<InputColumn> time_column_of(const Plan& plan, const TableStream& observations, const std::string& named);

}  // namespace headrace
