#include "codegen/sql/moments_sql.h"

#include <fmt/format.h>

#include <limits>

namespace headrace::sql {
namespace {

/// a - b as a double; integers are subtracted as such, without loss.
std::string real_difference(SqlDialect dialect, const std::string& a, const std::string& b, ScalarType type) {
  if (type == ScalarType::kDouble)
    return dialect == SqlDialect::kBigQuery ? fmt::format("SAFE_SUBTRACT({}, {})", a, b)
                                            : fmt::format("({} - {})", a, b);
  switch (dialect) {
    case SqlDialect::kBigQuery: return fmt::format("CAST(CAST({} AS NUMERIC) - {} AS FLOAT64)", a, b);
    case SqlDialect::kSnowflake: return fmt::format("CAST(CAST({} AS NUMBER(38, 0)) - {} AS FLOAT)", a, b);
    case SqlDialect::kDuckDb: return fmt::format("CAST(CAST({} AS HUGEINT) - {} AS DOUBLE)", a, b);
  }
  return {};
}

/// The names of the columns for the first or the second of two formulas.
struct Side {
  std::string value, low, high, unit, center;
  ScalarType type;

  Side(const WindowRows& rows, std::string_view suffix, ScalarType value_type)
      : value(rows.own(fmt::format("value{}", suffix))),
        low(rows.own(fmt::format("low{}", suffix))),
        high(rows.own(fmt::format("high{}", suffix))),
        unit(rows.own(fmt::format("unit{}", suffix))),
        center(rows.own(fmt::format("center{}", suffix))),
        type(value_type) {}

  std::string distance() const { return fmt::format("({} - {})", unit, center); }
  std::string spread(SqlDialect dialect) const { return real_difference(dialect, high, low, type); }
};

/// low and high, then the value in [0, 1] and the mean of those.
void add_layers(const WindowRows& rows, const Side& side, AggregationSql& out) {
  out.layers.resize(2);
  out.layers[0].emplace_back(side.low, fmt::format("MIN({}) OVER (PARTITION BY {})", side.value, rows.instant));
  out.layers[0].emplace_back(side.high, fmt::format("MAX({}) OVER (PARTITION BY {})", side.value, rows.instant));
  std::string unit = fmt::format("{} / NULLIF({}, 0)", real_difference(rows.dialect, side.value, side.low, side.type),
                                 side.spread(rows.dialect));
  if (side.type == ScalarType::kDouble) {
    // A spread past the largest double is halved.
    const std::string half = double_literal(rows.dialect, 0.5);
    const std::string is_wide = fmt::format("{1} * {0} - {2} * {0} > {3}", half, side.high, side.low,
                                            double_literal(rows.dialect, std::numeric_limits<double>::max() / 2));
    unit = fmt::format("CASE WHEN {0} THEN ({2} * {1} - {3} * {1}) / ({4} * {1} - {3} * {1}) ELSE {5} END", is_wide,
                       half, side.value, side.low, side.high, unit);
  }
  out.layers[1].emplace_back(side.unit, unit);
  out.layers[1].emplace_back(side.center, fmt::format("AVG({}) OVER (PARTITION BY {})", unit, rows.instant));
  out.grouped.emplace_back(side.low, fmt::format("MAX({})", side.low));
  out.grouped.emplace_back(side.high, fmt::format("MAX({})", side.high));
}

std::string power_text(const std::string& base, int power) {
  std::string out = base;
  for (int i = 1; i < power; ++i) out += " * " + base;
  return out;
}

std::string product(SqlDialect dialect, const std::string& a, const std::string& b) {
  return dialect == SqlDialect::kBigQuery ? fmt::format("SAFE_MULTIPLY({}, {})", a, b) : fmt::format("{} * {}", a, b);
}

}  // namespace

std::string difference(SqlDialect dialect, const std::string& high, const std::string& low, ScalarType type) {
  if (type == ScalarType::kDouble)
    return dialect == SqlDialect::kBigQuery ? fmt::format("SAFE_SUBTRACT({}, {})", high, low)
                                            : fmt::format("{} - {}", high, low);
  switch (dialect) {
    case SqlDialect::kBigQuery: return fmt::format("SAFE_SUBTRACT({}, {})", high, low);
    case SqlDialect::kSnowflake:
      return fmt::format(
          "CASE WHEN CAST({0} AS NUMBER(38, 0)) - {1} BETWEEN -9223372036854775808 AND 9223372036854775807 "
          "THEN CAST({0} AS NUMBER(38, 0)) - {1} END",
          high, low);
    case SqlDialect::kDuckDb: return fmt::format("TRY_CAST(CAST({} AS HUGEINT) - {} AS BIGINT)", high, low);
  }
  return {};
}

AggregationSql moments(const WindowRows& rows) {
  const Side side(rows, "", rows.type);
  const std::string n = rows.own("n");
  AggregationSql out;
  add_layers(rows, side, out);
  out.grouped.emplace_back(n, fmt::format("COUNT({})", side.value));

  const bool is_skewness = rows.aggregation == Aggregation::kSkewness;
  const bool is_kurtosis = rows.aggregation == Aggregation::kKurtosis;
  const int powers = is_kurtosis ? 4 : is_skewness ? 3 : 2;
  for (int power = 1; power <= powers; ++power) {
    out.grouped.emplace_back(rows.own(fmt::format("sum_{}", power)),
                             sum_of_doubles(rows.dialect, power_text(side.distance(), power)));
  }
  out.may_be_infinite = true;
  const std::string sum_1 = rows.own("sum_1"), sum_2 = rows.own("sum_2");
  // The sum of the distances is zero but for rounding, which is taken out again.
  const std::string squares = fmt::format("({} - {} * {} / {})", sum_2, sum_1, sum_1, n);
  const std::string constant =
      fmt::format("WHEN {} = {} THEN {}", side.low, side.high, double_literal(rows.dialect, 0.0));

  if (is_skewness) {
    out.result = fmt::format(
        "CASE WHEN {0} < 3 THEN NULL {1} ELSE SQRT({0} * ({0} - 1.0)) / ({0} - 2) * ({2} / {0}) / "
        "POWER(NULLIF({3} / {0}, 0), 1.5) END",
        n, constant, rows.own("sum_3"), squares);
    if (rows.dialect == SqlDialect::kDuckDb) add_exact_skewness(rows, out);
    return out;
  }
  if (is_kurtosis) {
    out.result = fmt::format(
        "CASE WHEN {0} < 4 THEN NULL {1} ELSE ({0} - 1.0) / (({0} - 2.0) * ({0} - 3)) * (({0} + 1) * "
        "({2} / {0}) / NULLIF(({3} / {0}) * ({3} / {0}), 0) - 3 * ({0} - 1)) END",
        n, constant, rows.own("sum_4"), squares);
    return out;
  }

  const bool is_sample = rows.aggregation == Aggregation::kVariance || rows.aggregation == Aggregation::kStddev;
  const bool is_root = rows.aggregation == Aggregation::kStddev || rows.aggregation == Aggregation::kStddevPop;
  const std::string divisor = is_sample ? fmt::format("({} - 1)", n) : n;
  const std::string spread = side.spread(rows.dialect);
  std::string variance =
      product(rows.dialect, product(rows.dialect, fmt::format("{} / {}", squares, divisor), spread), spread);
  if (is_root) variance = fmt::format("SQRT({})", variance);
  out.result = fmt::format("CASE WHEN {} < {} THEN NULL {} ELSE {} END", n, is_sample ? 2 : 1, constant, variance);
  return out;
}

AggregationSql pair_moments(const WindowRows& rows) {
  const Side x(rows, "", rows.type), y(rows, "_2", rows.second_type);
  const std::string n = rows.own("n"), sum_x = rows.own("sum_x"), sum_y = rows.own("sum_y"),
                    sum_xy = rows.own("sum_xy");
  AggregationSql out;
  add_layers(rows, x, out);
  add_layers(rows, y, out);

  out.grouped.emplace_back(n, fmt::format("COUNT({})", x.value));
  out.grouped.emplace_back(sum_x, sum_of_doubles(rows.dialect, x.distance()));
  out.grouped.emplace_back(sum_y, sum_of_doubles(rows.dialect, y.distance()));
  out.grouped.emplace_back(sum_xy, sum_of_doubles(rows.dialect, x.distance() + " * " + y.distance()));
  out.may_be_infinite = true;

  const std::string products = fmt::format("({} - {} * {} / {})", sum_xy, sum_x, sum_y, n);
  const std::string constant = fmt::format("{} = {} OR {} = {}", x.low, x.high, y.low, y.high);
  if (rows.aggregation == Aggregation::kCovariance) {
    const std::string scaled = product(rows.dialect, fmt::format("{} / ({} - 1)", products, n), x.spread(rows.dialect));
    out.result = fmt::format("CASE WHEN {} < 2 THEN NULL WHEN {} THEN {} ELSE {} END", n, constant,
                             double_literal(rows.dialect, 0.0), product(rows.dialect, scaled, y.spread(rows.dialect)));
    return out;
  }

  // Rounding may lead past 1 and -1, where a correlation ends.
  const std::string sum_xx = rows.own("sum_xx"), sum_yy = rows.own("sum_yy");
  out.grouped.emplace_back(sum_xx, sum_of_doubles(rows.dialect, power_text(x.distance(), 2)));
  out.grouped.emplace_back(sum_yy, sum_of_doubles(rows.dialect, power_text(y.distance(), 2)));
  out.result = fmt::format(
      "CASE WHEN {0} < 2 OR {1} THEN NULL ELSE GREATEST(-1, LEAST(1, {2} / NULLIF(SQRT({3} - {4} * "
      "{4} / {0}) * SQRT({5} - {6} * {6} / {0}), 0))) END",
      n, constant, products, sum_xx, sum_x, sum_yy, sum_y);
  return out;
}

}  // namespace headrace::sql
