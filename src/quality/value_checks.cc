#include "quality/value_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

namespace headrace {
namespace {

/// Rows of which one pass without nulls decides whether a second one is needed.
constexpr int64_t kBlockRows = 1024;

template <typename T>
int64_t count_outside(const T* values, int64_t rows, double low, double high) {
  int64_t outside = 0;
  for (int64_t i = 0; i < rows; ++i) {
    const auto value = static_cast<double>(values[i]);
    outside += static_cast<int64_t>(value < low) | static_cast<int64_t>(value > high);
  }
  return outside;
}

class RangeCheck : public ValueCheck {
 public:
  RangeCheck(std::optional<double> low, std::optional<double> high)
      : low_(low.value_or(-std::numeric_limits<double>::infinity())),
        high_(high.value_or(std::numeric_limits<double>::infinity())) {}

  void look(const CheckedRows& rows) override {
    log_.look_at(count_valid(*rows.values));
    if (rows.values->type.scalar == ScalarType::kDouble) {
      look_at_values(rows, rows.values->doubles());
    } else {
      look_at_values(rows, rows.values->int64s());
    }
  }

 private:
  template <typename T>
  void look_at_values(const CheckedRows& rows, const T* values) {
    for (int64_t start = 0; start < rows.values->length; start += kBlockRows) {
      const int64_t count = std::min(kBlockRows, rows.values->length - start);
      if (count_outside(values + start, count, low_, high_) == 0) continue;
      for (int64_t row = start; row < start + count; ++row) {
        if (!rows.values->is_valid(row)) continue;
        const auto value = static_cast<double>(values[row]);
        const double distance = std::max(low_ - value, value - high_);
        if (distance > 0) log_.fail(rows.names, *rows.values, row, distance, "");
      }
    }
  }

  double low_;
  double high_;
};

/// completeness and not_null.
class NullCheck : public ValueCheck {
 public:
  void look(const CheckedRows& rows) override {
    const int64_t length = rows.values->length;
    const int64_t nulls = length - count_valid(*rows.values);
    log_.look_at(length);
    int64_t seen = 0;
    for (int64_t row = 0; row < length && seen < nulls && !log_.is_full(); ++row) {
      if (rows.values->is_valid(row)) continue;
      ++seen;
      log_.fail(rows.names, *rows.values, row, 0.0, "");
    }
    log_.fail_unseen(nulls - seen);
  }
};

class ExpressionCheck : public ValueCheck {
 public:
  void look(const CheckedRows& rows) override {
    log_.look_at(count_valid(*rows.holds));
    for (int64_t row = 0; row < rows.holds->length; ++row) {
      if (rows.holds->bool_at(row) || !rows.holds->is_valid(row)) continue;
      log_.fail(rows.names, *rows.values, row, 0.0, "");
    }
  }
};

/// 0.4, but 1 for 1.0.
std::string number_text(double value) {
  std::string text = format_double(value);
  if (text.ends_with(".0")) text.resize(text.size() - 2);
  return text;
}

std::string range_text(const QualityCheck& check) {
  std::string text = "value";
  if (check.low) text = number_text(*check.low) + " <= value";
  if (check.high) text += " <= " + number_text(*check.high);
  return check.min_fraction < 1.0 ? fmt::format("{}, at least {} of them", text, number_text(check.min_fraction))
                                  : text;
}

std::string allowed_text(const std::vector<Value>& values) {
  constexpr size_t kShownMax = 6;
  std::string text = "value in [";
  for (size_t i = 0; i < std::min(values.size(), kShownMax); ++i) text += (i > 0 ? ", " : "") + to_json(values[i]);
  if (values.size() > kShownMax) text += fmt::format(", … {} more", values.size() - kShownMax);
  return text + "]";
}

std::string volume_text(const QualityCheck& check) {
  std::string text = "events";
  if (check.volume_min) text = fmt::format("{} <= events", *check.volume_min);
  if (check.volume_max) text += fmt::format(" <= {}", *check.volume_max);
  return text + " per " + to_string(check.per);
}

}  // namespace

int64_t count_valid(const Column& column) {
  if (column.validity == nullptr) return column.length;
  int64_t count = 0;
  int64_t row = 0;
  while (row < column.length && ((column.offset + row) & 7) != 0) count += column.is_valid(row++) ? 1 : 0;
  for (; row + 64 <= column.length; row += 64) {
    uint64_t word = 0;
    std::memcpy(&word, column.validity + ((column.offset + row) >> 3), sizeof word);
    count += std::popcount(word);
  }
  while (row < column.length) count += column.is_valid(row++) ? 1 : 0;
  return count;
}

double required_fraction(const QualityCheck& check) {
  switch (check.type) {
    case QualityCheck::Type::kRange: return check.min_fraction;
    case QualityCheck::Type::kCompleteness: return check.threshold;
    case QualityCheck::Type::kFreshness:
    case QualityCheck::Type::kAllowedValues:
    case QualityCheck::Type::kUnique:
    case QualityCheck::Type::kNotNull:
    case QualityCheck::Type::kMonotonic:
    case QualityCheck::Type::kVolume:
    case QualityCheck::Type::kDrift:
    case QualityCheck::Type::kExpression: return 1.0;
  }
  return 1.0;
}

std::string condition_text(const QualityCheck& check) {
  switch (check.type) {
    case QualityCheck::Type::kRange: return range_text(check);
    case QualityCheck::Type::kCompleteness:
      return fmt::format("at least {} of the values are there", number_text(check.threshold));
    case QualityCheck::Type::kFreshness: return "newest event at most " + to_string(check.max_age) + " old";
    case QualityCheck::Type::kAllowedValues: return allowed_text(check.values);
    case QualityCheck::Type::kUnique: return "no value twice";
    case QualityCheck::Type::kNotNull: return "no nulls";
    case QualityCheck::Type::kMonotonic: return "never falls";
    case QualityCheck::Type::kVolume: return volume_text(check);
    case QualityCheck::Type::kDrift:
      return fmt::format("{} against {} at most {}", check.metric, to_string(check.reference),
                         number_text(check.threshold));
    case QualityCheck::Type::kExpression: return check.formula_text;
  }
  return {};
}

std::unique_ptr<ValueCheck> make_value_check(const QualityCheck& check, const Type& type, int64_t unique_bytes_max) {
  switch (check.type) {
    case QualityCheck::Type::kRange: return std::make_unique<RangeCheck>(check.low, check.high);
    case QualityCheck::Type::kCompleteness:
    case QualityCheck::Type::kNotNull: return std::make_unique<NullCheck>();
    case QualityCheck::Type::kAllowedValues: return make_allowed_values_check(type.scalar, check.values);
    case QualityCheck::Type::kUnique: return make_unique_check(type, unique_bytes_max);
    case QualityCheck::Type::kMonotonic: return make_monotonic_check(type.scalar);
    case QualityCheck::Type::kExpression: return std::make_unique<ExpressionCheck>();
    case QualityCheck::Type::kFreshness:
    case QualityCheck::Type::kVolume:
    case QualityCheck::Type::kDrift: return nullptr;
  }
  return nullptr;
}

}  // namespace headrace
