#include "codegen/sql/formula_sql.h"

#include "language/load_repository.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace headrace::sql {
namespace {

/// The formula's text over columns x, y (double), n, m (int64), s, u (string), b (bool), t (timestamp), bindings first:
/// "step_1 = x / NULLIF(y, 0); CASE ..". A refusal is written as "refused: ..".
std::string printed(const std::string& formula, SqlDialect dialect) {
  const std::string quoted = formula.find('\'') == std::string::npos ? "'" + formula + "'" : "\"" + formula + "\"";
  const LoadedRepository loaded = load_repository(
      {{"project.yaml",
        "entity: {name: e, key: k}\n---\n"
        "source: {name: src, entity: e, event_time: at, columns: {x: double, y: double, n: int64, m: int64, s: string, "
        "u: string, b: bool, t: timestamp}}\n---\n"
        "feature: {name: f, owner: o, version: '1.0', aggregation: count_distinct, window: 1h, source: src, "
        "source_features: [x, y, n, m, s, u, b, t], formula: " +
            quoted + "}\n"}});
  if (loaded.repository.features.size() != 1) return "not a formula";
  Bindings bindings([](std::string_view base) { return std::string(base); });
  FormulaSql sql(dialect, bindings, [](const Reference& reference) { return reference.name; }, "seen_us");
  const Sql value = sql.print_value(*loaded.repository.features[0].formulas[0]);
  if (sql.unsayable()) return fmt::format("refused: {} {}", sql.unsayable()->code, sql.unsayable()->what);
  std::string out;
  for (const auto& level : bindings.levels())
    for (const NamedSql& column : level) out += fmt::format("{} = {}; ", column.name, column.expression);
  return out + value.text;
}

struct Texts {
  std::string formula, duckdb, bigquery, snowflake;
};

void expect_texts(const std::vector<Texts>& table) {
  for (const Texts& row : table) {
    EXPECT_EQ(printed(row.formula, SqlDialect::kDuckDb), row.duckdb) << row.formula;
    EXPECT_EQ(printed(row.formula, SqlDialect::kBigQuery), row.bigquery) << row.formula;
    EXPECT_EQ(printed(row.formula, SqlDialect::kSnowflake), row.snowflake) << row.formula;
  }
}

TEST(FormulaSqlTest, Arithmetic) {
  expect_texts({
      {"x + y * 2", "step_1 = x + (y * 2.0e0); CASE WHEN isfinite(step_1) THEN step_1 + 0 END",
       "SAFE_ADD(x, SAFE_MULTIPLY(y, 2.0))",
       "step_1 = x + (y * '2.0'::FLOAT); CASE WHEN step_1 BETWEEN '-1.7976931348623157e+308'::FLOAT AND "
       "'1.7976931348623157e+308'::FLOAT THEN step_1 + 0 END"},
      {"x / y - 1", "step_1 = (x / NULLIF(y, 0)) - 1.0e0; CASE WHEN isfinite(step_1) THEN step_1 + 0 END",
       "SAFE_SUBTRACT(SAFE_DIVIDE(x, y), 1.0)",
       "step_1 = (x / NULLIF(y, 0)) - '1.0'::FLOAT; CASE WHEN step_1 BETWEEN '-1.7976931348623157e+308'::FLOAT AND "
       "'1.7976931348623157e+308'::FLOAT THEN step_1 + 0 END"},
      {"n + m", "TRY_CAST(CAST(n AS HUGEINT) + m AS BIGINT)", "SAFE_ADD(n, m)",
       "step_1 = CAST(n AS NUMBER(38, 0)) + m; CASE WHEN step_1 BETWEEN -9223372036854775808 AND 9223372036854775807 "
       "THEN step_1 END"},
      {"n * m", "TRY_CAST(CAST(n AS HUGEINT) * m AS BIGINT)", "SAFE_MULTIPLY(n, m)",
       "step_1 = CAST(n AS NUMBER(38, 0)) * m; CASE WHEN step_1 BETWEEN -9223372036854775808 AND 9223372036854775807 "
       "THEN step_1 END"},
      {"n / m",
       "step_1 = CAST(n AS DOUBLE) / NULLIF(CAST(m AS DOUBLE), 0); CASE WHEN isfinite(step_1) THEN step_1 + 0 END",
       "step_1 = SAFE_DIVIDE(CAST(n AS FLOAT64), CAST(m AS FLOAT64)); CASE WHEN NOT (IS_INF(step_1) OR IS_NAN(step_1)) "
       "THEN step_1 + 0.0 END",
       "step_1 = CAST(n AS FLOAT) / NULLIF(CAST(m AS FLOAT), 0); CASE WHEN step_1 BETWEEN "
       "'-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN step_1 + 0 END"},
      {"n % m",
       "step_1 = CASE WHEN m IN (-1, 1) THEN n - n ELSE n % NULLIF(m, 0) END; CASE WHEN step_1 <> 0 AND (step_1 < 0) "
       "<> (m < 0) THEN step_1 + m ELSE step_1 END",
       "step_1 = CASE WHEN m IN (-1, 1) THEN n - n ELSE MOD(n, NULLIF(m, 0)) END; CASE WHEN step_1 <> 0 AND (step_1 < "
       "0) <> (m < 0) THEN step_1 + m ELSE step_1 END",
       "step_1 = CASE WHEN m IN (-1, 1) THEN n - n ELSE MOD(n, NULLIF(m, 0)) END; CASE WHEN step_1 <> 0 AND (step_1 < "
       "0) <> (m < 0) THEN step_1 + m ELSE step_1 END"},
      {"x % y",
       "step_1 = x % NULLIF(y, 0); step_2 = CASE WHEN step_1 <> 0 AND (step_1 < 0) <> (y < 0) THEN step_1 + y ELSE "
       "step_1 END; CASE WHEN isfinite(step_2) THEN step_2 + 0 END",
       "refused: G003 `%` of doubles", "refused: G003 `%` of doubles"},
      {"-x", "0.0e0 - x", "0.0 - x", "'0.0'::FLOAT - x"},
      {"-n", "TRY_CAST(CAST(0 AS HUGEINT) - n AS BIGINT)", "SAFE_SUBTRACT(0, n)",
       "step_1 = CAST(0 AS NUMBER(38, 0)) - n; CASE WHEN step_1 BETWEEN -9223372036854775808 AND 9223372036854775807 "
       "THEN step_1 END"},
      {"abs(x)", "ABS(x)", "ABS(x)", "ABS(x)"},
      {"abs(n)", "CASE WHEN n < 0 THEN TRY_CAST(CAST(0 AS HUGEINT) - n AS BIGINT) ELSE n END",
       "CASE WHEN n < 0 THEN SAFE_SUBTRACT(0, n) ELSE n END",
       "step_1 = CAST(0 AS NUMBER(38, 0)) - n; CASE WHEN n < 0 THEN CASE WHEN step_1 BETWEEN -9223372036854775808 AND "
       "9223372036854775807 THEN step_1 END ELSE n END"},
  });
}

TEST(FormulaSqlTest, Guards) {
  expect_texts({
      {"coalesce(x * y, 0)", "step_1 = x * y; COALESCE(CASE WHEN isfinite(step_1) THEN step_1 + 0 END, 0.0e0)",
       "step_1 = SAFE_MULTIPLY(x, y); COALESCE(CASE WHEN NOT (IS_INF(step_1) OR IS_NAN(step_1)) THEN step_1 + 0.0 END, "
       "0.0)",
       "step_1 = x * y; COALESCE(CASE WHEN step_1 BETWEEN '-1.7976931348623157e+308'::FLOAT AND "
       "'1.7976931348623157e+308'::FLOAT THEN step_1 + 0 END, '0.0'::FLOAT)"},
      {"x / (y * y) > 1",
       "step_1 = y * y; step_2 = x / NULLIF(CASE WHEN isfinite(step_1) THEN step_1 + 0 END, 0); CASE WHEN "
       "isfinite(step_2) THEN step_2 + 0 END > 1.0e0",
       "step_1 = SAFE_MULTIPLY(y, y); step_2 = SAFE_DIVIDE(x, CASE WHEN NOT (IS_INF(step_1) OR IS_NAN(step_1)) THEN "
       "step_1 + 0.0 END); CASE WHEN NOT (IS_INF(step_2) OR IS_NAN(step_2)) THEN step_2 + 0.0 END > 1.0",
       "step_1 = y * y; step_2 = x / NULLIF(CASE WHEN step_1 BETWEEN '-1.7976931348623157e+308'::FLOAT AND "
       "'1.7976931348623157e+308'::FLOAT THEN step_1 + 0 END, 0); CASE WHEN step_2 BETWEEN "
       "'-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN step_2 + 0 END > '1.0'::FLOAT"},
      {"exp(x) > 2", "step_1 = exp(x); CASE WHEN isfinite(step_1) THEN step_1 + 0 END > 2.0e0",
       "step_1 = SAFE.EXP(x); CASE WHEN NOT (IS_INF(step_1) OR IS_NAN(step_1)) THEN step_1 + 0.0 END > 2.0",
       "step_1 = EXP(x); CASE WHEN step_1 BETWEEN '-1.7976931348623157e+308'::FLOAT AND "
       "'1.7976931348623157e+308'::FLOAT THEN step_1 + 0 END > '2.0'::FLOAT"},
  });
}

TEST(FormulaSqlTest, Logic) {
  expect_texts({
      {"b and x > 1 or not b", "(b AND (x > 1.0e0)) OR (NOT b)", "(b AND (x > 1.0)) OR (NOT b)",
       "(b AND (x > '1.0'::FLOAT)) OR (NOT b)"},
      {"s in ['a', 'b']", "s IN ('a', 'b')", "s IN ('a', 'b')", "s IN ('a', 'b')"},
      {"s not in ['a']", "NOT (s IN ('a'))", "NOT (s IN ('a'))", "NOT (s IN ('a'))"},
      {"x is null", "x IS NULL", "x IS NULL", "x IS NULL"},
      {"b != true", "b <> TRUE", "b <> TRUE", "b <> TRUE"},
  });
}

TEST(FormulaSqlTest, Mathematics) {
  expect_texts({
      {"sign(x)", "CAST(SIGN(x) AS DOUBLE)", "CAST(SIGN(x) AS FLOAT64)", "CAST(SIGN(x) AS FLOAT)"},
      {"sign(n)", "CAST(SIGN(n) AS BIGINT)", "CAST(SIGN(n) AS INT64)", "CAST(SIGN(n) AS NUMBER(38, 0))"},
      {"floor(x)", "step_1 = FLOOR(x); CASE WHEN isfinite(step_1) THEN step_1 + 0 END",
       "step_1 = FLOOR(x); CASE WHEN NOT (IS_INF(step_1) OR IS_NAN(step_1)) THEN step_1 + 0.0 END",
       "step_1 = FLOOR(x); CASE WHEN step_1 BETWEEN '-1.7976931348623157e+308'::FLOAT AND "
       "'1.7976931348623157e+308'::FLOAT THEN step_1 + 0 END"},
      {"ceil(n)", "n", "n", "n"},
      {"round(x)",
       "step_1 = ABS(x); step_2 = CASE WHEN step_1 < 4503599627370496.0e0 THEN SIGN(x) * (FLOOR(step_1) + CASE WHEN "
       "step_1 - FLOOR(step_1) >= 0.5e0 THEN 1.0e0 ELSE 0.0e0 END) ELSE x END; CASE WHEN isfinite(step_2) THEN step_2 "
       "+ 0 END",
       "step_1 = ABS(x); step_2 = CASE WHEN step_1 < 4503599627370496.0 THEN SIGN(x) * (FLOOR(step_1) + CASE WHEN "
       "step_1 - FLOOR(step_1) >= 0.5 THEN 1.0 ELSE 0.0 END) ELSE x END; CASE WHEN NOT (IS_INF(step_2) OR "
       "IS_NAN(step_2)) THEN step_2 + 0.0 END",
       "step_1 = ABS(x); step_2 = CASE WHEN step_1 < '4503599627370496.0'::FLOAT THEN SIGN(x) * (FLOOR(step_1) + CASE "
       "WHEN step_1 - FLOOR(step_1) >= '0.5'::FLOAT THEN '1.0'::FLOAT ELSE '0.0'::FLOAT END) ELSE x END; CASE WHEN "
       "step_2 BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN step_2 + 0 END"},
      {"round(x, 2)",
       "step_1 = ABS(x) * 100.0e0; step_2 = CASE WHEN step_1 < 4503599627370496.0e0 THEN SIGN(x) * (FLOOR(step_1) + "
       "CASE WHEN step_1 - FLOOR(step_1) >= 0.5e0 THEN 1.0e0 ELSE 0.0e0 END) / 100.0e0 ELSE x END; CASE WHEN "
       "isfinite(step_2) THEN step_2 + 0 END",
       "step_1 = SAFE_MULTIPLY(ABS(x), 100.0); step_2 = CASE WHEN step_1 < 4503599627370496.0 THEN SIGN(x) * "
       "(FLOOR(step_1) + CASE WHEN step_1 - FLOOR(step_1) >= 0.5 THEN 1.0 ELSE 0.0 END) / 100.0 ELSE x END; CASE WHEN "
       "NOT (IS_INF(step_2) OR IS_NAN(step_2)) THEN step_2 + 0.0 END",
       "step_1 = ABS(x) * '100.0'::FLOAT; step_2 = CASE WHEN step_1 < '4503599627370496.0'::FLOAT THEN SIGN(x) * "
       "(FLOOR(step_1) + CASE WHEN step_1 - FLOOR(step_1) >= '0.5'::FLOAT THEN '1.0'::FLOAT ELSE '0.0'::FLOAT END) / "
       "'100.0'::FLOAT ELSE x END; CASE WHEN step_2 BETWEEN '-1.7976931348623157e+308'::FLOAT AND "
       "'1.7976931348623157e+308'::FLOAT THEN step_2 + 0 END"},
      {"sqrt(x)", "CASE WHEN x >= 0 THEN SQRT(x) END", "CASE WHEN x >= 0 THEN SQRT(x) END",
       "CASE WHEN x >= 0 THEN SQRT(x) END"},
      {"exp(x)", "step_1 = exp(x); CASE WHEN isfinite(step_1) THEN step_1 + 0 END",
       "step_1 = SAFE.EXP(x); CASE WHEN NOT (IS_INF(step_1) OR IS_NAN(step_1)) THEN step_1 + 0.0 END",
       "step_1 = EXP(x); CASE WHEN step_1 BETWEEN '-1.7976931348623157e+308'::FLOAT AND "
       "'1.7976931348623157e+308'::FLOAT THEN step_1 + 0 END"},
      {"ln(x)", "CASE WHEN x > 0 THEN ln(x) END", "CASE WHEN x > 0 THEN LN(x) END", "CASE WHEN x > 0 THEN LN(x) END"},
      {"log10(x)", "CASE WHEN x > 0 THEN log10(x) END", "CASE WHEN x > 0 THEN LOG10(x) END",
       "CASE WHEN x > 0 THEN LOG(10, x) END"},
      {"log2(x)", "CASE WHEN x > 0 THEN log2(x) END", "CASE WHEN x > 0 THEN LOG(x, 2) END",
       "CASE WHEN x > 0 THEN LOG(2, x) END"},
      {"pow(x, y)",
       "step_1 = CASE WHEN (x < 0 AND y <> FLOOR(y)) OR (x = 0 AND y < 0) THEN NULL ELSE POWER(x, y) END; CASE WHEN "
       "isfinite(step_1) THEN step_1 + 0 END",
       "SAFE.POW(x, y)",
       "step_1 = CASE WHEN (x < 0 AND y <> FLOOR(y)) OR (x = 0 AND y < 0) THEN NULL ELSE POWER(x, y) END; CASE WHEN "
       "step_1 BETWEEN '-1.7976931348623157e+308'::FLOAT AND '1.7976931348623157e+308'::FLOAT THEN step_1 + 0 END"},
  });
}

TEST(FormulaSqlTest, Choice) {
  expect_texts({
      {"least(x, x)", "x", "x", "x"},
      {"least(x, y)", "least(x, y)", "(SELECT MIN(item) FROM UNNEST([x, y]) AS item)", "LEAST_IGNORE_NULLS(x, y)"},
      {"greatest(n, m)", "greatest(n, m)", "(SELECT MAX(item) FROM UNNEST([n, m]) AS item)",
       "GREATEST_IGNORE_NULLS(n, m)"},
      {"clip(x, 0, 1)",
       "CASE WHEN x IS NULL THEN NULL WHEN 1.0e0 < 0.0e0 OR x > 1.0e0 THEN 1.0e0 WHEN x < 0.0e0 THEN 0.0e0 ELSE x END",
       "CASE WHEN x IS NULL THEN NULL WHEN 1.0 < 0.0 OR x > 1.0 THEN 1.0 WHEN x < 0.0 THEN 0.0 ELSE x END",
       "CASE WHEN x IS NULL THEN NULL WHEN '1.0'::FLOAT < '0.0'::FLOAT OR x > '1.0'::FLOAT THEN '1.0'::FLOAT WHEN x < "
       "'0.0'::FLOAT THEN '0.0'::FLOAT ELSE x END"},
      {"clip(n, m, 10)",
       "CASE WHEN n IS NULL OR m IS NULL THEN NULL WHEN 10 < m OR n > 10 THEN 10 WHEN n < m THEN m ELSE n END",
       "CASE WHEN n IS NULL OR m IS NULL THEN NULL WHEN 10 < m OR n > 10 THEN 10 WHEN n < m THEN m ELSE n END",
       "CASE WHEN n IS NULL OR m IS NULL THEN NULL WHEN 10 < m OR n > 10 THEN 10 WHEN n < m THEN m ELSE n END"},
      {"coalesce(s, u)", "COALESCE(s, u)", "COALESCE(s, u)", "COALESCE(s, u)"},
      {"if(b, x, y)", "CASE WHEN b THEN x ELSE y END", "CASE WHEN b THEN x ELSE y END",
       "CASE WHEN b THEN x ELSE y END"},
      {"nullif(n, m)", "NULLIF(n, m)", "NULLIF(n, m)", "NULLIF(n, m)"},
      {"nullif(n, x)", "CASE WHEN CAST(n AS DOUBLE) = x THEN NULL ELSE n END",
       "CASE WHEN CAST(n AS FLOAT64) = x THEN NULL ELSE n END", "CASE WHEN CAST(n AS FLOAT) = x THEN NULL ELSE n END"},
  });
}

TEST(FormulaSqlTest, Strings) {
  expect_texts({
      {"lower(s)",
       "array_to_string(list_transform(string_split(s, ''), lambda c: CASE WHEN contains('İ', c) THEN c ELSE lower(c) "
       "END), '')",
       "refused: G003 `lower`: its mapping of letters past ASCII is not that of single code points",
       "refused: G003 `lower`: its mapping of letters past ASCII is not that of single code points"},
      {"upper(s)",
       "array_to_string(list_transform(string_split(s, ''), lambda c: CASE WHEN "
       "contains('ßᾀᾁᾂᾃᾄᾅᾆᾇᾐᾑᾒᾓᾔᾕᾖᾗᾠᾡᾢᾣᾤᾥᾦᾧᾳῃῳ', c) THEN c ELSE upper(c) END), '')",
       "refused: G003 `upper`: its mapping of letters past ASCII is not that of single code points",
       "refused: G003 `upper`: its mapping of letters past ASCII is not that of single code points"},
      {"length(s)", "length(s)", "CHAR_LENGTH(s)", "LENGTH(s)"},
      {"trim(s)", "trim(s, ' ' || chr(9) || chr(10) || chr(11) || chr(12) || chr(13))", "TRIM(s, ' \\t\\n\\v\\f\\r')",
       "TRIM(s, ' \\t\\n\\f\\r' || CHR(11))"},
      {"concat(s, u)", "s || u", "s || u", "s || u"},
      {"contains(s, u)", "contains(s, u)", "CASE WHEN s IS NULL THEN NULL ELSE u = '' OR STRPOS(s, u) > 0 END",
       "CONTAINS(s, u)"},
      {"starts_with(s, 'a')", "starts_with(s, 'a')", "STARTS_WITH(s, 'a')", "STARTSWITH(s, 'a')"},
      {"ends_with(s, 'a')", "ends_with(s, 'a')", "ENDS_WITH(s, 'a')", "ENDSWITH(s, 'a')"},
      {"substr(s, 2, 3)", "substring(s, 2, 3)", "SUBSTR(s, 2, 3)", "SUBSTR(s, 2, 3)"},
      {"substr(s, 0, 3)", "substring(s, 1, 2)", "SUBSTR(s, 1, 2)", "SUBSTR(s, 1, 2)"},
      {"substr(s, n, m)",
       "step_1 = CAST(GREATEST(LEAST(n, COALESCE(length(s), 0) + 1), 1) AS BIGINT); step_2 = "
       "CAST(GREATEST(LEAST(CAST(n AS HUGEINT) "
       "+ m, COALESCE(length(s), 0) + 1), 1) AS BIGINT); CASE WHEN n IS NOT NULL AND m >= 0 THEN substring(s, step_1, "
       "GREATEST(step_2 - step_1, 0)) END",
       "step_1 = CAST(GREATEST(LEAST(n, CHAR_LENGTH(s) + 1), 1) AS INT64); step_2 = CAST(GREATEST(LEAST(CAST(n AS "
       "NUMERIC) + m, CHAR_LENGTH(s) + 1), 1) AS INT64); CASE WHEN n IS NOT NULL AND m >= 0 THEN SUBSTR(s, step_1, "
       "GREATEST(step_2 - step_1, 0)) END",
       "step_1 = CAST(GREATEST(LEAST(n, LENGTH(s) + 1), 1) AS NUMBER(38, 0)); step_2 = CAST(GREATEST(LEAST(CAST(n AS "
       "NUMBER(38, 0)) + m, LENGTH(s) + 1), 1) AS NUMBER(38, 0)); CASE WHEN n IS NOT NULL AND m >= 0 THEN SUBSTR(s, "
       "step_1, GREATEST(step_2 - step_1, 0)) END"},
      {"replace(s, 'a', u)", "replace(s, 'a', u)", "REPLACE(s, 'a', u)", "REPLACE(s, 'a', u)"},
  });
}

TEST(FormulaSqlTest, Times) {
  expect_texts({
      {"event_time()", "seen_us", "seen_us", "seen_us"},
      {"hour(t)", "EXTRACT(HOUR FROM make_timestamp(t))", "EXTRACT(HOUR FROM TIMESTAMP_MICROS(t))",
       "EXTRACT(HOUR FROM TO_TIMESTAMP_NTZ(t, 6))"},
      {"minute(t)", "EXTRACT(MINUTE FROM make_timestamp(t))", "EXTRACT(MINUTE FROM TIMESTAMP_MICROS(t))",
       "EXTRACT(MINUTE FROM TO_TIMESTAMP_NTZ(t, 6))"},
      {"day_of_week(t)", "EXTRACT(ISODOW FROM make_timestamp(t))",
       "MOD(EXTRACT(DAYOFWEEK FROM TIMESTAMP_MICROS(t)) + 5, 7) + 1",
       "EXTRACT(DAYOFWEEKISO FROM TO_TIMESTAMP_NTZ(t, 6))"},
      {"day_of_month(t)", "EXTRACT(DAY FROM make_timestamp(t))", "EXTRACT(DAY FROM TIMESTAMP_MICROS(t))",
       "EXTRACT(DAY FROM TO_TIMESTAMP_NTZ(t, 6))"},
      {"month(t)", "EXTRACT(MONTH FROM make_timestamp(t))", "EXTRACT(MONTH FROM TIMESTAMP_MICROS(t))",
       "EXTRACT(MONTH FROM TO_TIMESTAMP_NTZ(t, 6))"},
      {"year(t)", "EXTRACT(YEAR FROM make_timestamp(t))", "EXTRACT(YEAR FROM TIMESTAMP_MICROS(t))",
       "EXTRACT(YEAR FROM TO_TIMESTAMP_NTZ(t, 6))"},
      {"date_trunc('hour', t)", "epoch_us(DATE_TRUNC('hour', make_timestamp(t)))",
       "UNIX_MICROS(TIMESTAMP_TRUNC(TIMESTAMP_MICROS(t), HOUR))",
       "DATE_PART(EPOCH_MICROSECOND, DATE_TRUNC('hour', TO_TIMESTAMP_NTZ(t, 6)))"},
      {"date_trunc('week', t)", "epoch_us(DATE_TRUNC('week', make_timestamp(t)))",
       "UNIX_MICROS(TIMESTAMP_TRUNC(TIMESTAMP_MICROS(t), ISOWEEK))",
       "DATE_PART(EPOCH_MICROSECOND, DATE_TRUNC('week', TO_TIMESTAMP_NTZ(t, 6)))"},
      {"t + duration'15m'",
       "step_1 = t + 900000000; CASE WHEN step_1 BETWEEN -62135596800000000 AND 253402300799999999 THEN step_1 END",
       "step_1 = t + 900000000; CASE WHEN step_1 BETWEEN -62135596800000000 AND 253402300799999999 THEN step_1 END",
       "step_1 = t + 900000000; CASE WHEN step_1 BETWEEN -62135596800000000 AND 253402300799999999 THEN step_1 END"},
      {"seconds(event_time() - t)", "CAST(TRY_CAST(CAST(seen_us AS HUGEINT) - t AS BIGINT) AS DOUBLE) / 1000000.0e0",
       "CAST(SAFE_SUBTRACT(seen_us, t) AS FLOAT64) / 1000000.0",
       "step_1 = CAST(seen_us AS NUMBER(38, 0)) - t; CAST(CASE WHEN step_1 BETWEEN -9223372036854775808 AND "
       "9223372036854775807 THEN step_1 END AS FLOAT) / '1000000.0'::FLOAT"},
  });
}

TEST(FormulaSqlTest, Conversions) {
  expect_texts({
      {"double(n)", "CAST(n AS DOUBLE)", "CAST(n AS FLOAT64)", "CAST(n AS FLOAT)"},
      {"double(s)",
       "step_1 = CASE WHEN regexp_full_match(s, '[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?') THEN "
       "TRY_CAST(s AS DOUBLE) END; CASE WHEN isfinite(step_1) THEN step_1 + 0 END",
       "step_1 = CASE WHEN REGEXP_CONTAINS(s, r'\\A[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?\\z') THEN "
       "SAFE_CAST(s AS FLOAT64) END; CASE WHEN NOT (IS_INF(step_1) OR IS_NAN(step_1)) THEN step_1 + 0.0 END",
       "step_1 = CASE WHEN REGEXP_LIKE(s, '[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?') THEN "
       "TRY_TO_DOUBLE(s) END; CASE WHEN step_1 BETWEEN '-1.7976931348623157e+308'::FLOAT AND "
       "'1.7976931348623157e+308'::FLOAT THEN step_1 + 0 END"},
      {"int(x)", "TRY_CAST(trunc(x) AS BIGINT)", "SAFE_CAST(TRUNC(x) AS INT64)",
       "CASE WHEN x >= '-9223372036854775808'::FLOAT AND x < '9223372036854775808'::FLOAT THEN CAST(TRUNC(x) AS "
       "NUMBER(38, 0)) END"},
      {"int(s)", "CASE WHEN regexp_full_match(s, '[+-]?[0-9]+') THEN TRY_CAST(s AS BIGINT) END",
       "CASE WHEN REGEXP_CONTAINS(s, r'\\A[+-]?[0-9]+\\z') THEN SAFE_CAST(LTRIM(s, '+') AS INT64) END",
       "step_1 = CASE WHEN REGEXP_LIKE(s, '[+-]?[0-9]+') THEN TRY_TO_NUMBER(s, 38, 0) END; CASE WHEN step_1 BETWEEN "
       "-9223372036854775808 AND 9223372036854775807 THEN step_1 END"},
      {"string(x)", "CAST(x + 0 AS VARCHAR)", "refused: G003 `string` of a double",
       "refused: G003 `string` of a double"},
      {"string(n)", "CAST(n AS VARCHAR)", "CAST(n AS STRING)", "CAST(n AS VARCHAR)"},
      {"string(b)", "CASE WHEN b THEN 'true' WHEN NOT b THEN 'false' END",
       "CASE WHEN b THEN 'true' WHEN NOT b THEN 'false' END", "CASE WHEN b THEN 'true' WHEN NOT b THEN 'false' END"},
      {"string(t)",
       "CASE WHEN t % 1000000 = 0 THEN strftime(make_timestamp(t), '%Y-%m-%dT%H:%M:%SZ') ELSE "
       "strftime(make_timestamp(t), '%Y-%m-%dT%H:%M:%S.%fZ') END",
       "CASE WHEN MOD(t, 1000000) = 0 THEN FORMAT_TIMESTAMP('%E4Y-%m-%dT%H:%M:%SZ', TIMESTAMP_MICROS(t)) ELSE "
       "FORMAT_TIMESTAMP('%E4Y-%m-%dT%H:%M:%E6SZ', TIMESTAMP_MICROS(t)) END",
       "CASE WHEN MOD(t, 1000000) = 0 THEN TO_CHAR(TO_TIMESTAMP_NTZ(t, 6), 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"') ELSE "
       "TO_CHAR(TO_TIMESTAMP_NTZ(t, 6), 'YYYY-MM-DD\"T\"HH24:MI:SS.FF6\"Z\"') END"},
      {"bool(n)", "n <> 0", "n <> 0", "n <> 0"},
      {"bool(s)", "CASE s WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END",
       "CASE s WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END",
       "CASE s WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END"},
  });
}

}  // namespace
}  // namespace headrace::sql
