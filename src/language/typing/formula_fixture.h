#pragma once

/// A small world for tests and fuzzing of formulas: one formula on one line of one file, columns of each type, and one
/// row of values, some of them null.

#include "compute/expressions/evaluate_one.h"
#include "language/formula/formula.h"
#include "language/typing/type_formula.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <string_view>

namespace headrace {

struct FixtureColumn {
  std::string_view name;
  Type type;
  Value value;
};

inline constexpr EventTime kFixtureEventTime = {1'709'251'199'999'999};  // 2024-02-29T23:59:59.999999Z

inline const std::vector<FixtureColumn>& fixture_columns() {
  static const std::vector<FixtureColumn> columns = {
      {"x", {ScalarType::kDouble}, {1.5}},
      {"y", {ScalarType::kDouble}, {}},
      {"n", {ScalarType::kInt64}, {int64_t{7}}},
      {"m", {ScalarType::kInt64}, {int64_t{-3}}},
      {"k", {ScalarType::kInt64}, {}},
      {"s", {ScalarType::kString}, {std::string("red")}},
      {"u", {ScalarType::kString}, {}},
      {"ok", {ScalarType::kBool}, {true}},
      {"no", {ScalarType::kBool}, {false}},
      {"un", {ScalarType::kBool}, {}},
      {"t", {ScalarType::kTimestamp}, {EventTime{1'700'000'000'123'456}}},
      {"w", {ScalarType::kTimestamp}, {}},
      {"Flow Rate", {ScalarType::kDouble}, {2.5}},
      {"xs", {ScalarType::kDouble, true}, {}},
  };
  return columns;
}

/// Each byte one column further; right for ASCII.
inline FormulaText fixture_text(std::string_view text) {
  FormulaText formula{std::string(text), "f.yaml", {}};
  for (size_t i = 0; i <= text.size(); ++i) formula.places.push_back({1, static_cast<int>(i) + 1});
  return formula;
}

/// Parses and types; null when something was wrong.
inline ExprPtr fixture_expr(std::string_view text, Diagnostics& diagnostics) {
  const ParsedFormula parsed = parse_formula(fixture_text(text), diagnostics);
  const auto resolve = [&](const NameUse& use) -> std::optional<ResolvedName> {
    for (size_t i = 0; i < fixture_columns().size(); ++i) {
      const FixtureColumn& column = fixture_columns()[i];
      const int line = static_cast<int>(i) + 1;
      if (column.name == use.name)
        return ResolvedName{{Reference::Kind::kColumn, "s", use.name}, column.type, Span{"s.yaml", line, 3, line, 4}};
    }
    diagnostics.add({"F012", Severity::kError, "unknown name `" + use.text() + "`", use.span, {}, {}, {}});
    return std::nullopt;
  };
  return type_formula(parsed, resolve, diagnostics);
}

/// The value over the row, as JSON.
inline std::string fixture_value(const Expr& expr) {
  const auto value_of = [](const Reference& reference) -> Value {
    for (const FixtureColumn& column : fixture_columns()) {
      if (column.name == reference.name) return column.value;
    }
    return {};
  };
  return to_json(evaluate_one(expr, value_of, kFixtureEventTime));
}

/// All that was reported, one line for each part: "F204 3-4 message [label]", "  help: ..", "  s.yaml:3 note".
inline std::string fixture_report(const Diagnostics& diagnostics) {
  std::string out;
  for (const Diagnostic& problem : diagnostics.sorted()) {
    if (!out.empty()) out += "\n";
    out += fmt::format("{} {}-{} {}", problem.code, problem.span.column, problem.span.end_column, problem.message);
    if (problem.severity == Severity::kWarning) out += " (warning)";
    if (!problem.label.empty()) out += fmt::format(" [{}]", problem.label);
    if (!problem.help.empty()) out += "\n  help: " + problem.help;
    for (const Related& related : problem.related)
      out += fmt::format("\n  {}:{} {}", related.span.file, related.span.line, related.message);
  }
  return out;
}

}  // namespace headrace
