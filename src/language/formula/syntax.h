#pragma once

/// The syntax tree of a formula. For language/formula, which builds it, and language/typing, which reads it.

#include "compute/functions/function.h"
#include "data/value.h"
#include "language/formula/formula.h"

#include <memory>
#include <string>
#include <vector>

namespace headrace {

/// Bounds that keep hostile text cheap. Nesting counts parentheses, argument lists, lists, `not` and unary `-`; height
/// is that of the tree, where a chain a + b + c + .. grows too. Everything that walks an expression may recurse on it.
inline constexpr int kNestingMax = 200;
inline constexpr int kHeightMax = 1000;

/// The bytes [start, end) of the formula's text.
struct TextRange {
  size_t start = 0;
  size_t end = 0;
};

struct SyntaxNode {
  enum class Kind { kLiteral, kName, kCall, kOperator };
  Kind kind = Kind::kLiteral;
  TextRange range;  // all of it, with parentheses around it
  TextRange token;  // the literal, the name, the function's name or the operator

  Type type;                            // kLiteral
  Value literal;                        // kLiteral
  size_t name = 0;                      // kName: position in ParsedFormula::names
  std::string function;                 // kCall: the name as written
  Function operation = Function::kAdd;  // kOperator
  std::vector<std::unique_ptr<SyntaxNode>> children;
  int height = 1;
};

using SyntaxPtr = std::unique_ptr<SyntaxNode>;

}  // namespace headrace
