#pragma once

/// The position of a lane whose feed counts what it brings: "OFFSET NAME", the offset after the last event, and of what.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace headrace {

std::string counted_position(int64_t offset, std::string_view name);
/// The offset of a position; nothing: it is of another name, or none.
std::optional<int64_t> offset_of_position(std::string_view position, std::string_view name);
/// The same position with another offset. REQUIRES: it is one.
std::string position_at(std::string_view position, int64_t offset);

}  // namespace headrace
