#pragma once

/// What features took, for people.

#include "engine/meter/meter_report.h"

#include <string>

namespace headrace {

/// A line for each feature, those that took most first; then what is of no feature, and the whole.
std::string meter_text(const MeterReport& report, bool color);

}  // namespace headrace
