#pragma once

/// An option that takes a number of things: events, rows.

#include "app/command_line.h"

#include <cstdint>
#include <string>

namespace headrace {

/// Takes plain digits, `min` to `max`; what else is given is told with `things`.
CLI::Option* add_count_option(CLI::App& command, const std::string& name, int64_t& value, const std::string& things,
                              int64_t min, int64_t max, const std::string& text);

}  // namespace headrace
