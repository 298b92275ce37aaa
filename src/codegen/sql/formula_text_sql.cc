#include "codegen/sql/formula_sql.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace headrace::sql {
namespace {

// Code points that DuckDB's `upper` and `lower` map although their full mapping is longer than one code point.
constexpr std::string_view kNotRaised = "ßᾀᾁᾂᾃᾄᾅᾆᾇᾐᾑᾒᾓᾔᾕᾖᾗᾠᾡᾢᾣᾤᾥᾦᾧᾳῃῳ";
constexpr std::string_view kNotLowered = "İ";

}  // namespace

Sql FormulaSql::print_text(const Expr& expr) {
  switch (expr.function) {
    case Function::kLower:
    case Function::kUpper: return print_case(expr);
    case Function::kLength: return call(choose("CHAR_LENGTH", "LENGTH", "length"), arguments(expr));
    case Function::kTrim: {
      const Arguments a = arguments(expr);
      const std::string blanks = choose("' \\t\\n\\v\\f\\r'", "' \\t\\n\\f\\r' || CHR(11)",
                                        "' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13)");
      return made(fmt::format("{}({}, {})", choose("TRIM", "TRIM", "trim"), a[0].text, blanks), a);
    }

    case Function::kConcat: {
      const Arguments a = arguments(expr);
      std::vector<std::string> texts;
      for (const Sql& argument : a) texts.push_back(operand(argument));
      Sql out = made(fmt::format("{}", fmt::join(texts, " || ")), a);
      out.is_closed = a.size() == 1 && a[0].is_closed;
      return out;
    }

    case Function::kContains: {
      if (dialect_ != SqlDialect::kBigQuery) return call(choose("", "CONTAINS", "contains"), arguments(expr));
      const Arguments a = named_arguments(expr);
      return made(fmt::format("CASE WHEN {0} IS NULL THEN NULL ELSE {1} = '' OR STRPOS({0}, {1}) > 0 END", a[0].text,
                              a[1].text),
                  a);
    }

    case Function::kStartsWith: return call(choose("STARTS_WITH", "STARTSWITH", "starts_with"), arguments(expr));
    case Function::kEndsWith: return call(choose("ENDS_WITH", "ENDSWITH", "ends_with"), arguments(expr));
    case Function::kSubstr: return print_substring(expr);
    default: return call(choose("REPLACE", "REPLACE", "replace"), arguments(expr));
  }
}

Sql FormulaSql::print_case(const Expr& expr) {
  const bool is_upper = expr.function == Function::kUpper;
  if (dialect_ != SqlDialect::kDuckDb) {
    return refuse(fmt::format("`{}`: its mapping of letters past ASCII is not that of single code points",
                              is_upper ? "upper" : "lower"),
                  "compare with the values as they are, with `in [..]`");
  }
  const Arguments a = arguments(expr);
  const std::string_view function = is_upper ? "upper" : "lower";
  return made(fmt::format("array_to_string(list_transform(string_split({0}, ''), "
                          "lambda c: CASE WHEN contains('{1}', c) THEN c ELSE {2}(c) END), '')",
                          a[0].text, is_upper ? kNotRaised : kNotLowered, function),
              a);
}

Sql FormulaSql::print_substring(const Expr& expr) {
  const std::string function = choose("SUBSTR", "SUBSTR", "substring");
  const auto* start = std::get_if<int64_t>(&expr.arguments[1]->literal.data);
  const auto* count = std::get_if<int64_t>(&expr.arguments[2]->literal.data);
  constexpr int64_t kFarAway = int64_t{1} << 40;
  if (start != nullptr && count != nullptr && std::abs(*start) < kFarAway && *count < kFarAway) {
    const Sql s = finite_of(print(*expr.arguments[0]));
    if (*count < 0) return {cast(dialect_, "NULL", ScalarType::kString), 0, true, false, false};
    const int64_t first = std::max<int64_t>(*start, 1);
    const int64_t length = std::max<int64_t>(*start + *count - first, 0);
    return made(fmt::format("{}({}, {}, {})", function, s.text, first, length), {s});
  }
  // Positions are clipped to the text before they are given to the dialect's own function.
  const Arguments a = named_arguments(expr);
  const std::string wide = choose("NUMERIC", "NUMBER(38, 0)", "HUGEINT");
  // DuckDB's LEAST passes over nulls: without a text the position would not be clipped.
  const std::string length =
      fmt::format(fmt::runtime(choose("CHAR_LENGTH({})", "LENGTH({})", "COALESCE(length({}), 0)")), a[0].text);
  const auto clipped = [&](const std::string& position) {
    return fmt::format("GREATEST(LEAST({}, {} + 1), 1)", position, length);
  };
  const Sql first = name(made(cast(dialect_, clipped(a[1].text), ScalarType::kInt64), a));
  const Sql after = name(made(
      cast(dialect_, clipped(fmt::format("CAST({} AS {}) + {}", a[1].text, wide, a[2].text)), ScalarType::kInt64), a));
  return made(fmt::format("CASE WHEN {0} IS NOT NULL AND {1} >= 0 THEN {2}({3}, {4}, GREATEST({5} - {4}, 0)) END",
                          a[1].text, a[2].text, function, a[0].text, first.text, after.text),
              {a[0], a[1], a[2], first, after});
}

}  // namespace headrace::sql
