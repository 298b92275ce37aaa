#include "codegen/sql/aggregation_sql.h"

#include "codegen/sql/dialect_text.h"
#include "codegen/sql/moments_sql.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

namespace headrace::sql {
namespace {

std::string over(const WindowRows& rows, std::string_view function, std::string_view order) {
  return fmt::format("{} OVER (PARTITION BY {} ORDER BY {})", function, rows.instant, order);
}

/// "value IS NULL, seen_us DESC, seq DESC".
std::string by_time(const WindowRows& rows, std::string_view direction) {
  std::string out = fmt::format("{} IS NULL, {}{}", rows.own("value"), rows.own("seen_us"), direction);
  for (const std::string& column : rows.arrival) out += fmt::format(", {}{}", column, direction);
  return out;
}

/// Values at places of an order: "MAX(CASE WHEN place = 1 THEN value END)".
std::string at_place(const std::string& place, std::string_view number, const std::string& value) {
  return fmt::format("MAX(CASE WHEN {} = {} THEN {} END)", place, number, value);
}

/// An element of an array: instants leave as timestamps.
std::string element(const WindowRows& rows) {
  const std::string value = rows.own("value");
  return rows.type == ScalarType::kTimestamp ? to_timestamp(rows.dialect, value) : value;
}

AggregationSql counting(const WindowRows& rows) {
  const std::string counted = rows.has_formula ? rows.own("value") : rows.own("seen_us");
  const bool is_distinct = rows.aggregation == Aggregation::kCountDistinct;
  AggregationSql out;
  out.grouped = {{rows.own("n"), fmt::format("COUNT({}{})", is_distinct ? "DISTINCT " : "", counted)}};
  out.result = rows.own("n");
  return out;
}

/// DuckDB has integers of any size: a double times a power of two is one of them, and their sums are exact. Three
/// powers cover all doubles. Only windows whose sum has lost digits, or left the doubles on the way, pay for it.
void add_exact_sum(const WindowRows& rows, AggregationSql& out) {
  const auto power = [](int exponent) { return double_literal(SqlDialect::kDuckDb, std::ldexp(1.0, exponent)); };
  const std::string value = rows.own("value"), total = rows.own("total"), magnitude = rows.own("magnitude");
  const std::string large = rows.own("large"), middle = rows.own("middle"), small = rows.own("small");
  const std::string large_high = rows.own("large_high"), middle_high = rows.own("middle_high");

  const std::string top = power(400), bottom = power(-472);
  const auto part = [](const std::string& condition, const std::string& text) {
    return fmt::format("COALESCE(SUM(CASE WHEN {} THEN CAST({} AS BIGNUM) END), CAST(0 AS BIGNUM))", condition, text);
  };

  // The sum is looked at again where it is small beside the sum of magnitudes.
  out.grouped.emplace_back(magnitude, sum_of_doubles(rows.dialect, fmt::format("ABS({})", value)));
  out.is_sound = fmt::format("{1} IS NULL OR (isfinite({0}) AND ABS({0}) >= {1} * {2})", total, magnitude,
                             double_literal(rows.dialect, 1e-6));

  out.exact_grouped = {
      {large, part(fmt::format("ABS({}) >= {}", value, top), value)},
      {middle, part(fmt::format("ABS({0}) < {1} AND ABS({0}) >= {2}", value, top, bottom),
                    fmt::format("{} * {}", value, power(524)))},
      {small, part(fmt::format("ABS({}) < {}", value, bottom), fmt::format("{0} * {1} * {1}", value, power(537)))}};
  out.exact_layers = {
      {{large_high, fmt::format("TRY_CAST({} AS DOUBLE)", large)},
       {middle_high, fmt::format("TRY_CAST({} AS DOUBLE)", middle)}},
      {{rows.own("exact_total"),
        fmt::format("{0} + {1} * {2} + CAST({3} AS DOUBLE) * {4} * {4} + CAST({5} - CAST({0} AS BIGNUM) AS "
                    "DOUBLE) + CAST({6} - CAST({1} AS BIGNUM) AS DOUBLE) * {2}",
                    large_high, middle_high, power(-524), small, power(-537), large, middle)}}};
}

AggregationSql summing(const WindowRows& rows) {
  const std::string value = rows.own("value"), total = rows.own("total"), n = rows.own("n");
  const bool is_double = rows.type == ScalarType::kDouble;
  AggregationSql out;
  out.grouped = {{total, is_double ? sum_of_doubles(rows.dialect, value) : sum_of_integers(rows.dialect, value)}};
  std::string real = is_double ? total : cast(rows.dialect, total, ScalarType::kDouble);
  if (is_double && rows.dialect == SqlDialect::kDuckDb) {
    add_exact_sum(rows, out);
    real = fmt::format("CASE WHEN {} THEN {} ELSE {} END", out.is_sound, total, rows.own("exact_total"));
  }
  if (rows.aggregation == Aggregation::kSum) {
    out.result = is_double ? real : within_int64(rows.dialect, total);
    out.may_be_infinite = is_double;
    return out;
  }
  out.grouped.emplace_back(n, fmt::format("COUNT({})", value));
  out.result = fmt::format("{} / NULLIF({}, 0)", real, n);
  out.may_be_infinite = true;
  return out;
}

AggregationSql extremes(const WindowRows& rows) {
  const std::string value = rows.own("value"), low = rows.own("low"), high = rows.own("high");
  AggregationSql out;
  if (rows.aggregation != Aggregation::kMax) out.grouped.emplace_back(low, fmt::format("MIN({})", value));
  if (rows.aggregation != Aggregation::kMin) out.grouped.emplace_back(high, fmt::format("MAX({})", value));
  out.result = rows.aggregation == Aggregation::kMax ? high : low;
  if (rows.aggregation != Aggregation::kRange) return out;
  out.result = difference(rows.dialect, high, low, rows.type);
  out.may_be_infinite = rows.type == ScalarType::kDouble;
  return out;
}

AggregationSql positions(const WindowRows& rows) {
  const std::string value = rows.own("value"), oldest = rows.own("oldest"), newest = rows.own("newest");
  const bool needs_first = rows.aggregation != Aggregation::kLast, needs_last = rows.aggregation != Aggregation::kFirst;
  AggregationSql out;
  out.layers.resize(1);
  if (needs_first) out.layers[0].emplace_back(oldest, over(rows, "ROW_NUMBER()", by_time(rows, "")));
  if (needs_last) out.layers[0].emplace_back(newest, over(rows, "ROW_NUMBER()", by_time(rows, " DESC")));

  const std::string first = rows.own("earliest"), last = rows.own("latest");
  if (needs_first) out.grouped.emplace_back(first, at_place(oldest, "1", value));
  if (needs_last) out.grouped.emplace_back(last, at_place(newest, "1", value));
  out.result = needs_last ? last : first;
  if (!needs_first || !needs_last) return out;

  // Both ends: delta, or per second.
  out.result = difference(rows.dialect, last, first, rows.type);
  out.may_be_infinite = rows.type == ScalarType::kDouble;
  if (rows.aggregation == Aggregation::kDelta) return out;

  const std::string first_us = rows.own("earliest_us"), last_us = rows.own("latest_us"), seen = rows.own("seen_us");
  out.grouped.emplace_back(first_us, at_place(oldest, "1", seen));
  out.grouped.emplace_back(last_us, at_place(newest, "1", seen));
  const std::string seconds =
      fmt::format("({} / {})", cast(rows.dialect, fmt::format("{} - {}", last_us, first_us), ScalarType::kDouble),
                  double_literal(rows.dialect, 1e6));
  out.result = rows.dialect == SqlDialect::kBigQuery
                   ? fmt::format("SAFE_DIVIDE({}, {})", cast(rows.dialect, out.result, ScalarType::kDouble), seconds)
                   : fmt::format("{} / NULLIF({}, 0)", cast(rows.dialect, out.result, ScalarType::kDouble), seconds);
  out.may_be_infinite = true;
  return out;
}

AggregationSql first_or_last_k(const WindowRows& rows) {
  const bool is_first = rows.aggregation == Aggregation::kFirstK;
  const std::string place = rows.own("place");
  AggregationSql out;
  out.layers = {{{place, over(rows, "ROW_NUMBER()", by_time(rows, is_first ? "" : " DESC"))}}};
  const std::string condition = fmt::format("{} IS NOT NULL AND {} <= {}", rows.own("value"), place, rows.params.k);
  out.grouped = {
      {rows.own("items"), array_of(rows.dialect, element(rows), condition, is_first ? place : place + " DESC")}};
  out.result = rows.own("items");
  return out;
}

AggregationSql percentile(const WindowRows& rows) {
  const double p = rows.aggregation == Aggregation::kMedian ? 0.5 : rows.params.p;
  const std::string value = rows.own("value"), place = rows.own("place"), n = rows.own("n");
  const std::string at = fmt::format("({} - 1) * {}", n, double_literal(rows.dialect, p));
  const std::string real = rows.type == ScalarType::kDouble ? value : cast(rows.dialect, value, ScalarType::kDouble);
  AggregationSql out;
  out.layers = {{{place, over(rows, "ROW_NUMBER()", fmt::format("{0} IS NULL, {0}", value))},
                 {n, fmt::format("COUNT({}) OVER (PARTITION BY {})", value, rows.instant)}}};
  const std::string below = rows.own("below"), above = rows.own("above"), position = rows.own("position");
  out.grouped = {{position, fmt::format("MAX({})", at)},
                 {below, fmt::format("MAX(CASE WHEN {} = FLOOR({}) + 1 THEN {} END)", place, at, real)},
                 {above, fmt::format("MAX(CASE WHEN {} = FLOOR({}) + 2 THEN {} END)", place, at, real)}};
  const std::string distance = rows.dialect == SqlDialect::kBigQuery
                                   ? fmt::format("SAFE_SUBTRACT({}, {})", above, below)
                                   : fmt::format("({} - {})", above, below);
  out.result = fmt::format("CASE WHEN {0} = FLOOR({0}) THEN {1} ELSE {1} + {2} * ({0} - FLOOR({0})) END", position,
                           below, distance);
  out.may_be_infinite = true;
  return out;
}

AggregationSql by_frequency(const WindowRows& rows) {
  const std::string value = rows.own("value"), place = rows.own("place");
  AggregationSql out;
  out.counts_values = true;
  out.layers = {
      {{place, over(rows, "ROW_NUMBER()", fmt::format("{0} IS NULL, {1} DESC, {0}", value, rows.own("times")))}}};
  out.result = rows.own("items");
  if (rows.aggregation == Aggregation::kMode) {
    out.grouped = {{out.result, at_place(place, "1", value)}};
    return out;
  }
  const std::string condition = fmt::format("{} IS NOT NULL AND {} <= {}", value, place, rows.params.k);
  out.grouped = {{out.result, array_of(rows.dialect, element(rows), condition, place)}};
  return out;
}

AggregationSql of_booleans(const WindowRows& rows) {
  const bool is_any = rows.aggregation == Aggregation::kAny;
  const std::string function = is_any ? choose(rows.dialect, "LOGICAL_OR", "BOOLOR_AGG", "bool_or")
                                      : choose(rows.dialect, "LOGICAL_AND", "BOOLAND_AGG", "bool_and");
  AggregationSql out;
  out.result = rows.own("verdict");
  out.grouped = {{out.result, fmt::format("{}({})", function, rows.own("value"))}};
  return out;
}

AggregationSql ewma(const WindowRows& rows) {
  const std::string value = rows.own("value"), newest = rows.own("newest_us"), weight = rows.own("weight");
  AggregationSql out;
  out.layers = {
      {{newest, fmt::format("MAX(CASE WHEN {} IS NOT NULL THEN {} END) OVER (PARTITION BY {})", value,
                            rows.own("seen_us"), rows.instant)}},
      {{weight,
        fmt::format("CASE WHEN {} IS NOT NULL THEN POWER({}, {} / {}) END", value, double_literal(rows.dialect, 2.0),
                    cast(rows.dialect, fmt::format("{} - {}", rows.own("seen_us"), newest), ScalarType::kDouble),
                    double_literal(rows.dialect, static_cast<double>(rows.params.half_life.us)))}}};
  const std::string real = rows.type == ScalarType::kDouble ? value : cast(rows.dialect, value, ScalarType::kDouble);
  out.grouped = {{rows.own("total"), sum_of_doubles(rows.dialect, fmt::format("{} * {}", real, weight))},
                 {rows.own("weights"), sum_of_doubles(rows.dialect, weight)}};
  out.result = fmt::format("{} / NULLIF({}, 0)", rows.own("total"), rows.own("weights"));
  out.may_be_infinite = true;
  return out;
}

AggregationSql time_weighted_mean(const WindowRows& rows) {
  const std::string value = rows.own("value"), width = rows.own("width"), total = rows.own("span");
  const std::string real = rows.type == ScalarType::kDouble ? value : cast(rows.dialect, value, ScalarType::kDouble);
  AggregationSql out;
  out.layers = {{{total, fmt::format("SUM({}) OVER (PARTITION BY {})", width, rows.instant)}}};
  // Shares of the time are at most 1, so that no product leaves the doubles.
  const std::string share = fmt::format("({} / NULLIF({}, 0))", cast(rows.dialect, width, ScalarType::kDouble), total);
  out.grouped = {{rows.own("mean"), sum_of_doubles(rows.dialect, fmt::format("{} * {}", real, share))}};
  out.result = rows.own("mean");
  out.may_be_infinite = true;
  return out;
}

/// Integers are compared with whole edges, so that they need not become doubles.
std::string edge_text(const WindowRows& rows, double edge, bool is_last) {
  if (rows.type == ScalarType::kDouble) return double_literal(rows.dialect, edge);
  const double whole = is_last ? std::floor(edge) : std::ceil(edge);
  return std::abs(whole) < 9e18 ? fmt::format("{}", static_cast<int64_t>(whole)) : double_literal(rows.dialect, edge);
}

AggregationSql histogram(const WindowRows& rows) {
  const std::string value = rows.own("value");
  const std::vector<double>& edges = rows.params.edges;
  std::vector<std::string> bins;
  AggregationSql out;
  for (size_t i = 0; i + 1 < edges.size(); ++i) {
    const bool is_last = i + 2 == edges.size();
    bins.push_back(rows.own(fmt::format("bin_{}", i + 1)));
    out.grouped.emplace_back(bins.back(), fmt::format("COUNT(CASE WHEN {0} >= {1} AND {0} {2} {3} THEN 1 END)", value,
                                                      edge_text(rows, edges[i], false), is_last ? "<=" : "<",
                                                      edge_text(rows, edges[i + 1], is_last)));
  }
  out.result = array_literal(rows.dialect, bins);
  return out;
}

}  // namespace

bool is_approximate(Aggregation aggregation) {
  return aggregation == Aggregation::kApproxCountDistinct || aggregation == Aggregation::kApproxPercentile;
}

AggregationSql aggregation_sql(const WindowRows& rows) {
  switch (rows.aggregation) {
    case Aggregation::kCount:
    case Aggregation::kCountDistinct: return counting(rows);
    case Aggregation::kSum:
    case Aggregation::kMean: return summing(rows);
    case Aggregation::kVariance:
    case Aggregation::kVariancePop:
    case Aggregation::kStddev:
    case Aggregation::kStddevPop:
    case Aggregation::kSkewness:
    case Aggregation::kKurtosis: return moments(rows);
    case Aggregation::kCovariance:
    case Aggregation::kCorrelation: return pair_moments(rows);

    case Aggregation::kMin:
    case Aggregation::kMax:
    case Aggregation::kRange: return extremes(rows);
    case Aggregation::kFirst:
    case Aggregation::kLast:
    case Aggregation::kDelta:
    case Aggregation::kRate: return positions(rows);
    case Aggregation::kFirstK:
    case Aggregation::kLastK: return first_or_last_k(rows);
    case Aggregation::kMedian:
    case Aggregation::kPercentile: return percentile(rows);

    case Aggregation::kMode:
    case Aggregation::kTopK: return by_frequency(rows);
    case Aggregation::kAny:
    case Aggregation::kAll: return of_booleans(rows);

    case Aggregation::kEwma: return ewma(rows);
    case Aggregation::kTimeWeightedMean: return time_weighted_mean(rows);
    case Aggregation::kHistogram: return histogram(rows);
    case Aggregation::kApproxCountDistinct:
    case Aggregation::kApproxPercentile: break;
  }
  return {};
}

}  // namespace headrace::sql
