#pragma once

/// What a token may do. Each role includes those before it.

#include <array>
#include <optional>
#include <string_view>

namespace headrace {

enum class Role {
  kNone,   // for routes: everybody, also without a token
  kRead,   // definitions, values, metrics
  kWrite,  // also events
  kAdmin,  // also the server itself
};
inline constexpr std::array kTokenRoles = {Role::kRead, Role::kWrite, Role::kAdmin};

std::string_view to_string(Role role);
/// Nothing for words that are no role of a token.
std::optional<Role> role_from_string(std::string_view word);

inline bool includes(Role held, Role needed) { return static_cast<int>(held) >= static_cast<int>(needed); }

}  // namespace headrace
