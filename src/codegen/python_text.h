#pragma once

/// Pieces of Python source, for all generators that write Python. Internal to codegen/.

#include "data/value.h"
#include "plan/plan.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

/// A Python string literal in double quotes, on one line. What a reader would not see is escaped.
std::string python_string(std::string_view text);

/// The same in the quotes that need fewer escapes, as Python's formatter wants it.
std::string formatted_python_string(std::string_view text);

/// A literal: None, True, 12, 0.1, "text", microseconds of times and durations. REQUIRES: not a list.
std::string python_literal(const Value& value);

/// 3_600_000_000, grouped by thousands from five digits on.
std::string python_int(int64_t value);

/// A tuple: "()", "(a,)", "(a, b)".
std::string python_tuple(const std::vector<std::string>& items);

/// Text that may stand in a docstring or a comment: one line, no backslashes and double quotes, all of it visible.
std::string docstring_text(std::string_view text);

/// `float | None` for a double, ...
std::string_view python_type(ScalarType type);

/// "PumpEfficiency24h" of "pump_efficiency_24h".
std::string camel_case(std::string_view name);
/// "PUMP_TELEMETRY" of "pump_telemetry".
std::string upper_case(std::string_view name);

/// Gives out names that are identifiers, no keywords, and each only once.
class PythonNames {
 public:
  explicit PythonNames(std::set<std::string> reserved) : taken_(std::move(reserved)) {}

  /// The wanted name as near as possible; `suffix` makes a taken one different.
  std::string take(std::string_view wanted, std::string_view suffix);

 private:
  std::set<std::string> taken_;
};

}  // namespace headrace
