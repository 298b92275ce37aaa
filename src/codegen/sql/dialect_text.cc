#include "codegen/sql/dialect_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <limits>

namespace headrace::sql {

std::string choose(SqlDialect dialect, std::string_view bigquery, std::string_view snowflake, std::string_view duckdb) {
  switch (dialect) {
    case SqlDialect::kBigQuery: return std::string(bigquery);
    case SqlDialect::kSnowflake: return std::string(snowflake);
    case SqlDialect::kDuckDb: return std::string(duckdb);
  }
  return {};
}

namespace {

std::string int64_literal(SqlDialect dialect, int64_t value) {
  if (value == std::numeric_limits<int64_t>::min())
    return choose(dialect, "(-9223372036854775807 - 1)", "(-9223372036854775808)", "(-9223372036854775807 - 1)");
  return value < 0 ? fmt::format("({})", value) : fmt::format("{}", value);
}

}  // namespace

std::string column_type(SqlDialect dialect, ScalarType type) {
  switch (type) {
    case ScalarType::kBool: return choose(dialect, "BOOL", "BOOLEAN", "BOOLEAN");
    case ScalarType::kDuration:
    case ScalarType::kInt64: return choose(dialect, "INT64", "NUMBER(38, 0)", "BIGINT");
    case ScalarType::kDouble: return choose(dialect, "FLOAT64", "FLOAT", "DOUBLE");
    case ScalarType::kTimestamp: return choose(dialect, "TIMESTAMP", "TIMESTAMP_NTZ(6)", "TIMESTAMP");
    case ScalarType::kNull:
    case ScalarType::kString: return choose(dialect, "STRING", "VARCHAR", "VARCHAR");
  }
  return {};
}

std::string inner_type(SqlDialect dialect, ScalarType type) {
  return column_type(dialect, type == ScalarType::kTimestamp ? ScalarType::kInt64 : type);
}

std::string double_literal(SqlDialect dialect, double value) {
  std::string text = format_double(value);
  switch (dialect) {
    case SqlDialect::kBigQuery: break;
    case SqlDialect::kSnowflake: return fmt::format("'{}'::FLOAT", text);
    case SqlDialect::kDuckDb:
      // Without an exponent it would be a decimal.
      if (text.find('e') == std::string::npos) text += "e0";
      break;
  }
  return value < 0 ? fmt::format("({})", text) : text;
}

std::string literal(SqlDialect dialect, const Value& value, ScalarType type) {
  struct Visitor {
    SqlDialect dialect;
    ScalarType type;
    std::string operator()(std::monostate) const { return cast(dialect, "NULL", type); }
    std::string operator()(bool v) const { return v ? "TRUE" : "FALSE"; }
    std::string operator()(int64_t v) const {
      return type == ScalarType::kDouble ? double_literal(dialect, static_cast<double>(v)) : int64_literal(dialect, v);
    }
    std::string operator()(double v) const { return double_literal(dialect, v); }
    std::string operator()(const std::string& v) const { return string_literal(dialect, v); }
    std::string operator()(EventTime v) const { return int64_literal(dialect, v.us); }
    std::string operator()(Duration v) const { return int64_literal(dialect, v.us); }
    std::string operator()(const Value::List& v) const {
      std::vector<std::string> elements;
      for (const Value& element : v) elements.push_back(literal(dialect, element, type));
      return array_literal(dialect, elements);
    }
  };
  return std::visit(Visitor{dialect, type}, value.data);
}

std::string to_micros(SqlDialect dialect, std::string_view timestamp) {
  switch (dialect) {
    case SqlDialect::kBigQuery: return fmt::format("UNIX_MICROS({})", timestamp);
    case SqlDialect::kSnowflake: return fmt::format("DATE_PART(EPOCH_MICROSECOND, {})", timestamp);
    case SqlDialect::kDuckDb: return fmt::format("epoch_us({})", timestamp);
  }
  return {};
}

std::string to_timestamp(SqlDialect dialect, std::string_view micros) {
  switch (dialect) {
    case SqlDialect::kBigQuery: return fmt::format("TIMESTAMP_MICROS({})", micros);
    case SqlDialect::kSnowflake: return fmt::format("TO_TIMESTAMP_NTZ({}, 6)", micros);
    case SqlDialect::kDuckDb: return fmt::format("make_timestamp({})", micros);
  }
  return {};
}

std::string cast(SqlDialect dialect, std::string_view text, ScalarType type) {
  return fmt::format("CAST({} AS {})", text, inner_type(dialect, type));
}

std::string finite(SqlDialect dialect, std::string_view name) {
  switch (dialect) {
    case SqlDialect::kBigQuery:
      return fmt::format("CASE WHEN NOT (IS_INF({0}) OR IS_NAN({0})) THEN {0} + 0.0 END", name);
    case SqlDialect::kSnowflake:
      return fmt::format(
          "CASE WHEN {0} BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN {0} + 0 "
          "END",
          name);
    case SqlDialect::kDuckDb: return fmt::format("CASE WHEN isfinite({0}) THEN {0} + 0 END", name);
  }
  return {};
}

std::string within_int64(SqlDialect dialect, std::string_view name) {
  switch (dialect) {
    case SqlDialect::kBigQuery: return fmt::format("SAFE_CAST({} AS INT64)", name);
    case SqlDialect::kSnowflake:
      return fmt::format("CASE WHEN {0} BETWEEN -9223372036854775808 AND 9223372036854775807 THEN {0} END", name);
    case SqlDialect::kDuckDb: return fmt::format("TRY_CAST({} AS BIGINT)", name);
  }
  return {};
}

std::string sum_of_doubles(SqlDialect dialect, std::string_view text) {
  return fmt::format("{}({})", choose(dialect, "SUM", "SUM", "fsum"), text);
}

std::string sum_of_integers(SqlDialect dialect, std::string_view text) {
  switch (dialect) {
    case SqlDialect::kBigQuery: return fmt::format("SUM(CAST({} AS BIGNUMERIC))", text);
    case SqlDialect::kSnowflake: return fmt::format("SUM(CAST({} AS NUMBER(38, 0)))", text);
    case SqlDialect::kDuckDb: return fmt::format("SUM({})", text);
  }
  return {};
}

std::string array_of(SqlDialect dialect, const std::string& value, const std::string& condition,
                     const std::string& order) {
  switch (dialect) {
    case SqlDialect::kBigQuery:
      return fmt::format("ARRAY_AGG(CASE WHEN {} THEN {} END IGNORE NULLS ORDER BY {})", condition, value, order);
    case SqlDialect::kSnowflake:
      return fmt::format(
          "CASE WHEN COUNT(CASE WHEN {0} THEN {1} END) > 0 "
          "THEN ARRAY_AGG(CASE WHEN {0} THEN {1} END) WITHIN GROUP (ORDER BY {2}) END",
          condition, value, order);
    case SqlDialect::kDuckDb: return fmt::format("list({} ORDER BY {}) FILTER (WHERE {})", value, order, condition);
  }
  return {};
}

std::string array_literal(SqlDialect dialect, const std::vector<std::string>& elements) {
  switch (dialect) {
    case SqlDialect::kBigQuery:
    case SqlDialect::kDuckDb: return fmt::format("[{}]", fmt::join(elements, ", "));
    case SqlDialect::kSnowflake: return fmt::format("ARRAY_CONSTRUCT({})", fmt::join(elements, ", "));
  }
  return {};
}

std::string floor_modulo(SqlDialect dialect, std::string_view dividend, int64_t divisor) {
  if (dialect == SqlDialect::kDuckDb) return fmt::format("(({0}) % {1} + {1}) % {1}", dividend, divisor);
  return fmt::format("MOD(MOD({0}, {1}) + {1}, {1})", dividend, divisor);
}

}  // namespace headrace::sql
