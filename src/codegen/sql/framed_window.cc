// Windows by frames: events and asked instants in one order, and window functions over a range of time before each. A
// join of instants and events would make a row for each event of each window.
#include "codegen/sql/feature_statement.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace headrace::sql {
namespace {

std::string joined(const std::vector<std::string>& texts) { return fmt::format("{}", fmt::join(texts, ", ")); }

/// "RANGE BETWEEN 86399999999 PRECEDING AND CURRENT ROW": whole microseconds, both ends inside.
std::string range_of(const WindowSpec& window) {
  if (window.kind == WindowSpec::Kind::kLifetime) return "RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW";
  const bool has_low = window.closed == Closed::kLeft || window.closed == Closed::kBoth;
  const bool has_high = window.closed == Closed::kRight || window.closed == Closed::kBoth;
  const int64_t first = window.offset.us + window.size.us - (has_low ? 0 : 1);
  const int64_t last = window.offset.us + (has_high ? 0 : 1);
  const std::string end = last == 0 ? "CURRENT ROW" : fmt::format("{} PRECEDING", last);
  return fmt::format("RANGE BETWEEN {} PRECEDING AND {}", first, end);
}

/// Whether the dialect has the aggregation as a function over a frame of that kind.
bool has_frames(Aggregation aggregation, const WindowSpec& window, SqlDialect dialect) {
  const bool is_lifetime = window.kind == WindowSpec::Kind::kLifetime;
  if (!is_lifetime && window.kind != WindowSpec::Kind::kSize) return false;
  switch (aggregation) {
    case Aggregation::kCount:
    case Aggregation::kSum:
    case Aggregation::kMean:
    case Aggregation::kMin:
    case Aggregation::kMax:
    case Aggregation::kRange: return true;
    case Aggregation::kAny:
    case Aggregation::kAll: return dialect != SqlDialect::kSnowflake;
    case Aggregation::kLast: return is_lifetime || dialect != SqlDialect::kSnowflake;
    case Aggregation::kMedian:
    case Aggregation::kPercentile: return dialect == SqlDialect::kDuckDb;
    case Aggregation::kVariance:
    case Aggregation::kVariancePop:
    case Aggregation::kStddev:
    case Aggregation::kStddevPop:
    case Aggregation::kSkewness:
    case Aggregation::kKurtosis:
    case Aggregation::kFirst:
    case Aggregation::kFirstK:
    case Aggregation::kLastK:
    case Aggregation::kCountDistinct:
    case Aggregation::kMode:
    case Aggregation::kTopK:
    case Aggregation::kEwma:
    case Aggregation::kTimeWeightedMean:
    case Aggregation::kDelta:
    case Aggregation::kRate:
    case Aggregation::kCovariance:
    case Aggregation::kCorrelation:
    case Aggregation::kHistogram:
    case Aggregation::kApproxCountDistinct:
    case Aggregation::kApproxPercentile: break;
  }
  return false;
}

}  // namespace

/// DuckDB's quantile_cont interpolates as the language does; elsewhere, and over other windows, places are numbered.
AggregationSql FeatureStatement::framed_sql(const PlanFeature& feature) const {
  AggregationSql sql = aggregation_sql(window_rows(feature));
  const Aggregation aggregation = aggregation_of(feature);
  if (aggregation == Aggregation::kLast)
    sql.grouped = {{sql.result, fmt::format("LAST_VALUE({} IGNORE NULLS)", own("value"))}};
  if (aggregation == Aggregation::kMedian || aggregation == Aggregation::kPercentile) {
    const double p = aggregation == Aggregation::kMedian ? 0.5 : feature.params.p;
    sql.result = own("quantile");
    sql.grouped = {{sql.result, fmt::format("quantile_cont({}, {})", own("value"), double_literal(dialect_, p))}};
  }
  return sql;
}

bool FeatureStatement::is_framed(const PlanFeature& feature) const {
  return has_frames(aggregation_of(feature), window_of(feature), dialect_);
}

std::string FeatureStatement::add_latest(const PlanFeature& feature, const std::string& name,
                                         const std::string& series) {
  if (order_columns(feature).empty()) return series;
  std::vector<std::string> order;
  for (const std::string& column : order_columns(feature)) order.push_back(column + " DESC");
  Select places;
  places.columns = {"*", fmt::format("ROW_NUMBER() OVER (PARTITION BY {}, {} ORDER BY {}) AS {}",
                                     joined(keys(feature.entity)), own("seen_us"), joined(order), own("place"))};
  places.from = series;
  places.where = own("value") + " IS NOT NULL";
  const std::string placed = unique_table(name + "_places");
  with_.add(placed, places);
  Select latest;
  latest.columns = keys(feature.entity);
  latest.columns.insert(latest.columns.end(), {own("seen_us"), own("value")});
  latest.from = placed;
  latest.where = own("place") + " = 1";
  const std::string table = unique_table(name + "_latest");
  with_.add(table, latest);
  return table;
}

std::string FeatureStatement::add_framed(const PlanFeature& feature, const std::string& name, const Spine& spine,
                                         const std::string& series) {
  const bool is_last = aggregation_of(feature) == Aggregation::kLast;
  const std::string events = is_last ? add_latest(feature, name, series) : series;
  const std::string instant = own("event_us"), seen = own("seen_us"), value = own("value"), asked = own("is_asked");
  const bool has_value = !series_of(feature).formulas.empty();
  Select happened, questions;
  happened.columns = questions.columns = keys(feature.entity);
  happened.columns.insert(happened.columns.end(), {fmt::format("{} AS {}", seen, instant), seen});
  questions.columns.insert(questions.columns.end(), {instant, "NULL"});
  if (has_value) {
    happened.columns.push_back(value);
    questions.columns.emplace_back("NULL");
  }
  happened.columns.push_back("FALSE AS " + asked);
  questions.columns.emplace_back("TRUE");
  happened.from = events;
  questions.from = spine.table;
  const std::string points = unique_table(name + "_points");
  with_.add(points, to_text(happened, 2) + "\n  UNION ALL\n" + to_text(questions, 2));

  const std::string frame = fmt::format("(PARTITION BY {} ORDER BY {} {})", joined(keys(feature.entity)), instant,
                                        range_of(window_of(feature)));
  std::vector<NamedText> aggregates = framed_sql(feature).grouped;
  Select frames, window;
  frames.columns = window.columns = keys(feature.entity);
  frames.columns.insert(frames.columns.end(), {instant, asked});
  window.columns.push_back(instant);
  for (const NamedText& column : aggregates) {
    frames.columns.push_back(fmt::format("{} OVER {} AS {}", column.second, frame, column.first));
    window.columns.push_back(column.first);
  }
  frames.from = points;
  const std::string framed = unique_table(name + "_frames");
  with_.add(framed, frames);
  window.from = framed;
  window.where = asked;
  const std::string table = unique_table(name + "_window");
  with_.add(table, window);
  return table;
}

}  // namespace headrace::sql
