#pragma once

/// Pushes of the log as keys and values of the store (rocks_event_log.h).

#include "engine/stream/event_log.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace headrace {

inline constexpr char kPushPrefix = 'p';
inline constexpr char kPositionPrefix = 'o';

std::string push_key(uint64_t number);
/// Where the position of the push's lane is kept.
std::string position_key(const LoggedPush& push);

/// What stands in front of the records, which end the bytes of a push.
std::string push_head(const LoggedPush& push);
std::string push_bytes(const LoggedPush& push);
/// Nothing where the bytes are none of push_bytes().
std::optional<LoggedPush> push_of(std::string_view value);

}  // namespace headrace
