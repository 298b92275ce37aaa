#pragma once

/// Typed expressions as Python functions over headrace_runtime.formulas (`f`). Private to codegen/beam.

#include "codegen/python_call.h"
#include "compute/expressions/expr.h"

#include <string>

namespace headrace {

struct PythonFunction {
  std::string definition;     // "def NAME(..): ..", ends with a newline
  PythonTerm formula;         // Formula(NAME, columns=(..), features=(..)): where the arguments come from
  bool uses_runtime = false;  // calls something of `f`
};

/// Long and deep expressions are cut into local variables, because Python bounds the nesting of parentheses.
PythonFunction python_function(const Expr& expr, const std::string& name, const std::string& docstring);

}  // namespace headrace
