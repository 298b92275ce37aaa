#include "engine/stream/counted_position.h"

#include "base/check.h"

#include <charconv>

namespace headrace {

std::string counted_position(int64_t offset, std::string_view name) {
  return std::to_string(offset) + " " + std::string(name);
}

std::optional<int64_t> offset_of_position(std::string_view position, std::string_view name) {
  int64_t offset = 0;
  const char* const end = position.data() + position.size();
  const auto [last, problem] = std::from_chars(position.data(), end, offset);
  if (problem != std::errc() || last == end || *last != ' ') return std::nullopt;
  return std::string_view(last + 1, end) == name ? std::optional(offset) : std::nullopt;
}

std::string position_at(std::string_view position, int64_t offset) {
  const size_t blank = position.find(' ');
  CHECK(blank != std::string_view::npos);
  return counted_position(offset, position.substr(blank + 1));
}

}  // namespace headrace
