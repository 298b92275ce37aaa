#include "language/formula/formula.h"

#include "base/check.h"
#include "compute/functions/signatures.h"
#include "language/formula/parser.h"
#include "language/formula/report.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {

Span FormulaText::span(size_t start, size_t end) const {
  CHECK(!places.empty());
  const auto place = [&](size_t byte) { return places[std::min(byte, places.size() - 1)]; };
  const Place first = place(start);
  if (end <= start) return {file, first.line, first.column, first.line, first.column + 1};
  // The end is after the last character, in its line also where the scalar's line is folded behind it.
  const Place last = place(end - 1);
  const Place after = place(end);
  const bool is_same_line = after.line == last.line && after.column > last.column;
  return {file, first.line, first.column, last.line, is_same_line ? after.column : last.column + 1};
}

ParsedFormula parse_formula(FormulaText text, Diagnostics& diagnostics) {
  ParsedFormula parsed;
  parsed.text = std::move(text);
  Report report(parsed.text, diagnostics);
  if (parsed.text.text.size() > kFormulaBytesMax) {
    report.add(
        "F112", {0, 1},
        fmt::format("the formula has {} bytes; at most {} are allowed", parsed.text.text.size(), kFormulaBytesMax),
        "split the formula into several features");
    return parsed;
  }
  Parser parser(parsed, report);
  parsed.root = parser.parse();
  return parsed;
}

const std::vector<std::string_view>& function_names() {
  static const std::vector<std::string_view> names = [] {
    std::vector<std::string_view> found;
    for (const FunctionSignature& signature : all_functions()) found.push_back(signature.name());
    return found;
  }();
  return names;
}

}  // namespace headrace
