#include "codegen/sql/formula_sql.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace::sql {
namespace {

std::string upper(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; });
  return out;
}

}  // namespace

Sql FormulaSql::print_time(const Expr& expr) {
  if (expr.function == Function::kEventTime) return {event_time_, 0, true, true, false};
  const Arguments a = arguments(expr);
  const auto part = [&](std::string_view bigquery, std::string_view snowflake, std::string_view duckdb) {
    const std::string name = choose(bigquery, snowflake, duckdb);
    return made(fmt::format("EXTRACT({} FROM {})", name, to_timestamp(dialect_, a[0].text)), a);
  };
  switch (expr.function) {
    case Function::kHour: return part("HOUR", "HOUR", "HOUR");
    case Function::kMinute: return part("MINUTE", "MINUTE", "MINUTE");
    case Function::kDayOfMonth: return part("DAY", "DAY", "DAY");
    case Function::kMonth: return part("MONTH", "MONTH", "MONTH");
    case Function::kYear: return part("YEAR", "YEAR", "YEAR");
    case Function::kDayOfWeek:
      if (dialect_ == SqlDialect::kBigQuery) {
        // There, Sunday is 1.
        return made(fmt::format("MOD(EXTRACT(DAYOFWEEK FROM {}) + 5, 7) + 1", to_timestamp(dialect_, a[0].text)), a);
      }
      return part("", "DAYOFWEEKISO", "ISODOW");
    case Function::kDateTrunc: {
      const std::string unit = std::get<std::string>(expr.arguments[0]->literal.data);
      const std::string timestamp = to_timestamp(dialect_, a[1].text);
      if (dialect_ != SqlDialect::kBigQuery)
        return made(to_micros(dialect_, fmt::format("DATE_TRUNC('{}', {})", unit, timestamp)), a);
      const std::string named = unit == "week" ? "ISOWEEK" : upper(unit);
      return made(to_micros(dialect_, fmt::format("TIMESTAMP_TRUNC({}, {})", timestamp, named)), a);
    }
    default: break;
  }
  Sql out =
      made(fmt::format("{} / {}", cast(dialect_, a[0].text, ScalarType::kDouble), double_literal(dialect_, 1e6)), a);
  out.is_closed = false;
  return out;
}

Sql FormulaSql::print_conversion(const Expr& expr) {
  switch (expr.function) {
    case Function::kToInt: return print_to_integer(expr);
    case Function::kToDouble: return print_to_double(expr);
    case Function::kToString: return print_to_string(expr);
    default: break;
  }
  const Arguments a = arguments(expr);
  const ScalarType type = expr.arguments[0]->type.scalar;
  if (type == ScalarType::kBool) return a[0];
  if (type == ScalarType::kString)
    return made(fmt::format("CASE {} WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END", a[0].text), a);
  Sql out = made(fmt::format("{} <> 0", operand(a[0])), a);
  out.is_closed = false;
  return out;
}

Sql FormulaSql::print_to_integer(const Expr& expr) {
  const ScalarType type = expr.arguments[0]->type.scalar;
  if (type == ScalarType::kInt64) return arguments(expr)[0];
  const Arguments a = named_arguments(expr);
  const std::string& x = a[0].text;
  if (type == ScalarType::kBool) return made(fmt::format("CASE WHEN {0} THEN 1 WHEN NOT {0} THEN 0 END", x), a);

  // Doubles lose their fraction; what is past 64 bits is null.
  if (type == ScalarType::kDouble) {
    if (dialect_ == SqlDialect::kDuckDb) return made(fmt::format("TRY_CAST(trunc({}) AS BIGINT)", x), a);
    if (dialect_ == SqlDialect::kBigQuery) return made(fmt::format("SAFE_CAST(TRUNC({}) AS INT64)", x), a);
    return made(
        fmt::format("CASE WHEN {0} >= '-9223372036854775808'::FLOAT AND {0} < '9223372036854775808'::FLOAT THEN "
                    "CAST(TRUNC({0}) AS NUMBER(38, 0)) END",
                    x),
        a);
  }

  // Text is an integer only where all of it is.
  const std::string digits = "[+-]?[0-9]+";
  if (dialect_ == SqlDialect::kDuckDb)
    return made(fmt::format("CASE WHEN regexp_full_match({0}, '{1}') THEN TRY_CAST({0} AS BIGINT) END", x, digits), a);
  if (dialect_ == SqlDialect::kBigQuery) {
    return made(fmt::format("CASE WHEN REGEXP_CONTAINS({0}, r'\\A{1}\\z') THEN SAFE_CAST(LTRIM({0}, '+') AS INT64) END",
                            x, digits),
                a);
  }
  const Sql number =
      name(made(fmt::format("CASE WHEN REGEXP_LIKE({0}, '{1}') THEN TRY_TO_NUMBER({0}, 38, 0) END", x, digits), a));
  return made(within_int64(dialect_, number.text), {number});
}

Sql FormulaSql::print_to_double(const Expr& expr) {
  const ScalarType type = expr.arguments[0]->type.scalar;
  if (type == ScalarType::kDouble) return arguments(expr)[0];
  if (type == ScalarType::kInt64) {
    const Arguments a = arguments(expr);
    return made(cast(dialect_, a[0].text, ScalarType::kDouble), a);
  }
  const Arguments a = named_arguments(expr);
  const std::string& x = a[0].text;
  if (type == ScalarType::kBool) {
    return made(fmt::format("CASE WHEN {0} THEN {1} WHEN NOT {0} THEN {2} END", x, double_literal(dialect_, 1.0),
                            double_literal(dialect_, 0.0)),
                a);
  }

  // Text is a number only where all of it is.
  const std::string_view number = "[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?";
  Sql out;
  switch (dialect_) {
    case SqlDialect::kDuckDb:
      out = made(fmt::format("CASE WHEN regexp_full_match({0}, '{1}') THEN TRY_CAST({0} AS DOUBLE) END", x, number), a);
      break;
    case SqlDialect::kBigQuery:
      out = made(
          fmt::format("CASE WHEN REGEXP_CONTAINS({0}, r'\\A{1}\\z') THEN SAFE_CAST({0} AS FLOAT64) END", x, number), a);
      break;
    case SqlDialect::kSnowflake:
      out = made(fmt::format("CASE WHEN REGEXP_LIKE({0}, '{1}') THEN TRY_TO_DOUBLE({0}) END", x, number), a);
      break;
  }
  out.needs_guard = true;
  return out;
}

Sql FormulaSql::print_to_string(const Expr& expr) {
  const ScalarType type = expr.arguments[0]->type.scalar;
  if (type == ScalarType::kDouble && dialect_ != SqlDialect::kDuckDb)
    return refuse("`string` of a double", "make an integer of it first, as in string(int(x))");
  const Arguments a = named_arguments(expr);
  if (type == ScalarType::kString) return a[0];
  // −0.0 would be written with its sign.
  if (type == ScalarType::kDouble) return made(fmt::format("CAST({} + 0 AS VARCHAR)", a[0].text), a);
  if (type == ScalarType::kBool)
    return made(fmt::format("CASE WHEN {0} THEN 'true' WHEN NOT {0} THEN 'false' END", a[0].text), a);
  if (type != ScalarType::kTimestamp) return made(cast(dialect_, a[0].text, ScalarType::kString), a);
  const std::string timestamp = to_timestamp(dialect_, a[0].text);
  const std::string with_fraction =
      choose("FORMAT_TIMESTAMP('%E4Y-%m-%dT%H:%M:%E6SZ', {0})", "TO_CHAR({0}, 'YYYY-MM-DD\"T\"HH24:MI:SS.FF6\"Z\"')",
             "strftime({0}, '%Y-%m-%dT%H:%M:%S.%fZ')");
  const std::string whole =
      choose("FORMAT_TIMESTAMP('%E4Y-%m-%dT%H:%M:%SZ', {0})", "TO_CHAR({0}, 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
             "strftime({0}, '%Y-%m-%dT%H:%M:%SZ')");
  const std::string remainder =
      dialect_ == SqlDialect::kDuckDb ? a[0].text + " % 1000000" : fmt::format("MOD({}, 1000000)", a[0].text);
  return made(
      fmt::format("CASE WHEN {} = 0 THEN {} ELSE {} END", remainder, fmt::format(fmt::runtime(whole), timestamp),
                  fmt::format(fmt::runtime(with_fraction), timestamp)),
      a);
}

}  // namespace headrace::sql
