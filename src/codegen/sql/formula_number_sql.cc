#include "codegen/sql/formula_sql.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace headrace::sql {
namespace {

bool is_integer(ScalarType type) {
  return type == ScalarType::kInt64 || type == ScalarType::kDuration || type == ScalarType::kTimestamp;
}

std::string_view symbol_of(Function function) {
  switch (function) {
    case Function::kAdd: return "+";
    case Function::kSubtract: return "-";
    case Function::kMultiply: return "*";
    default: return "/";
  }
}

std::string_view safe_name(Function function) {
  switch (function) {
    case Function::kAdd: return "SAFE_ADD";
    case Function::kSubtract: return "SAFE_SUBTRACT";
    case Function::kMultiply: return "SAFE_MULTIPLY";
    default: return "SAFE_DIVIDE";
  }
}

/// A literal so small that adding it to an instant stays within 64 bits.
bool is_short_duration(const Expr& expr) {
  const auto* duration = std::get_if<Duration>(&expr.literal.data);
  return expr.kind == Expr::Kind::kLiteral && duration != nullptr && std::abs(duration->us) < (int64_t{1} << 60);
}

}  // namespace

Sql FormulaSql::print_arithmetic(const Expr& expr) {
  const Function function = expr.function;
  const ScalarType type = expr.type.scalar;
  if (function == Function::kModulo) return print_modulo(expr);

  if (function == Function::kNegate || function == Function::kAbs) {
    Arguments a = arguments(expr);
    if (type == ScalarType::kDouble) {
      if (function == Function::kAbs) return call("ABS", a);
      // 0 - x, so that 0.0 does not become −0.0.
      Sql out = made(fmt::format("{} - {}", double_literal(dialect_, 0.0), operand(a[0])), a);
      out.is_closed = false;
      return out;
    }
    if (function == Function::kNegate) {
      a.insert(a.begin(), Sql{"0", 0, true, true, false});
      return print_integer_arithmetic(Function::kSubtract, a, type);
    }
    const Sql x = name(a[0]);
    const Sql negative = print_integer_arithmetic(Function::kSubtract, {Sql{"0", 0, true, true, false}, x}, type);
    return made(fmt::format("CASE WHEN {0} < 0 THEN {1} ELSE {0} END", x.text, negative.text), {x, negative});
  }

  // Times are integers that may leave their range.
  if (is_integer(type)) {
    const Arguments a = arguments(expr);
    if (type != ScalarType::kTimestamp) return print_integer_arithmetic(function, a, type);
    const bool is_short = is_short_duration(*expr.arguments[0]) || is_short_duration(*expr.arguments[1]);
    Sql sum;
    if (is_short) {
      sum = made(fmt::format("{} {} {}", operand(a[0]), symbol_of(function), operand(a[1])), a);
    } else {
      sum = print_integer_arithmetic(function, a, ScalarType::kInt64);
    }
    sum = name(sum);
    return made(fmt::format("CASE WHEN {0} BETWEEN {1} AND {2} THEN {0} END", sum.text, kTimestampMicrosMin,
                            kTimestampMicrosMax),
                {sum});
  }

  // Doubles: + - * and a numerator carry what is not finite on; a divisor is looked at.
  Arguments a;
  a.push_back(print(*expr.arguments[0]));
  a.push_back(print(*expr.arguments[1]));
  for (size_t i = 0; i < 2; ++i) {
    if (is_integer(expr.arguments[i]->type.scalar)) a[i] = made(cast(dialect_, a[i].text, ScalarType::kDouble), {a[i]});
  }
  if (function == Function::kDivide) a[1] = finite_of(a[1]);

  if (dialect_ == SqlDialect::kBigQuery) {
    // Null past the largest double; but a product may be −0.0.
    Sql safe = call(safe_name(function), a);
    safe.needs_guard = function == Function::kMultiply || function == Function::kDivide;
    return safe;
  }
  if (function == Function::kDivide) a[1] = made(fmt::format("NULLIF({}, 0)", a[1].text), {a[1]});
  Sql out = made(fmt::format("{} {} {}", operand(a[0]), symbol_of(function), operand(a[1])), a);
  out.is_closed = false;
  out.needs_guard = true;
  return out;
}

Sql FormulaSql::print_integer_arithmetic(Function function, const Arguments& a, ScalarType result) {
  if (function == Function::kDivide) {
    const auto widened = [&](const Sql& sql) { return cast(dialect_, sql.text, ScalarType::kDouble); };
    const bool is_safe = dialect_ == SqlDialect::kBigQuery;
    Sql out = made(is_safe ? fmt::format("SAFE_DIVIDE({}, {})", widened(a[0]), widened(a[1]))
                           : fmt::format("{} / NULLIF({}, 0)", widened(a[0]), widened(a[1])),
                   a);
    out.is_closed = is_safe;
    out.needs_guard = true;  // 0 / -1
    return out;
  }
  if (dialect_ == SqlDialect::kBigQuery) return call(safe_name(function), a);
  const std::string_view wide = dialect_ == SqlDialect::kDuckDb ? "HUGEINT" : "NUMBER(38, 0)";
  const std::string text = fmt::format("CAST({} AS {}) {} {}", a[0].text, wide, symbol_of(function), operand(a[1]));
  if (dialect_ == SqlDialect::kDuckDb) return made(within_int64(dialect_, text), a);
  const Sql wide_value = name(made(text, a));
  static_cast<void>(result);
  return made(within_int64(dialect_, wide_value.text), {wide_value});
}

Sql FormulaSql::print_modulo(const Expr& expr) {
  const Arguments a = named_arguments(expr);
  const std::string& x = a[0].text;
  const std::string& y = a[1].text;
  if (is_integer(expr.type.scalar)) {
    // One more step than the remainder, so that the least int64 modulo -1 is not computed: it is 0 for every x.
    const std::string remainder = dialect_ == SqlDialect::kDuckDb ? fmt::format("{} % NULLIF({}, 0)", x, y)
                                                                  : fmt::format("MOD({}, NULLIF({}, 0))", x, y);
    const Sql rest = name(made(fmt::format("CASE WHEN {} IN (-1, 1) THEN {} - {} ELSE {} END", y, x, x, remainder), a));
    return made(fmt::format("CASE WHEN {0} <> 0 AND ({0} < 0) <> ({1} < 0) THEN {0} + {1} ELSE {0} END", rest.text, y),
                {rest, a[1]});
  }
  if (dialect_ != SqlDialect::kDuckDb)
    return refuse("`%` of doubles", "use `%` of integers, or compute the remainder before the data is loaded");
  const Sql rest = name(made(fmt::format("{} % NULLIF({}, 0)", x, y), a));
  Sql out = made(fmt::format("CASE WHEN {0} <> 0 AND ({0} < 0) <> ({1} < 0) THEN {0} + {1} ELSE {0} END", rest.text, y),
                 {rest, a[1]});
  out.needs_guard = true;
  return out;
}

Sql FormulaSql::print_math(const Expr& expr) {
  const bool is_double = expr.type.scalar == ScalarType::kDouble;
  switch (expr.function) {
    case Function::kFloor:
    case Function::kCeil:
      if (!is_double) return arguments(expr)[0];
      {
        Sql out = call(expr.function == Function::kFloor ? "FLOOR" : "CEIL", arguments(expr));
        out.needs_guard = true;
        return out;
      }

    case Function::kSign: {
      const Arguments a = arguments(expr);
      return made(cast(dialect_, fmt::format("SIGN({})", a[0].text), expr.type.scalar), a);
    }
    case Function::kRound: return print_round(expr);
    case Function::kPow: return print_power(expr);

    case Function::kSqrt: {
      const Arguments a = named_arguments(expr);
      return made(fmt::format("CASE WHEN {0} >= 0 THEN SQRT({0}) END", a[0].text), a);
    }
    case Function::kExp: {
      Sql out = call(choose("SAFE.EXP", "EXP", "exp"), arguments(expr));
      out.needs_guard = true;
      return out;
    }
    default: break;
  }

  // Logarithms of what is not positive are null.
  const Arguments a = named_arguments(expr);
  std::string logarithm;
  if (expr.function == Function::kLn) logarithm = choose("LN({0})", "LN({0})", "ln({0})");
  if (expr.function == Function::kLog10) logarithm = choose("LOG10({0})", "LOG(10, {0})", "log10({0})");
  if (expr.function == Function::kLog2) logarithm = choose("LOG({0}, 2)", "LOG(2, {0})", "log2({0})");
  return made(fmt::format(fmt::runtime("CASE WHEN {0} > 0 THEN " + logarithm + " END"), a[0].text), a);
}

Sql FormulaSql::print_round(const Expr& expr) {
  if (expr.type.scalar != ScalarType::kDouble) return arguments(expr)[0];
  const auto* digits = expr.arguments.size() > 1 ? std::get_if<int64_t>(&expr.arguments[1]->literal.data) : nullptr;
  const Sql x = name(finite_of(print(*expr.arguments[0])));
  double power = 1.0;
  for (int64_t i = 0; digits != nullptr && i < *digits; ++i) power *= 10.0;

  // A product past the largest double is null in BigQuery, and infinite elsewhere: both are no less than the limit.
  const std::string factor = double_literal(dialect_, power);
  const std::string product = choose("SAFE_MULTIPLY(ABS({0}), {1})", "ABS({0}) * {1}", "ABS({0}) * {1}");
  const Sql scaled = power == 1.0 ? made(fmt::format("ABS({})", x.text), {x})
                                  : made(fmt::format(fmt::runtime(product), x.text, factor), {x});
  const Sql y = name(scaled);

  // The fraction is compared, not shifted: the double below 0.5 plus 0.5 would be 1.
  const std::string limit = double_literal(dialect_, 4503599627370496.0);
  const std::string whole =
      fmt::format("FLOOR({0}) + CASE WHEN {0} - FLOOR({0}) >= {1} THEN {2} ELSE {3} END", y.text,
                  double_literal(dialect_, 0.5), double_literal(dialect_, 1.0), double_literal(dialect_, 0.0));
  Sql out = made(fmt::format("CASE WHEN {1} < {2} THEN SIGN({0}) * ({3}){4} ELSE {0} END", x.text, y.text, limit, whole,
                             power == 1.0 ? "" : " / " + factor),
                 {x, y});
  out.needs_guard = true;
  return out;
}

Sql FormulaSql::print_power(const Expr& expr) {
  if (dialect_ == SqlDialect::kBigQuery) return call("SAFE.POW", arguments(expr));
  const Arguments a = named_arguments(expr);
  Sql out = made(fmt::format("CASE WHEN ({0} < 0 AND {1} <> FLOOR({1})) OR ({0} = 0 AND {1} < 0) THEN NULL ELSE "
                             "POWER({0}, {1}) END",
                             a[0].text, a[1].text),
                 a);
  out.needs_guard = true;
  return out;
}

}  // namespace headrace::sql
