#pragma once

/// Formulas: text -> syntax tree. Types come later (typing/type_formula.h), because those of features are known only in
/// the order of their dependencies.
///
///   ParsedFormula parsed = parse_formula(text, diagnostics);
///   for (const NameUse& use : parsed.names) ...            // to build the dependency graph

#include "language/diagnostics/diagnostic.h"

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

struct SyntaxNode;  // syntax.h

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

/// Names of all functions, for "did you mean", completion and the reference.
const std::vector<std::string_view>& function_names();

}  // namespace headrace
