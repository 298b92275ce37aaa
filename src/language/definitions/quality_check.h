#pragma once

/// What must hold of a feature's values, or of the rows of a source: ten types of checks, each with its own parameters.
///
/// Visit a condition with Overloaded (base/overloaded.h), so that the compiler names the type that was forgotten.
/// Values; any thread may read them.

#include "compute/expressions/expr.h"
#include "language/diagnostics/diagnostic.h"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace headrace {

/// How the distance of two distributions is measured.
enum class DriftMetric { kPsi, kKolmogorovSmirnov, kJensenShannon, kWasserstein };
/// "psi", "ks", "js", "wasserstein".
std::string_view to_string(DriftMetric metric);

namespace checks {

/// Non-null values lie between the ends; an absent end allows everything on its side.
struct Range {
  std::optional<double> low, high;
  double min_fraction = 1.0;  // of the values that must
};
/// At least this share of the values is not null.
struct Completeness {
  double threshold = 0.0;
};
/// The newest event is at most this old. Of a source; of a feature a server would have to look.
struct Freshness {
  Duration max_age;
};
/// Non-null values are among these, which have the feature's type.
struct AllowedValues {
  std::vector<Value> values;
};
struct Unique {};
struct NotNull {};
/// An entity's values never fall.
struct Monotonic {};
/// So many events in each stretch of time.
struct Volume {
  std::optional<int64_t> min, max;
  Duration per;  // of a source, zero: all rows together
};
/// The distribution stays near that of the time before.
struct Drift {
  DriftMetric metric = DriftMetric::kPsi;
  double threshold = 0.0;
  Duration reference;
};
/// A formula over `value` (a column reference with empty source) and the source features is not false; of a source, a
/// formula over its columns.
struct Expression {
  std::string text;  // as written
  ExprPtr formula;
};

}  // namespace checks

using CheckCondition =
    std::variant<checks::Range, checks::Completeness, checks::Freshness, checks::AllowedValues, checks::Unique,
                 checks::NotNull, checks::Monotonic, checks::Volume, checks::Drift, checks::Expression>;

/// The alternatives of CheckCondition, in their order.
enum class CheckType {
  kRange,
  kCompleteness,
  kFreshness,
  kAllowedValues,
  kUnique,
  kNotNull,
  kMonotonic,
  kVolume,
  kDrift,
  kExpression
};
/// "range", "allowed_values", as `type` says it.
std::string_view to_string(CheckType type);

struct QualityCheck {
  std::string name;  // as given, else its type, with a number when one type occurs twice
  bool is_error = true;
  CheckCondition condition;
  Span span;

  CheckType type() const { return static_cast<CheckType>(condition.index()); }
};

/// A check of a source's rows.
struct SourceCheck {
  QualityCheck check;
  std::string column;  // empty: it is about whole rows
};

}  // namespace headrace
