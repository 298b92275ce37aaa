#include "serving/api/entity_parameters.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

bool has_column(const EntityKey& entity, const std::string& column) {
  return std::any_of(entity.begin(), entity.end(), [&](const auto& each) { return each.first == column; });
}

}  // namespace

std::vector<std::string> values_of_query(const RequestTarget& target, std::string_view name) {
  std::vector<std::string> values;
  for (const auto& [each, value] : target.query) {
    if (each == name) values.push_back(value);
  }
  return values;
}

ApiOr<std::vector<EntityKey>> entities_of_query(const RequestTarget& target) {
  std::vector<EntityKey> entities;
  for (const std::string& text : values_of_query(target, "key")) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) {
      return ApiError{.code = "bad_request",
                      .message = fmt::format("`key` is a column and its value, and {} is none", quote_json(text)),
                      .help = "write it as key=pump_id=p7, once for each key column"};
    }
    std::string column = text.substr(0, equals);
    if (entities.empty() || has_column(entities.back(), column)) entities.emplace_back();
    entities.back().emplace_back(std::move(column), Value{text.substr(equals + 1)});
  }
  if (!entities.empty()) return entities;
  return ApiError{.code = "bad_request", .message = "`key` is missing", .help = "name the entity with key=pump_id=p7"};
}

ApiOr<std::optional<EventTime>> as_of_query(const RequestTarget& target) {
  const std::optional<std::string> text = target.parameter("as_of");
  if (!text) return std::optional<EventTime>();
  const auto time = parse_timestamp(*text);
  if (time) return time;
  return ApiError{.code = "bad_request",
                  .message = fmt::format("`as_of` is a time, and {} is none", quote_json(*text)),
                  .help = "write it as 2024-03-01T12:00:00Z"};
}

}  // namespace headrace
