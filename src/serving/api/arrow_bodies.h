#pragma once

/// Bodies in Arrow's stream format, for servers that speak it; the API itself knows no Arrow.

#include "serving/api/live_values.h"

#include <string>
#include <string_view>
#include <vector>

namespace headrace {

inline constexpr std::string_view kArrowBodyType = "application/vnd.apache.arrow.stream";

/// Thread-safe.
class ArrowBodies {
 public:
  virtual ~ArrowBodies() = default;
  /// The rows of a stream as JSON objects, one a line.
  virtual ApiOr<std::string> events(std::string_view stream) const = 0;
  /// A row for each entity: its keys, the features, then `FEATURE.event_time` and `FEATURE.null_reason` of each.
  /// `types`: of the features.
  virtual ApiOr<std::string> answer(const ReadAnswer& answer, const std::vector<Type>& types) const = 0;
};

}  // namespace headrace
