// Third moments that cancel, in twice the digits of a double: an exact product is a rounded one and its error (T. J.
// Dekker, "A floating-point technique for extending the available precision", 1971).
#include "codegen/sql/moments_sql.h"

#include <fmt/format.h>

#include <cmath>

namespace headrace::sql {

void add_exact_skewness(const WindowRows& rows, AggregationSql& out) {
  const auto number = [](double value) { return double_literal(SqlDialect::kDuckDb, value); };
  const auto over = [&](const std::string& aggregate) {
    return fmt::format("{} OVER (PARTITION BY {})", aggregate, rows.instant);
  };
  const auto own = [&](std::string_view base) { return rows.own(base); };
  const std::string value = own("value"), low = own("low"), high = own("high"), n = own("n");
  const std::string v = own("scaled"), c = own("scaled_center"), d = own("d"), e = own("d_error"), r = own("d_rest");
  const std::string p = own("square"), pe = own("square_error"), q = own("cube"), qe = own("cube_error");
  const std::string dh = own("d_high"), dl = own("d_low"), ph = own("square_high"), pl = own("square_low");
  const std::string up = number(std::ldexp(1.0, 524)), down = number(std::ldexp(1.0, -524));
  const auto high_half = [&](const std::string& x) {
    return fmt::format("{0} * {1} - ({0} * {1} - {0})", x, number(134217729.0));
  };

  out.grouped.emplace_back(own("magnitude"), sum_of_doubles(rows.dialect, fmt::format("POWER(ABS({} - {}), 3)",
                                                                                      own("unit"), own("center"))));
  out.is_sound = fmt::format("{} < 3 OR {} = {} OR ABS({}) >= {} * {}", n, low, high, own("sum_3"), own("magnitude"),
                             number(1e-5));

  // Differences from the mean with what rounding left out of them, then their squares and cubes in the same way.
  const std::string real = rows.type == ScalarType::kDouble ? value : cast(rows.dialect, value, ScalarType::kDouble);
  out.exact_rows = {
      {{v, fmt::format("{} * POWER({}, LEAST(1000, -CEIL(LOG2(GREATEST(ABS({}), ABS({}))))))", real, number(2.0), low,
                       high)}},
      {{c, over(fmt::format("AVG({})", v))}},
      {{d, fmt::format("{} - {}", v, c)}},
      {{e, fmt::format("({0} - ({1} - ({1} - {0}))) - ({2} + ({1} - {0}))", v, d, c)}},
      {{r, fmt::format("{} - (CAST({} AS DOUBLE) * {} + {}) / {}", e,
                       over(fmt::format("SUM(CAST({} * {} AS BIGNUM))", d, up)), down, over(fmt::format("SUM({})", e)),
                       over(fmt::format("COUNT({})", d)))},
       {p, fmt::format("{0} * {0}", d)},
       {dh, high_half(d)}},
      {{dl, fmt::format("{} - {}", d, dh)}, {q, fmt::format("{} * {}", p, d)}, {ph, high_half(p)}},
      {{pl, fmt::format("{} - {}", p, ph)},
       {pe, fmt::format("(({0} * {0} - {1}) + 2 * {0} * {2}) + {2} * {2}", dh, p, dl)}},
      {{qe, fmt::format("((({0} * {1} - {2}) + {3} * {1}) + {0} * {4}) + {3} * {4}", ph, dh, q, pl, dl)}}};

  const std::string cubes = own("cubes"), rest = own("cubes_rest"), squares = own("squares"),
                    count = own("count_exact");
  out.exact_grouped = {
      {count, fmt::format("COUNT({})", d)},
      {cubes, fmt::format("SUM(CAST({} * {} AS BIGNUM))", q, up)},
      {rest, sum_of_doubles(rows.dialect,
                            fmt::format("{0} + {1} * {2} + 3 * {3} * {4} + 3 * {2} * {4} * {4}", qe, pe, d, p, r))},
      {squares, sum_of_doubles(rows.dialect, fmt::format("{} + 2 * {} * {}", p, d, r))}};
  out.exact_layers = {
      {{own("exact_skewness"),
        fmt::format("SQRT({0} * ({0} - 1.0e0)) / ({0} - 2) * ((CAST({1} AS DOUBLE) * {2} + {3}) / {0}) / "
                    "POWER(NULLIF({4} / {0}, 0), 1.5e0)",
                    count, cubes, down, rest, squares)}}};

  out.result = fmt::format("CASE WHEN {} THEN {} ELSE {} END", out.is_sound, out.result, own("exact_skewness"));
}

}  // namespace headrace::sql
