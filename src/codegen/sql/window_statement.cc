// Windows of a feature's statement: which events belong to which instant, and what is aggregated over them.
#include "codegen/sql/feature_statement.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace headrace::sql {
namespace {

std::string joined(const std::vector<std::string>& texts) { return fmt::format("{}", fmt::join(texts, ", ")); }

std::string minus(const std::string& instant, int64_t us) {
  return us == 0 ? instant : fmt::format("{} - {}", instant, us);
}

bool is_time_weighted(const PlanFeature& feature) { return feature.aggregation == Aggregation::kTimeWeightedMean; }

}  // namespace

WindowRows FeatureStatement::window_rows(const PlanFeature& feature) const {
  const Series& series = series_of(feature);
  WindowRows rows{.dialect = dialect_,
                  .aggregation = aggregation_of(feature),
                  .params = feature.params,
                  .type = series.type,
                  .has_formula = !series.formulas.empty(),
                  .key = joined(keys(feature.entity)),
                  .instant = joined(keys(feature.entity)) + ", " + own("event_us"),
                  .arrival = order_columns(feature),
                  .own = [this](std::string_view base) { return own(base); }};
  if (series.formulas.size() == 2) rows.second_type = series.formulas[1]->type.scalar;
  return rows;
}

std::string FeatureStatement::add_session_starts(const std::string& series, const PlanFeature& feature,
                                                 const std::string& name) {
  const std::string seen = own("seen_us"), partition = joined(keys(feature.entity));
  Select starts;
  starts.columns = {
      "*", fmt::format("CASE WHEN {0} - LAG({0}) OVER (PARTITION BY {1} ORDER BY {0}) <= {2} THEN 0 ELSE 1 END "
                       "AS {3}",
                       seen, partition, window_of(feature).size.us, own("is_start"))};
  starts.from = series;
  const std::string table = unique_table(name + "_starts");
  with_.add(table, starts);
  return table;
}

std::string FeatureStatement::add_session_ends(const std::string& started, const PlanFeature& feature,
                                               const std::string& name) {
  const std::string seen = own("seen_us"), partition = joined(keys(feature.entity));
  Select numbers;
  // Events of one time are of one session: the frame holds all of them.
  numbers.columns = {"*", fmt::format("SUM({}) OVER (PARTITION BY {} ORDER BY {} RANGE BETWEEN UNBOUNDED PRECEDING AND "
                                      "CURRENT ROW) AS {}",
                                      own("is_start"), partition, seen, own("session"))};
  numbers.from = started;
  const std::string numbered = unique_table(name + "_numbered");
  with_.add(numbered, numbers);
  Select ends;
  ends.columns = {"*", fmt::format("MAX({}) OVER (PARTITION BY {}, {}) AS {}", seen, partition, own("session"),
                                   own("session_end_us"))};
  ends.from = numbered;
  const std::string table = unique_table(name + "_sessions");
  with_.add(table, ends);
  return table;
}

std::string FeatureStatement::add_held(const std::string& series, const PlanFeature& feature, const std::string& name) {
  const std::string seen = own("seen_us");
  std::string order = seen;
  for (const std::string& column : order_columns(feature)) order += ", " + column;
  Select select;
  select.columns = {"*", fmt::format("LEAD({}) OVER (PARTITION BY {} ORDER BY {}) AS {}", seen,
                                     joined(keys(feature.entity)), order, own("until_us"))};
  select.from = series;
  select.where = own("value") + " IS NOT NULL";
  const std::string table = unique_table(name + "_held");
  with_.add(table, select);
  return table;
}

std::vector<std::string> FeatureStatement::window_conditions(const PlanFeature& feature) const {
  const WindowSpec& window = window_of(feature);
  const std::string seen = own("seen_us"), instant = own("event_us");
  if (is_time_weighted(feature)) {
    std::vector<std::string> out = {fmt::format("{} <= {}", seen, instant)};
    if (window.kind == WindowSpec::Kind::kSize)
      out.push_back(fmt::format("COALESCE({0} > {1} - {2}, TRUE)", own("until_us"), instant, window.size.us));
    return out;
  }

  switch (window.kind) {
    case WindowSpec::Kind::kSize: {
      const bool has_low = window.closed == Closed::kLeft || window.closed == Closed::kBoth;
      const bool has_high = window.closed == Closed::kRight || window.closed == Closed::kBoth;
      return {fmt::format("{} {} {}", seen, has_low ? ">=" : ">", minus(instant, window.size.us + window.offset.us)),
              fmt::format("{} {} {}", seen, has_high ? "<=" : "<", minus(instant, window.offset.us))};
    }
    case WindowSpec::Kind::kTumbling: {
      // The start of an event's stretch is the length before the end of its windows.
      const auto start_of = [&](const std::string& us) {
        return fmt::format("{} - {}", us, floor_modulo(dialect_, minus(us, window.offset.us), window.size.us));
      };
      return {fmt::format("{} + {} = {}", start_of(seen), window.size.us, start_of(instant))};
    }
    case WindowSpec::Kind::kSession:
      return {fmt::format("{} <= {}", seen, instant),
              fmt::format("{} <= {} + {}", instant, own("session_end_us"), window.size.us)};
    case WindowSpec::Kind::kLast:
    case WindowSpec::Kind::kLifetime: return {fmt::format("{} <= {}", seen, instant)};
  }
  return {};
}

std::string FeatureStatement::add_near(const PlanFeature& feature, const std::string& name, const std::string& series) {
  const WindowSpec& window = window_of(feature);
  const std::string seen = own("seen_us");
  const std::string shown = window.offset.us == 0 ? seen : fmt::format("{} + {}", seen, window.offset.us);
  const std::string start = fmt::format("{} - {}", shown, floor_modulo(dialect_, shown, window.size.us));
  Select first, second;
  first.columns = {"*", fmt::format("{} AS {}", start, own("near_us"))};
  second.columns = {"*", fmt::format("{} + {}", start, window.size.us)};
  first.from = second.from = series;
  const std::string table = unique_table(name + "_near");
  with_.add(table, to_text(first, 2) + "\n  UNION ALL\n" + to_text(second, 2));
  return table;
}

Join FeatureStatement::window_join(const PlanFeature& feature, const std::string& name, const Instants& instants,
                                   const std::string& series) {
  const WindowSpec& window = window_of(feature);
  const bool has_near = window.kind == WindowSpec::Kind::kSize && !is_time_weighted(feature);
  const std::string events = has_near ? add_near(feature, name, series) : series;
  Join join{events, same_keys(instants.entity, events, instants.table)};
  if (has_near) {
    const std::string instant = own("event_us");
    join.conditions.push_back(
        fmt::format("{} = {} - {}", own("near_us"), instant, floor_modulo(dialect_, instant, window.size.us)));
  }
  for (const std::string& condition : window_conditions(feature)) join.conditions.push_back(condition);
  return join;
}

std::string FeatureStatement::add_window_rows(const PlanFeature& feature, const std::string& name,
                                              const Instants& instants, const std::string& series,
                                              const AggregationSql& sql) {
  const WindowSpec& window = window_of(feature);
  const std::string seen = own("seen_us"), instant = own("event_us"), age = own("age");
  const std::string partition = joined(keys(instants.entity)) + ", " + instant;
  Select rows;
  rows.columns = keys(instants.entity, instants.table);
  rows.columns.push_back(instant);
  rows.columns.push_back(seen);
  for (const std::string& column : order_columns(feature)) rows.columns.push_back(column);
  const Series& definition = series_of(feature);
  if (!definition.formulas.empty()) rows.columns.push_back(own("value"));
  if (definition.formulas.size() == 2) rows.columns.push_back(own("value_2"));
  if (is_time_weighted(feature)) {
    const std::string start = window.kind == WindowSpec::Kind::kSize
                                  ? fmt::format("GREATEST({}, {} - {})", seen, instant, window.size.us)
                                  : seen;
    rows.columns.push_back(
        fmt::format("LEAST(COALESCE({0}, {1}), {1}) - {2} AS {3}", own("until_us"), instant, start, own("width")));
  }
  rows.from = instants.table;
  rows.joins = {window_join(feature, name, instants, series)};
  std::string table = unique_table(name + "_rows");
  with_.add(table, rows);
  const auto add_layer = [&](std::vector<std::string> columns, const std::string& where) {
    Select layer;
    layer.columns = std::move(columns);
    layer.from = table;
    layer.where = where;
    table = unique_table(name + "_rows");
    with_.add(table, layer);
  };
  if (window.kind == WindowSpec::Kind::kLast) {
    std::string order = seen + " DESC";
    for (const std::string& column : order_columns(feature)) order += fmt::format(", {} DESC", column);
    add_layer({"*", fmt::format("ROW_NUMBER() OVER (PARTITION BY {} ORDER BY {}) AS {}", partition, order, age)}, "");
    add_layer({"*"}, fmt::format("{} <= {}", age, window.last));
  }
  if (sql.counts_values) {
    Select counts;
    counts.columns = keys(instants.entity);
    counts.columns.insert(counts.columns.end(), {instant, own("value")});
    counts.group_by = counts.columns;
    counts.columns.push_back(fmt::format("COUNT(*) AS {}", own("times")));
    counts.from = table;
    table = unique_table(name + "_counts");
    with_.add(table, counts);
  }
  for (const std::vector<NamedSql>& layer : sql.layers) {
    std::vector<std::string> columns = {"*"};
    for (const NamedSql& column : layer) columns.push_back(to_text(column));
    add_layer(columns, "");
  }
  return table;
}

std::string FeatureStatement::add_window(const PlanFeature& feature, const std::string& name, const Instants& instants,
                                         const std::string& series, const AggregationSql& sql,
                                         const std::vector<NamedSql>& aggregates) {
  Select grouped;
  if (sql.layers.empty() && window_of(feature).kind != WindowSpec::Kind::kLast) {
    grouped.from = instants.table;
    grouped.joins = {window_join(feature, name, instants, series)};
    grouped.columns = keys(instants.entity, instants.table);
  } else {
    grouped.from = add_window_rows(feature, name, instants, series, sql);
    grouped.columns = keys(instants.entity);
  }
  grouped.columns.push_back(own("event_us"));
  grouped.group_by = grouped.columns;
  for (const NamedSql& column : aggregates) grouped.columns.push_back(to_text(column));
  const std::string window = unique_table(name + "_window");
  with_.add(window, grouped);
  return window;
}

std::string FeatureStatement::add_exact(const PlanFeature& feature, const std::string& name, const Instants& instants,
                                        const std::string& series, const AggregationSql& sql,
                                        const std::string& window) {
  Select cancelled;
  cancelled.columns = keys(instants.entity);
  cancelled.columns.push_back(own("event_us"));
  cancelled.from = window;
  cancelled.where = fmt::format("NOT ({})", sql.is_sound);
  const Instants again{unique_table(name + "_cancelled"), instants.entity, ""};
  with_.add(again.table, cancelled);
  AggregationSql looked_at = sql;
  looked_at.layers.insert(looked_at.layers.end(), sql.exact_rows.begin(), sql.exact_rows.end());
  std::string exact = add_window(feature, name + "_exact", again, series, looked_at, sql.exact_grouped);
  for (const std::vector<NamedSql>& layer : sql.exact_layers) {
    Select select;
    select.columns = {"*"};
    for (const NamedSql& column : layer) select.columns.push_back(to_text(column));
    select.from = exact;
    exact = unique_table(name + "_exact");
    with_.add(exact, select);
  }
  Select both;
  both.columns = {window + ".*", fmt::format("{}.{}", exact, sql.exact_layers.back().back().name)};
  both.from = window;
  Join join{exact, same_keys(instants.entity, exact, window)};
  join.conditions.push_back(fmt::format("{0}.{2} = {1}.{2}", exact, window, own("event_us")));
  both.joins = {join};
  const std::string table = unique_table(name + "_totals");
  with_.add(table, both);
  return table;
}

void FeatureStatement::add_aggregated(const PlanFeature& feature, const std::string& name, const std::string& values,
                                      const Instants& instants) {
  const bool is_session = window_of(feature).kind == WindowSpec::Kind::kSession;
  const WindowRows rows = window_rows(feature);
  const std::optional<Framing> framed = framing(rows, window_of(feature));
  const AggregationSql sql = framed ? framed->sql : aggregation_sql(rows);
  std::string series = add_series(feature, name, instants);
  if (is_session) series = add_session_starts(series, feature, name);
  if (is_time_weighted(feature)) series = add_held(series, feature, name);
  if (has_spans(feature)) {
    if (is_session) series = add_session_ends(series, feature, name);
    add_by_spans(feature, name, values, instants, series);
    return;
  }
  std::string window;
  if (framed) window = add_framed(feature, name, instants, series, *framed);
  if (is_session && (!framed || !sql.is_sound.empty())) series = add_session_ends(series, feature, name);
  if (!framed) window = add_window(feature, name, instants, series, sql, sql.grouped);
  if (!sql.is_sound.empty()) window = add_exact(feature, name, instants, series, sql, window);
  add_result(feature, name, values, window, sql.result, sql.may_be_infinite);
}

}  // namespace headrace::sql
