#pragma once

/// Rows of values for people.

#include "session/jobs/show_job.h"

#include <string>
#include <vector>

namespace headrace {

/// A line for each row; one row of many features has a line for each feature instead.
std::string rows_text(const ShownTable& table, bool color);

/// A line for each number-valued feature with its course over the rows: `flow_mean_1h  ▁▂▄▇`. Empty where there is
/// none: less than two rows, or rows of several keys.
std::string courses_text(const ShownTable& table);

/// Bars of eight heights from the least to the greatest; a blank where there is no number, and the middle where all are
/// equal.
std::string sparkline(const std::vector<std::optional<double>>& numbers);

}  // namespace headrace
