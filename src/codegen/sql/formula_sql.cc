#include "codegen/sql/formula_sql.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace headrace::sql {

std::string Bindings::bind(const std::string& expression, size_t level) {
  if (levels_.size() <= level) levels_.resize(level + 1);
  for (const NamedSql& column : levels_[level]) {
    if (column.expression == expression) return column.name;
  }
  std::string name = own_name_(fmt::format("step_{}", ++count_));
  levels_[level].push_back({name, expression});
  return name;
}

std::string FormulaSql::choose(std::string_view bigquery, std::string_view snowflake, std::string_view duckdb) const {
  switch (dialect_) {
    case SqlDialect::kBigQuery: return std::string(bigquery);
    case SqlDialect::kSnowflake: return std::string(snowflake);
    case SqlDialect::kDuckDb: return std::string(duckdb);
  }
  return {};
}

Sql FormulaSql::refuse(std::string what, std::string help) {
  if (!unsayable_) unsayable_ = Unsayable{"G003", std::move(what), std::move(help)};
  return {"NULL", 0, true, true, false};
}

Sql FormulaSql::made(std::string text, const Arguments& arguments) const {
  Sql out{std::move(text)};
  for (const Sql& argument : arguments) out.level = std::max(out.level, argument.level);
  return out;
}

Sql FormulaSql::call(std::string_view function, const Arguments& arguments) {
  std::vector<std::string_view> texts;
  for (const Sql& argument : arguments) texts.push_back(argument.text);
  return made(fmt::format("{}({})", function, fmt::join(texts, ", ")), arguments);
}

Sql FormulaSql::name(Sql sql) {
  if (sql.is_name) return sql;
  return {bindings_.bind(sql.text, sql.level), sql.level + 1, true, true, sql.needs_guard};
}

Sql FormulaSql::finite_of(Sql sql) {
  if (!sql.needs_guard) return sql;
  const Sql named = name(std::move(sql));
  return {finite(dialect_, named.text), named.level, true, false, false};
}

FormulaSql::Arguments FormulaSql::arguments(const Expr& expr) {
  Arguments out;
  for (const ExprPtr& argument : expr.arguments) out.push_back(finite_of(print(*argument)));
  return out;
}

FormulaSql::Arguments FormulaSql::named_arguments(const Expr& expr) {
  Arguments out = arguments(expr);
  for (Sql& argument : out) argument = name(std::move(argument));
  return out;
}

Sql FormulaSql::print_value(const Expr& expr) { return finite_of(print(expr)); }

Sql FormulaSql::print(const Expr& expr) {
  switch (expr.kind) {
    case Expr::Kind::kLiteral: return {literal(dialect_, expr.literal, expr.type.scalar), 0, true, true, false};
    case Expr::Kind::kReference: return {column_(expr.reference), 0, true, true, false};
    case Expr::Kind::kCall: return print_call(expr);
  }
  return {};
}

Sql FormulaSql::print_call(const Expr& expr) {
  switch (expr.function) {
    case Function::kOr:
    case Function::kAnd:
    case Function::kNot:
    case Function::kIsNull:
    case Function::kEqual:
    case Function::kNotEqual:
    case Function::kLess:
    case Function::kLessEqual:
    case Function::kGreater:
    case Function::kGreaterEqual:
    case Function::kIn: return print_logic(expr);

    case Function::kAdd:
    case Function::kSubtract:
    case Function::kMultiply:
    case Function::kDivide:
    case Function::kModulo:
    case Function::kNegate:
    case Function::kAbs: return print_arithmetic(expr);

    case Function::kSign:
    case Function::kFloor:
    case Function::kCeil:
    case Function::kRound:
    case Function::kSqrt:
    case Function::kExp:
    case Function::kLn:
    case Function::kLog10:
    case Function::kLog2:
    case Function::kPow: return print_math(expr);

    case Function::kLeast:
    case Function::kGreatest:
    case Function::kClip:
    case Function::kCoalesce:
    case Function::kIf:
    case Function::kNullIf: return print_choice(expr);

    case Function::kLower:
    case Function::kUpper:
    case Function::kLength:
    case Function::kTrim:
    case Function::kConcat:
    case Function::kContains:
    case Function::kStartsWith:
    case Function::kEndsWith:
    case Function::kSubstr:
    case Function::kReplace: return print_text(expr);

    case Function::kEventTime:
    case Function::kHour:
    case Function::kMinute:
    case Function::kDayOfWeek:
    case Function::kDayOfMonth:
    case Function::kMonth:
    case Function::kYear:
    case Function::kDateTrunc:
    case Function::kSeconds: return print_time(expr);

    case Function::kToDouble:
    case Function::kToInt:
    case Function::kToString:
    case Function::kToBool: return print_conversion(expr);
  }
  return {};
}

Sql FormulaSql::infix(const Expr& expr, std::string_view symbol) {
  const Arguments a = arguments(expr);
  Sql out = made(fmt::format("{} {} {}", operand(a[0]), symbol, operand(a[1])), a);
  out.is_closed = false;
  return out;
}

Sql FormulaSql::print_logic(const Expr& expr) {
  switch (expr.function) {
    case Function::kOr: return infix(expr, "OR");
    case Function::kAnd: return infix(expr, "AND");
    case Function::kEqual: return infix(expr, "=");
    case Function::kNotEqual: return infix(expr, "<>");
    case Function::kLess: return infix(expr, "<");
    case Function::kLessEqual: return infix(expr, "<=");
    case Function::kGreater: return infix(expr, ">");
    case Function::kGreaterEqual: return infix(expr, ">=");
    default: break;
  }

  const Arguments a = arguments(expr);
  Sql out;
  if (expr.function == Function::kIn) {
    std::vector<std::string_view> items;
    for (size_t i = 1; i < a.size(); ++i) items.push_back(a[i].text);
    out = made(fmt::format("{} IN ({})", operand(a[0]), fmt::join(items, ", ")), a);
  } else if (expr.function == Function::kIsNull) {
    out = made(fmt::format("{} IS NULL", operand(a[0])), a);
  } else {
    out = made(fmt::format("NOT {}", operand(a[0])), a);
  }
  out.is_closed = false;
  return out;
}

Sql FormulaSql::print_choice(const Expr& expr) {
  switch (expr.function) {
    case Function::kLeast:
    case Function::kGreatest: return print_extremes(expr);
    case Function::kClip: return print_clip(expr);
    case Function::kCoalesce:
      return expr.arguments.size() == 1 ? arguments(expr)[0] : call("COALESCE", arguments(expr));
    case Function::kIf: {
      const Arguments a = arguments(expr);
      return made(fmt::format("CASE WHEN {} THEN {} ELSE {} END", a[0].text, a[1].text, a[2].text), a);
    }
    default: break;
  }
  // nullif compares an int64 with a double as doubles, and gives the int64.
  Arguments a = arguments(expr);
  const ScalarType left = expr.arguments[0]->type.scalar;
  const ScalarType right = expr.arguments[1]->type.scalar;
  if (left == right) return call("NULLIF", a);
  a[0] = name(a[0]);
  const auto widened = [&](size_t i, ScalarType type) {
    return type == ScalarType::kInt64 ? cast(dialect_, a[i].text, ScalarType::kDouble) : operand(a[i]);
  };
  return made(fmt::format("CASE WHEN {} = {} THEN NULL ELSE {} END", widened(0, left), widened(1, right), a[0].text),
              a);
}

Sql FormulaSql::print_extremes(const Expr& expr) {
  const bool is_least = expr.function == Function::kLeast;
  Arguments a;
  // DuckDB fails now and then on a column named twice.
  for (const Sql& argument : arguments(expr)) {
    const auto is_same = [&](const Sql& other) { return other.text == argument.text; };
    if (std::none_of(a.begin(), a.end(), is_same)) a.push_back(argument);
  }
  if (a.size() == 1) return a[0];
  if (dialect_ == SqlDialect::kDuckDb) return call(is_least ? "least" : "greatest", a);
  if (dialect_ == SqlDialect::kSnowflake) return call(is_least ? "LEAST_IGNORE_NULLS" : "GREATEST_IGNORE_NULLS", a);
  std::vector<std::string_view> texts;
  for (const Sql& argument : a) texts.push_back(argument.text);
  return made(
      fmt::format("(SELECT {}(item) FROM UNNEST([{}]) AS item)", is_least ? "MIN" : "MAX", fmt::join(texts, ", ")), a);
}

Sql FormulaSql::print_clip(const Expr& expr) {
  const Arguments a = named_arguments(expr);
  std::string nulls;
  for (size_t i = 0; i < a.size(); ++i) {
    if (expr.arguments[i]->kind == Expr::Kind::kLiteral && !expr.arguments[i]->literal.is_null()) continue;
    nulls += fmt::format("{}{} IS NULL", nulls.empty() ? "" : " OR ", a[i].text);
  }
  if (!nulls.empty()) nulls = fmt::format("WHEN {} THEN NULL ", nulls);
  return made(fmt::format("CASE {0}WHEN {3} < {2} OR {1} > {3} THEN {3} WHEN {1} < {2} THEN {2} ELSE {1} END", nulls,
                          a[0].text, a[1].text, a[2].text),
              a);
}

}  // namespace headrace::sql
