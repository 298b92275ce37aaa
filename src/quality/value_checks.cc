#include "quality/value_checks.h"

#include "base/overloaded.h"

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

std::string range_text(const checks::Range& range) {
  std::string text = "value";
  if (range.low) text = number_text(*range.low) + " <= value";
  if (range.high) text += " <= " + number_text(*range.high);
  return range.min_fraction < 1.0 ? fmt::format("{}, at least {} of them", text, number_text(range.min_fraction))
                                  : text;
}

std::string allowed_text(const std::vector<Value>& values) {
  constexpr size_t kShownMax = 6;
  std::string text = "value in [";
  for (size_t i = 0; i < std::min(values.size(), kShownMax); ++i) text += (i > 0 ? ", " : "") + to_json(values[i]);
  if (values.size() > kShownMax) text += fmt::format(", … {} more", values.size() - kShownMax);
  return text + "]";
}

std::string volume_text(const checks::Volume& volume) {
  std::string text = "events";
  if (volume.min) text = fmt::format("{} <= events", *volume.min);
  if (volume.max) text += fmt::format(" <= {}", *volume.max);
  return volume.per.us == 0 ? text + " in all" : text + " per " + to_string(volume.per);
}

std::string drift_text(const checks::Drift& drift) {
  return fmt::format("{} against {} at most {}", to_string(drift.metric), to_string(drift.reference),
                     number_text(drift.threshold));
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
  if (const auto* range = std::get_if<checks::Range>(&check.condition)) return range->min_fraction;
  if (const auto* completeness = std::get_if<checks::Completeness>(&check.condition)) return completeness->threshold;
  return 1.0;
}

std::string condition_text(const QualityCheck& check) {
  return std::visit(Overloaded{
                        [](const checks::Range& range) { return range_text(range); },
                        [](const checks::Completeness& completeness) {
                          return fmt::format("at least {} of the values are there",
                                             number_text(completeness.threshold));
                        },
                        [](const checks::Freshness& freshness) {
                          return "newest event at most " + to_string(freshness.max_age) + " old";
                        },
                        [](const checks::AllowedValues& allowed) { return allowed_text(allowed.values); },
                        [](const checks::Unique&) { return std::string("no value twice"); },
                        [](const checks::NotNull&) { return std::string("no nulls"); },
                        [](const checks::Monotonic&) { return std::string("never falls"); },
                        [](const checks::Volume& volume) { return volume_text(volume); },
                        [](const checks::Drift& drift) { return drift_text(drift); },
                        [](const checks::Expression& expression) { return expression.text; },
                    },
                    check.condition);
}

std::unique_ptr<ValueCheck> make_value_check(const QualityCheck& check, const Type& type, int64_t unique_bytes_max) {
  using Made = std::unique_ptr<ValueCheck>;
  return std::visit(
      Overloaded{
          [](const checks::Range& range) -> Made { return std::make_unique<RangeCheck>(range.low, range.high); },
          [](const checks::Completeness&) -> Made { return std::make_unique<NullCheck>(); },
          [](const checks::NotNull&) -> Made { return std::make_unique<NullCheck>(); },
          [&](const checks::AllowedValues& allowed) { return make_allowed_values_check(type.scalar, allowed.values); },
          [&](const checks::Unique&) { return make_unique_check(type, unique_bytes_max); },
          [&](const checks::Monotonic&) { return make_monotonic_check(type.scalar); },
          [](const checks::Expression&) -> Made { return std::make_unique<ExpressionCheck>(); },
          [](const checks::Freshness&) -> Made { return nullptr; },
          [](const checks::Volume&) -> Made { return nullptr; },
          [](const checks::Drift&) -> Made { return nullptr; },
      },
      check.condition);
}

}  // namespace headrace
