#include "codegen/sql/framed_moments.h"

#include <fmt/format.h>

namespace headrace::sql {
namespace {

/// Squares of larger numbers may leave the doubles.
constexpr double kValueMax = 1e150;
/// A variance is sound when it is at least this share of the largest value's square, and no subnormal number.
constexpr double kSpreadShare = 1e-5;
constexpr double kSpreadMin = 1e-280;
/// Nearly uncorrelated values cancel.
constexpr double kPairShare = 1e-3;

/// The columns of one of the formulas.
struct FramedSide {
  std::string value, low, high, spread;

  FramedSide(const WindowRows& rows, std::string_view suffix, ScalarType type)
      : value(rows.own(fmt::format("value{}", suffix))),
        low(rows.own(fmt::format("low{}", suffix))),
        high(rows.own(fmt::format("high{}", suffix))),
        spread(rows.own(fmt::format("spread{}", suffix))),
        real_(type == ScalarType::kDouble ? value : cast(rows.dialect, value, ScalarType::kDouble)) {}

  std::string bounded(SqlDialect dialect) const {
    return fmt::format("CASE WHEN ABS({0}) < {1} THEN {0} END", real_, double_literal(dialect, kValueMax));
  }
  std::string is_constant() const { return fmt::format("{} = {}", low, high); }
  std::string is_sound(SqlDialect dialect) const {
    const std::string real = fmt::format("GREATEST(ABS(CAST({} AS DOUBLE)), ABS(CAST({} AS DOUBLE)))", low, high);
    return fmt::format("{0} < {1} AND {2} >= {3} AND {2} >= {4} * {0} * {0}", real, double_literal(dialect, kValueMax),
                       spread, double_literal(dialect, kSpreadMin), double_literal(dialect, kSpreadShare));
  }
  void add(SqlDialect dialect, const std::string& frame, Framing& out) const {
    out.read.push_back(value);
    out.columns.push_back({low, fmt::format("MIN({})", value), frame});
    out.columns.push_back({high, fmt::format("MAX({})", value), frame});
    out.columns.push_back({spread, fmt::format("VAR_POP({})", bounded(dialect)), frame});
  }

 private:
  std::string real_;
};

}  // namespace

Framing framed_spread(const WindowRows& rows, const WindowSpec& window) {
  const FramedSide side(rows, "", rows.type);
  const std::string n = rows.own("n"), frame = frame_of(window);
  const bool is_sample = rows.aggregation == Aggregation::kVariance || rows.aggregation == Aggregation::kStddev;
  const bool is_root = rows.aggregation == Aggregation::kStddev || rows.aggregation == Aggregation::kStddevPop;
  Framing out;
  side.add(rows.dialect, frame, out);
  out.columns.push_back({n, fmt::format("COUNT({})", side.value), frame});
  std::string result = is_sample ? fmt::format("{0} * ({1} / ({1} - 1))", side.spread, n) : side.spread;
  if (is_root) result = fmt::format("SQRT({})", result);
  guard(rows, fmt::format("{} = 0 OR {} OR ({})", n, side.is_constant(), side.is_sound(rows.dialect)),
        fmt::format("CASE WHEN {} < {} THEN NULL WHEN {} THEN {} ELSE {} END", n, is_sample ? 2 : 1, side.is_constant(),
                    double_literal(rows.dialect, 0.0), result),
        out);
  return out;
}

Framing framed_pair(const WindowRows& rows, const WindowSpec& window) {
  const FramedSide x(rows, "", rows.type), y(rows, "_2", rows.second_type);
  const std::string n = rows.own("n"), joint = rows.own("joint"), frame = frame_of(window);
  Framing out;
  x.add(rows.dialect, frame, out);
  y.add(rows.dialect, frame, out);
  out.columns.push_back({n, fmt::format("COUNT({})", x.value), frame});
  out.columns.push_back(
      {joint, fmt::format("COVAR_POP({}, {})", y.bounded(rows.dialect), x.bounded(rows.dialect)), frame});
  const std::string is_constant = fmt::format("{} OR {}", x.is_constant(), y.is_constant());
  const std::string size = fmt::format("(SQRT({}) * SQRT({}))", x.spread, y.spread);
  const std::string is_sound =
      fmt::format("{} = 0 OR {} OR ({} AND {} AND ABS({}) >= {} * {})", n, is_constant, x.is_sound(rows.dialect),
                  y.is_sound(rows.dialect), joint, double_literal(rows.dialect, kPairShare), size);
  const bool is_covariance = rows.aggregation == Aggregation::kCovariance;
  const std::string when_constant = is_covariance ? double_literal(rows.dialect, 0.0) : "NULL";
  const std::string result = is_covariance ? fmt::format("{0} * ({1} / ({1} - 1))", joint, n)
                                           : fmt::format("GREATEST(-1, LEAST(1, {} / {}))", joint, size);
  guard(rows, is_sound,
        fmt::format("CASE WHEN {} < 2 THEN NULL WHEN {} THEN {} ELSE {} END", n, is_constant, when_constant, result),
        out);
  return out;
}

}  // namespace headrace::sql
