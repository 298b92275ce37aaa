#pragma once

/// Formulas: text -> syntax tree -> typed expression. Definitions call the three steps in turn, because the types of
/// features are known only in the order of their dependencies.
///
///   ParsedFormula parsed = parse_formula(text, diagnostics);
///   for (const NameUse& use : parsed.names) ...            // to build the dependency graph
///   ExprPtr expr = type_formula(parsed, resolve, diagnostics);  // null when there was an error

#include "compute/expressions/expr.h"
#include "language/diagnostics/diagnostic.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace headrace {

/// A longer formula is refused.
inline constexpr size_t kFormulaBytesMax = size_t{1} << 17;

/// The text of a formula and where each of its characters stands in the file. A YAML scalar can be plain, quoted (with
/// escapes and folded lines) or a block, so places are kept for each code point.
struct FormulaText {
  struct Place {
    int line = 1;
    int column = 1;
  };
  std::string text;  // UTF-8
  std::string file;
  std::vector<Place> places;  // one for each byte of text and one for its end

  /// The place of the bytes [start, end) of the text.
  Span span(size_t start, size_t end) const;
};

struct SyntaxNode;  // private to formula/

/// A name as written, with its place: `delay`, `flights.delay`, `feature.delay`, or in backquotes.
struct NameUse {
  std::string qualifier;  // "" | source name | "feature"
  std::string name;
  Span span;

  /// As written without backquotes: "delay", "flights.delay".
  std::string text() const { return qualifier.empty() ? name : qualifier + "." + name; }
};

struct ParsedFormula {
  FormulaText text;
  std::shared_ptr<const SyntaxNode> root;  // null when the text could not be parsed
  std::vector<NameUse> names;              // each distinct name once, at its first place
  bool uses_event_time = false;
  bool has_unknown_function = false;  // which is reported when the formula is typed
};

/// Reads a formula. Reports at most a few problems of one formula, each with the token's place.
ParsedFormula parse_formula(FormulaText text, Diagnostics& diagnostics);

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

/// Names of all functions, for "did you mean", completion and the reference.
const std::vector<std::string_view>& function_names();

}  // namespace headrace
