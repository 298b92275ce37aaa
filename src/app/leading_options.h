#pragma once

/// Options that stand before the command, as in `headrace --project pumps check`.

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace headrace {

/// The arguments with the options before the command put behind it; as they are where no command follows, or where the
/// program itself knows the first of them.
std::vector<std::string> with_command_first(const CLI::App& program, std::vector<std::string> arguments);

}  // namespace headrace
