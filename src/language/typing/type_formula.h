#pragma once

/// The last step of a formula: syntax tree -> typed expression, once the types of the names in it are known.
///
///   ExprPtr expr = type_formula(parsed, resolve, diagnostics);  // null when there was an error

#include "compute/expressions/expr.h"
#include "language/formula/formula.h"

#include <functional>
#include <optional>

namespace headrace {

/// What a name stands for, and its type.
struct ResolvedName {
  Reference reference;
  Type type;
  std::optional<Span> declared;  // where the column or feature is declared, for messages
};

/// Gives the meaning of a name, or nothing when it has none; then it has reported why.
using NameResolver = std::function<std::optional<ResolvedName>(const NameUse&)>;

/// Checks types and writes out every implicit step. Null when something was wrong (and reported).
ExprPtr type_formula(const ParsedFormula& parsed, const NameResolver& resolve, Diagnostics& diagnostics);

}  // namespace headrace
