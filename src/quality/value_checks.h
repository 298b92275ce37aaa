#pragma once

/// The checks themselves, over one column of values. Private to quality; use quality_sink.h.

#include "quality/failure_log.h"

#include <memory>
#include <string>

namespace headrace {

/// One batch as a check sees it.
struct CheckedRows {
  RowNames names;
  const Column* values = nullptr;      // of the feature, before `default`
  const Column* holds = nullptr;       // bool, of the formula; for `expression` only
  const uint32_t* entities = nullptr;  // a number for each row's entity; where needs_entities()
};

class ValueCheck {
 public:
  virtual ~ValueCheck() = default;
  virtual void look(const CheckedRows& rows) = 0;
  virtual bool needs_entities() const { return false; }
  /// Why there is no verdict; empty: there is one.
  virtual std::string gave_up() const { return {}; }
  const FailureLog& log() const { return log_; }

 protected:
  FailureLog log_;
};

/// Null for types that are not evaluated at backfill. `unique_bytes_max` bounds the memory of `unique`.
std::unique_ptr<ValueCheck> make_value_check(const QualityCheck& check, const Type& type, int64_t unique_bytes_max);

std::unique_ptr<ValueCheck> make_unique_check(const Type& type, int64_t bytes_max);
std::unique_ptr<ValueCheck> make_monotonic_check(ScalarType type);
std::unique_ptr<ValueCheck> make_allowed_values_check(ScalarType type, const std::vector<Value>& values);

/// The least share of values that must be good.
double required_fraction(const QualityCheck& check);

/// The condition for people: "0.4 <= value <= 1".
std::string condition_text(const QualityCheck& check);

/// How many rows are there.
int64_t count_valid(const Column& column);

}  // namespace headrace
