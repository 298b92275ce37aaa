#pragma once

/// An integer of many bytes as decimal digits.

#include <string>
#include <string_view>

namespace headrace {

/// Of two's complement, big-endian, with `scale` digits behind the point: "-0.05". REQUIRES: bytes are not empty, scale >= 0.
std::string decimal_text(std::string_view bytes, int scale);

}  // namespace headrace
