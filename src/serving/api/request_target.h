#pragma once

/// The target of a request, `/v1/features/pump%20a?owner=x`, taken apart and decoded.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headrace {

struct RequestTarget {
  std::vector<std::string> segments;  // of the path, decoded; "/" has none
  std::vector<std::pair<std::string, std::string>> query;

  /// The first value of the name.
  std::optional<std::string> parameter(std::string_view name) const;
};

/// Segments, and parameters of a query.
inline constexpr size_t kTargetPartsMax = 64;

/// Nothing, and what is wrong in `problem`, for a target that is no path: not from `/`, a `%` without two digits, no
/// UTF-8, control characters, a segment that is empty or `.` or `..`, or too many parts.
std::optional<RequestTarget> parse_target(std::string_view target, std::string& problem);

}  // namespace headrace
