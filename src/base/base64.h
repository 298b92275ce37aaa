#pragma once

/// Bytes as text (RFC 4648, section 4), for bytes that are no text in a format that holds only text.

#include <optional>
#include <string>
#include <string_view>

namespace headrace {

std::string to_base64(std::string_view bytes);
/// Nothing for a text that is none of to_base64().
std::optional<std::string> from_base64(std::string_view text);

}  // namespace headrace
