#pragma once

/// Bytes as text (RFC 4648, section 4), for bytes that are no text in a format that holds only text.

#include <string>
#include <string_view>

namespace headrace {

std::string to_base64(std::string_view bytes);

}  // namespace headrace
