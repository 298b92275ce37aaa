#pragma once

/// Typed, resolved expressions: what a formula means once names and types are known.
///
/// An Expr is an immutable tree. Every implicit step is written out: widening of int64 to double is a kToDouble call
/// (but nullif compares an int64 with a double by itself, because its value is not widened), `x is not null` is
/// not(is_null(x)), `x not in [..]` is not(in(x, ..)), `duration'15m'` is a literal. Two formulas that mean the same
/// have the same tree and so the same canonical text, which is what sharing and digests compare.

#include "compute/functions/function.h"
#include "data/value.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace headrace {

/// What a resolved name stands for.
struct Reference {
  enum class Kind { kColumn, kFeature };
  Kind kind = Kind::kColumn;
  std::string source;  // of a column; empty for a feature
  std::string name;

  friend auto operator<=>(const Reference&, const Reference&) = default;
};

struct Expr;
using ExprPtr = std::shared_ptr<const Expr>;  // shared: equal sub-expressions and the plan refer to one tree

struct Expr {
  enum class Kind { kLiteral, kReference, kCall };
  Kind kind = Kind::kLiteral;
  Type type;                           // scalar, except a reference to a list feature in a derived formula
  Value literal;                       // kLiteral; null has the type of its context
  Reference reference;                 // kReference
  Function function = Function::kAdd;  // kCall
  std::vector<ExprPtr> arguments;      // kCall

  static ExprPtr make_literal(Type type, Value value);
  static ExprPtr make_reference(Type type, Reference reference);
  static ExprPtr make_call(Type type, Function function, std::vector<ExprPtr> arguments);
};

/// Fully parenthesised prefix text that is equal exactly when the meaning is: `(/ double col:src.flow col:src.power)`.
/// Literals carry their type and full precision.
std::string canonical_text(const Expr& expr);

/// The distinct references of an expression, sorted.
std::vector<Reference> references_of(const Expr& expr);

/// The tree with other references in place of its own, in the same types.
ExprPtr replace_references(const ExprPtr& expr, const std::function<Reference(const Expr&)>& replacement);

/// Whether event_time() occurs.
bool uses_event_time(const Expr& expr);

}  // namespace headrace
