#include "codegen/sql/framing.h"

#include "codegen/sql/framed_moments.h"

#include <fmt/format.h>

#include <cmath>

namespace headrace::sql {
namespace {

constexpr char kUpToNow[] = "RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW";
/// Sums that cancel to less than this share of their terms have lost digits.
constexpr double kSoundShare = 1e-5;
/// Below it products may have lost digits as subnormal numbers.
constexpr double kSoundMin = 1e-280;
/// Half-lives in a block of time: weights in it are at most 2^400.
constexpr int64_t kBlockHalfLives = 400;

bool is_sized(const WindowSpec& window) { return window.kind == WindowSpec::Kind::kSize; }

/// Snowflake's FIRST_VALUE and LAST_VALUE take no frame that slides.
bool has_positions(const WindowRows& rows, const WindowSpec& window) {
  return !is_sized(window) || rows.dialect != SqlDialect::kSnowflake;
}

std::string real(const WindowRows& rows, const std::string& value, ScalarType type) {
  return type == ScalarType::kDouble ? value : cast(rows.dialect, value, ScalarType::kDouble);
}

std::string number(const WindowRows& rows, double value) { return double_literal(rows.dialect, value); }

/// The grouped columns as functions over the window's frame.
Framing of_grouped(const WindowSpec& window, AggregationSql sql, std::vector<std::string> read) {
  Framing out;
  out.read = std::move(read);
  for (const NamedSql& column : sql.grouped) out.columns.push_back({column.name, column.expression, frame_of(window)});
  out.sql = std::move(sql);
  return out;
}

Framing plain(const WindowRows& rows, const WindowSpec& window) {
  return of_grouped(window, aggregation_sql(rows),
                    rows.has_formula ? std::vector<std::string>{rows.own("value")} : std::vector<std::string>{});
}

/// DuckDB's quantile_cont interpolates as the language does.
Framing quantile(const WindowRows& rows, const WindowSpec& window) {
  const double p = rows.aggregation == Aggregation::kMedian ? 0.5 : rows.params.p;
  AggregationSql sql = aggregation_sql(rows);
  sql.result = rows.own("quantile");
  sql.layers.clear();
  sql.grouped = {{sql.result, fmt::format("quantile_cont({}, {})", rows.own("value"), number(rows, p))}};
  return of_grouped(window, std::move(sql), {rows.own("value")});
}

/// The value of one event of each time: of the one that arrived first, or last.
NamedSql one_of_time(const WindowRows& rows, const std::string& name, bool is_last) {
  const std::string value = rows.own("value");
  std::string order = value + " IS NULL";
  for (const std::string& column : rows.arrival) order += fmt::format(", {}{}", column, is_last ? " DESC" : "");
  return {name, fmt::format("CASE WHEN ROW_NUMBER() OVER (PARTITION BY {}, {} ORDER BY {}) = 1 THEN {} END", rows.key,
                            rows.own("seen_us"), order, value)};
}

Framing positions(const WindowRows& rows, const WindowSpec& window) {
  const bool needs_first = rows.aggregation != Aggregation::kLast, needs_last = rows.aggregation != Aggregation::kFirst;
  const std::string opening = rows.own("opening"), closing = rows.own("closing"), frame = frame_of(window);
  Framing out;
  out.sql = aggregation_sql(rows);
  out.sql.layers.clear();
  out.prepared.resize(1);
  const auto add = [&](const std::string& name, bool is_last, std::string_view result, std::string_view function) {
    if (rows.arrival.empty()) {
      out.prepared[0].emplace_back(name, rows.own("value"));
    } else {
      out.prepared[0].push_back(one_of_time(rows, name, is_last));
    }
    out.read.push_back(name);
    out.columns.push_back({rows.own(result), fmt::format("{}({} IGNORE NULLS)", function, name), frame});
  };
  if (needs_first) add(opening, false, "earliest", "FIRST_VALUE");
  if (needs_last) add(closing, true, "latest", "LAST_VALUE");
  if (rows.aggregation != Aggregation::kRate) return out;
  const std::string seen = fmt::format("CASE WHEN {} IS NOT NULL THEN {} END", opening, rows.own("seen_us"));
  out.columns.push_back({rows.own("earliest_us"), fmt::format("MIN({})", seen), frame});
  out.columns.push_back({rows.own("latest_us"), fmt::format("MAX({})", seen), frame});
  return out;
}

/// Sums over frames stand where they have kept their digits.
void guard_sum(const WindowRows& rows, const std::string& sum, const std::string& magnitude, const std::string& result,
               Framing& out) {
  const std::string is_finite = finite(rows.dialect, sum) + " IS NOT NULL";
  guard(rows,
        fmt::format("{0} IS NULL OR {1} = 0 OR ({2} AND {1} >= {3} AND ABS({0}) >= {1} * {4})", sum, magnitude,
                    is_finite, number(rows, kSoundMin), number(rows, kSoundShare)),
        result, out);
}

/// A value holds from its event to the next one. Each event closes the piece before it; the window's sum is that of the
/// pieces closed in it, less what of the first one lies before the window, and the piece that is open at the instant.
/// Widths are shares of the window, and a piece counts for no more than the whole.
Framing time_weighted_mean(const WindowRows& rows, const WindowSpec& window) {
  const bool has_size = is_sized(window);
  const int64_t size = has_size ? window.size.us : int64_t{1} << 52;
  const std::string value = rows.own("value"), seen = rows.own("seen_us"), instant = rows.own("event_us");
  const std::string held = rows.own("held"), held_us = rows.own("held_us"), area = rows.own("area"),
                    holds = rows.own("holds");

  const auto share = [&](const std::string& width) {
    return fmt::format("({} / {})", cast(rows.dialect, width, ScalarType::kDouble),
                       number(rows, static_cast<double>(size)));
  };
  const auto at_most = [&](const std::string& width) {
    return has_size ? fmt::format("LEAST({}, {})", width, size) : width;
  };

  // What held until the event, since when, and its area; the last event of a key holds on.
  std::string order = seen;
  for (const std::string& column : rows.arrival) order += ", " + column;
  const auto before = [&](const std::string& column) {
    return fmt::format("LAG({}) OVER (PARTITION BY {} ORDER BY {})", column, rows.key, order);
  };
  Framing out;
  out.prepared = {{{held, before(real(rows, value, rows.type))},
                   {held_us, before(seen)},
                   {holds, fmt::format("CASE WHEN {0} > {1} OR {0} IS NULL THEN {2} END", rows.own("until_us"), seen,
                                       real(rows, value, rows.type))}},
                  {{area, fmt::format("{} * {}", held, share(at_most(fmt::format("{} - {}", seen, held_us))))}}};
  out.read = {area, holds};

  const std::string closed = rows.own("closed"), bulk = rows.own("bulk"), first_us = rows.own("first_us"),
                    now = rows.own("now_value"), now_us = rows.own("now_us"), start_us = rows.own("start_us"),
                    outer = rows.own("outer_value"), outer_us = rows.own("outer_us");
  const std::string frame = frame_of(window), latest = fmt::format("LAST_VALUE({} IGNORE NULLS)", holds),
                    newest = fmt::format("MAX({})", seen), oldest = fmt::format("MIN({})", seen);
  out.columns = {{closed, sum_of_doubles(rows.dialect, area), frame},
                 {bulk, sum_of_doubles(rows.dialect, fmt::format("ABS({})", area)), frame},
                 {now, latest, kUpToNow},
                 {now_us, newest, kUpToNow},
                 {start_us, oldest, kUpToNow}};

  // A window with a size begins inside a piece: what of it lies before is taken off.
  std::string from = start_us, open_from = now_us, over = number(rows, 0.0);
  if (has_size) {
    const std::string outside = fmt::format("RANGE BETWEEN UNBOUNDED PRECEDING AND {} PRECEDING", size);
    out.columns.push_back({first_us, oldest, frame});
    out.columns.push_back({outer, latest, outside});
    out.columns.push_back({outer_us, newest, outside});
    from = fmt::format("GREATEST({}, {} - {})", start_us, instant, size);
    open_from = fmt::format("GREATEST({}, {} - {})", now_us, instant, size);
    const std::string width = fmt::format("{} - ({} - ({} - {}))", at_most(fmt::format("{} - {}", first_us, outer_us)),
                                          first_us, instant, size);
    over = fmt::format("COALESCE({} * {}, {})", outer, share(width), number(rows, 0.0));
  }

  const std::string sum = rows.own("sum"), magnitude = rows.own("magnitude"), total = rows.own("total"),
                    open = fmt::format("{} * {}", now, share(fmt::format("{} - {}", instant, open_from)));
  const std::string zero = number(rows, 0.0);
  out.after = {
      {{rows.own("over"), over}, {rows.own("open"), open}, {total, share(fmt::format("{} - {}", instant, from))}},
      {{sum, fmt::format("COALESCE({}, {}) - {} + {}", closed, zero, rows.own("over"), rows.own("open"))},
       {magnitude,
        fmt::format("COALESCE({}, {}) + ABS({}) + ABS({})", bulk, zero, rows.own("over"), rows.own("open"))}}};
  guard_sum(rows, sum, magnitude, fmt::format("{} / NULLIF({}, 0)", sum, total), out);
  return out;
}

/// Weights grow with time from the start of a block of half-lives; a window touches two blocks at most, an even and an
/// odd one, and the sums of the older one count 2^-400 of the newer's.
Framing ewma(const WindowRows& rows, const WindowSpec& window) {
  const int64_t half_life = rows.params.half_life.us, block = half_life * kBlockHalfLives;
  const std::string seen = rows.own("seen_us"), weight = rows.own("weight"), is_even = rows.own("is_even");
  const std::string value = real(rows, rows.own("value"), rows.type);
  const auto even = [&](const std::string& us) {
    return fmt::format("{} < {}", floor_modulo(rows.dialect, us, 2 * block), block);
  };

  Framing out;
  out.prepared = {
      {{weight,
        fmt::format("CASE WHEN {} IS NOT NULL THEN POWER({}, {} / {}) END", rows.own("value"), number(rows, 2.0),
                    cast(rows.dialect, floor_modulo(rows.dialect, seen, block), ScalarType::kDouble),
                    number(rows, static_cast<double>(half_life)))},
       {is_even, even(seen)}}};
  out.read = {rows.own("value"), weight, is_even};

  // Sums of values, magnitudes and weights, each over the even and the odd blocks.
  const std::string frame = frame_of(window), newest = rows.own("newest_us");
  const auto add = [&](std::string_view name, const std::string& text) {
    for (const bool of_even : {true, false}) {
      const std::string column = rows.own(fmt::format("{}_{}", of_even ? "even" : "odd", name));
      const std::string chosen = fmt::format("CASE WHEN {}{} THEN {} END", of_even ? "" : "NOT ", is_even, text);
      out.columns.push_back({column, sum_of_doubles(rows.dialect, chosen), frame});
    }
  };
  add("area", fmt::format("{} * {}", value, weight));
  add("bulk", fmt::format("ABS({} * {})", value, weight));
  add("weight", weight);
  out.columns.push_back({newest, fmt::format("MAX(CASE WHEN {} IS NOT NULL THEN {} END)", weight, seen), frame});

  const auto both = [&](std::string_view name) {
    const std::string odd = rows.own(fmt::format("odd_{}", name)), evens = rows.own(fmt::format("even_{}", name));
    return fmt::format("CASE WHEN {0} THEN {1} + COALESCE({2} * {3}, 0) ELSE {2} + COALESCE({1} * {3}, 0) END",
                       even(newest), evens, odd, number(rows, std::ldexp(1.0, -static_cast<int>(kBlockHalfLives))));
  };
  const std::string sum = rows.own("sum"), magnitude = rows.own("magnitude"), weights = rows.own("weights");
  out.after = {{{sum, both("area")}, {magnitude, both("bulk")}, {weights, both("weight")}}};
  guard_sum(rows, sum, magnitude, fmt::format("{} / {}", sum, weights), out);
  return out;
}

bool fits_blocks(const WindowRows& rows, const WindowSpec& window) {
  const int64_t half_life = rows.params.half_life.us;
  return is_sized(window) && half_life > 0 && half_life < (int64_t{1} << 52) &&
         window.size.us <= half_life * kBlockHalfLives;
}

bool has_panes(const WindowSpec& window) {
  return window.kind == WindowSpec::Kind::kSession || window.kind == WindowSpec::Kind::kTumbling;
}

/// An instant belongs to the session of the event before it, as long as that is not over; else to none, where no events
/// are. A tumbling window's events belong to the instants from its end until the next one's.
std::string pane_of(const WindowRows& rows, const WindowSpec& window) {
  const std::string instant = rows.own("event_us");
  if (window.kind == WindowSpec::Kind::kSession) {
    const std::string so_far = fmt::format("OVER (PARTITION BY {} ORDER BY {} {})", rows.key, instant, kUpToNow);
    return fmt::format("CASE WHEN {} - MAX({}) {} <= {} THEN SUM({}) {} ELSE 0 END", instant, rows.own("seen_us"),
                       so_far, window.size.us, rows.own("is_start"), so_far);
  }
  const std::string shifted = window.offset.us == 0 ? instant : fmt::format("{} - {}", instant, window.offset.us);
  const std::string start = fmt::format("{} - {}", instant, floor_modulo(rows.dialect, shifted, window.size.us));
  return fmt::format("CASE WHEN {0} THEN {1} ELSE {1} + {2} END", rows.own("is_asked"), start, window.size.us);
}

std::optional<Framing> framed(const WindowRows& rows, const WindowSpec& window) {
  const bool is_duckdb = rows.dialect == SqlDialect::kDuckDb;
  switch (rows.aggregation) {
    case Aggregation::kCount:
    case Aggregation::kSum:
    case Aggregation::kMean:
    case Aggregation::kMin:
    case Aggregation::kMax:
    case Aggregation::kRange:
    case Aggregation::kHistogram: return plain(rows, window);

    case Aggregation::kAny:
    case Aggregation::kAll:
      if (rows.dialect == SqlDialect::kSnowflake) break;
      return plain(rows, window);

    case Aggregation::kFirst:
    case Aggregation::kLast:
    case Aggregation::kDelta:
    case Aggregation::kRate:
      if (!has_positions(rows, window)) break;
      return positions(rows, window);
    case Aggregation::kMedian:
    case Aggregation::kPercentile:
      if (!is_duckdb) break;
      return quantile(rows, window);

    case Aggregation::kTimeWeightedMean:
      if (!has_positions(rows, window) || has_panes(window)) break;
      return time_weighted_mean(rows, window);
    case Aggregation::kEwma:
      if (!is_duckdb || !fits_blocks(rows, window)) break;
      return ewma(rows, window);

    case Aggregation::kVariance:
    case Aggregation::kVariancePop:
    case Aggregation::kStddev:
    case Aggregation::kStddevPop:
      if (!is_duckdb) break;
      return framed_spread(rows, window);
    case Aggregation::kCovariance:
    case Aggregation::kCorrelation:
      if (!is_duckdb) break;
      return framed_pair(rows, window);

    case Aggregation::kSkewness:
    case Aggregation::kKurtosis:
    case Aggregation::kCountDistinct:
    case Aggregation::kFirstK:
    case Aggregation::kLastK:
    case Aggregation::kMode:
    case Aggregation::kTopK:
    case Aggregation::kApproxCountDistinct:
    case Aggregation::kApproxPercentile: break;
  }
  return std::nullopt;
}

}  // namespace

std::string frame_of(const WindowSpec& window) {
  if (!is_sized(window)) return kUpToNow;
  const bool has_low = window.closed == Closed::kLeft || window.closed == Closed::kBoth;
  const bool has_high = window.closed == Closed::kRight || window.closed == Closed::kBoth;
  const int64_t first = window.offset.us + window.size.us - (has_low ? 0 : 1);
  const int64_t last = window.offset.us + (has_high ? 0 : 1);
  const std::string end = last == 0 ? "CURRENT ROW" : fmt::format("{} PRECEDING", last);
  return fmt::format("RANGE BETWEEN {} PRECEDING AND {}", first, end);
}

void guard(const WindowRows& rows, const std::string& is_sound, const std::string& result, Framing& out) {
  const AggregationSql looked_at = aggregation_sql(rows);
  out.sql.is_sound = is_sound;
  out.sql.exact_rows = looked_at.layers;
  out.sql.exact_grouped = looked_at.grouped;
  out.sql.exact_layers = {{{rows.own("looked_at"), looked_at.result}}};
  out.sql.result = fmt::format("CASE WHEN {} THEN {} ELSE {} END", is_sound, result, rows.own("looked_at"));
  out.sql.may_be_infinite = true;
}

std::optional<Framing> framing(const WindowRows& rows, const WindowSpec& window) {
  if (window.kind == WindowSpec::Kind::kLast) return std::nullopt;
  std::optional<Framing> out = framed(rows, window);
  if (!out || !has_panes(window)) return out;
  out->pane = pane_of(rows, window);
  if (window.kind == WindowSpec::Kind::kSession) out->read.push_back(rows.own("is_start"));
  return out;
}

}  // namespace headrace::sql
