#pragma once

/// Our errors as exceptions of the package that this is compiled for (its _errors.py). Needs the interpreter's lock.

#include "base/result.h"
#include "language/diagnostics/definition_file.h"
#include "language/diagnostics/diagnostic.h"

#include <string>
#include <utility>
#include <vector>

namespace headrace {

/// Throws the package's error with message, kind and help.
[[noreturn]] void raise_error(const Error& error);

/// Throws DefinitionError with the diagnostics and the text that the command line would show.
[[noreturn]] void raise_definition_error(const Diagnostics& diagnostics, const std::vector<DefinitionFile>& files);

template <typename T>
T value_or_raise(Result<T> result) {
  if (!result.ok()) raise_error(result.error());
  return std::move(result).value();
}

}  // namespace headrace
