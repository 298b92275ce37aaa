// Windows by deltas: an event's value is in the windows of the instants from one time until another, so that what is in
// each window is a running sum of those that come and go. The work is a sort, as with frames, and the sums are whole numbers.
// A join of instants and events would make a row for each event of each window.
#include "codegen/sql/feature_statement.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <limits>

namespace headrace::sql {
namespace {

constexpr char kSoFar[] = "RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW";

std::string plus(const std::string& micros, int64_t us) {
  return us == 0 ? micros : fmt::format("{} + {}", micros, us);
}

/// The first instant whose window has an event, and the first after those.
struct Span {
  std::string enters, leaves;
};

Span span_of(SqlDialect dialect, const WindowSpec& window, const std::string& seen, const std::string& session_end) {
  switch (window.kind) {
    case WindowSpec::Kind::kSize: {
      const bool has_low = window.closed == Closed::kLeft || window.closed == Closed::kBoth;
      const bool has_high = window.closed == Closed::kRight || window.closed == Closed::kBoth;
      return {plus(seen, window.offset.us + (has_high ? 0 : 1)),
              plus(seen, window.offset.us + window.size.us + (has_low ? 1 : 0))};
    }
    case WindowSpec::Kind::kTumbling: {
      const std::string shifted = window.offset.us == 0 ? seen : fmt::format("{} - {}", seen, window.offset.us);
      const std::string start = fmt::format("{} - {}", seen, floor_modulo(dialect, shifted, window.size.us));
      return {plus(start, window.size.us), plus(start, 2 * window.size.us)};
    }
    case WindowSpec::Kind::kSession: return {seen, plus(session_end, window.size.us + 1)};
    case WindowSpec::Kind::kLast:
    case WindowSpec::Kind::kLifetime: break;
  }
  return {seen, fmt::format("{}", std::numeric_limits<int64_t>::max())};
}

}  // namespace

bool FeatureStatement::has_spans(const PlanFeature& feature) const {
  const Aggregation aggregation = aggregation_of(feature);
  const bool is_of_values = aggregation == Aggregation::kCountDistinct || aggregation == Aggregation::kMode ||
                            aggregation == Aggregation::kTopK;
  return is_of_values && window_of(feature).kind != WindowSpec::Kind::kLast;
}

std::string FeatureStatement::value_partition(const PlanFeature& feature) const {
  // BigQuery partitions by no doubles; their texts differ where they do.
  const bool is_text = dialect_ == SqlDialect::kBigQuery && series_of(feature).type == ScalarType::kDouble;
  const std::string value = own("value");
  return fmt::format("{}, {}", fmt::join(keys(feature.entity), ", "),
                     is_text ? fmt::format("CAST({} AS STRING)", value) : value);
}

std::string FeatureStatement::add_spans(const PlanFeature& feature, const std::string& name,
                                        const std::string& series) {
  const Span span = span_of(dialect_, window_of(feature), own("seen_us"), own("session_end_us"));
  Select select;
  select.columns = keys(feature.entity);
  select.columns.push_back(own("value"));
  select.columns.push_back(aliased(span.enters, own("from_us")));
  select.columns.push_back(aliased(span.leaves, own("until_us")));
  select.from = series;
  select.where = own("value") + " IS NOT NULL";
  const std::string table = unique_table(name + "_spans");
  with_.add(table, select);
  return table;
}

std::string FeatureStatement::add_distinct(const PlanFeature& feature, const std::string& name,
                                           const Instants& instants, const std::string& spans) {
  const std::string from = own("from_us"), until = own("until_us"), before = own("before_us"), next = own("next_us");
  const std::string over = fmt::format("OVER (PARTITION BY {} ORDER BY {})", value_partition(feature), from);
  Select runs;
  runs.columns = keys(feature.entity);
  runs.columns.insert(runs.columns.end(), {from, until, fmt::format("LAG({}) {} AS {}", until, over, before),
                                           fmt::format("LEAD({}) {} AS {}", from, over, next)});
  runs.from = spans;
  const std::string table = unique_table(name + "_runs");
  with_.add(table, runs);

  // A value that comes again before it has left stays: it counts once.
  const std::string instant = own("event_us"), step = own("step"), asked = own("is_asked");
  Select coming, going, questions;
  coming.columns = going.columns = questions.columns = keys(feature.entity);
  coming.columns.insert(coming.columns.end(), {aliased(from, instant), "1 AS " + step, "FALSE AS " + asked});
  going.columns.insert(going.columns.end(), {until, "-1", "FALSE"});
  questions.columns.insert(questions.columns.end(), {instant, "0", "TRUE"});
  coming.from = going.from = table;
  questions.from = instants.table;
  coming.where = fmt::format("{0} IS NULL OR {0} < {1}", before, from);
  going.where = fmt::format("{0} IS NULL OR {0} > {1}", next, until);
  const std::string steps = unique_table(name + "_steps");
  with_.add(steps,
            to_text(coming, 2) + "\n  UNION ALL\n" + to_text(going, 2) + "\n  UNION ALL\n" + to_text(questions, 2));

  Select sums;
  sums.columns = keys(feature.entity);
  sums.columns.insert(sums.columns.end(),
                      {instant, asked,
                       fmt::format("SUM({}) OVER (PARTITION BY {} ORDER BY {} {}) AS {}", step,
                                   fmt::join(keys(feature.entity), ", "), instant, kSoFar, own("total"))});
  sums.from = steps;
  const std::string summed = unique_table(name + "_sums");
  with_.add(summed, sums);

  Select window;
  window.columns = keys(feature.entity);
  window.columns.insert(window.columns.end(),
                        {instant, fmt::format("{} AS {}", cast(dialect_, own("total"), ScalarType::kInt64), own("n"))});
  window.from = summed;
  window.where = asked;
  const std::string out = unique_table(name + "_window");
  with_.add(out, window);
  return out;
}

std::string FeatureStatement::add_levels(const PlanFeature& feature, const std::string& name,
                                         const std::string& spans) {
  const std::string from = own("from_us"), until = own("until_us"), step = own("step"), value = own("value"),
                    times = own("times");
  Select coming, going;
  coming.columns = going.columns = keys(feature.entity);
  coming.columns.insert(coming.columns.end(), {value, from, "1 AS " + step});
  going.columns.insert(going.columns.end(), {value, until, "-1"});
  coming.from = going.from = spans;
  const std::string steps = unique_table(name + "_steps");
  with_.add(steps, to_text(coming, 2) + "\n  UNION ALL\n" + to_text(going, 2));

  // Of several steps at one time all but one hold for no time.
  const std::string partition = value_partition(feature);
  Select levels;
  levels.columns = keys(feature.entity);
  levels.columns.insert(
      levels.columns.end(),
      {value, from,
       fmt::format("SUM({}) OVER (PARTITION BY {} ORDER BY {} {}) AS {}", step, partition, from, kSoFar, times),
       fmt::format("LEAD({0}) OVER (PARTITION BY {1} ORDER BY {0}) AS {2}", from, partition, until)});
  levels.from = steps;
  const std::string all = unique_table(name + "_levels");
  with_.add(all, levels);

  Select there;
  there.columns = {"*"};
  there.from = all;
  there.where = fmt::format("{} > 0 AND {} > {}", times, until, from);
  const std::string table = unique_table(name + "_levels");
  with_.add(table, there);
  return table;
}

std::string FeatureStatement::add_counted(const PlanFeature& feature, const std::string& name, const Instants& instants,
                                          const std::string& levels) {
  const std::string instant = own("event_us");
  Select rows;
  rows.columns = keys(feature.entity, instants.table);
  rows.columns.insert(rows.columns.end(), {instant, own("value"), own("times")});
  rows.from = instants.table;
  Join join{levels, same_keys(feature.entity, levels, instants.table)};
  join.conditions.push_back(fmt::format("{} <= {}", own("from_us"), instant));
  join.conditions.push_back(fmt::format("{} < {}", instant, own("until_us")));
  rows.joins = {join};
  const std::string table = unique_table(name + "_counts");
  with_.add(table, rows);
  return table;
}

void FeatureStatement::add_by_spans(const PlanFeature& feature, const std::string& name, const std::string& values,
                                    const Instants& instants, const std::string& series) {
  const std::string spans = add_spans(feature, name, series);
  if (aggregation_of(feature) == Aggregation::kCountDistinct) {
    add_result(feature, name, values, add_distinct(feature, name, instants, spans), own("n"), false);
    return;
  }

  // The values of each window stand under each other, as where its events do.
  const AggregationSql sql = aggregation_sql(window_rows(feature));
  const std::string counts = add_counted(feature, name, instants, add_levels(feature, name, spans));
  Select grouped;
  grouped.columns = keys(feature.entity);
  grouped.columns.push_back(own("event_us"));
  grouped.group_by = grouped.columns;
  for (const NamedSql& column : sql.grouped) grouped.columns.push_back(to_text(column));
  grouped.from = add_layers(sql.layers, counts, name + "_counts");
  const std::string window = unique_table(name + "_window");
  with_.add(window, grouped);
  add_result(feature, name, values, window, sql.result, sql.may_be_infinite);
}

}  // namespace headrace::sql
