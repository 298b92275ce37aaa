#pragma once

/// The words of the command line for options and requests, which messages name by meaning (base/option_name.h).

#include "base/option_name.h"
#include "base/result.h"
#include "language/diagnostics/diagnostic.h"

#include <string>
#include <string_view>

namespace headrace {

const SurfaceWords& command_words();

/// The text as it is shown: with options in our words.
std::string in_command_words(std::string_view text);
Error in_command_words(const Error& error);
Diagnostics in_command_words(const Diagnostics& diagnostics);

}  // namespace headrace
