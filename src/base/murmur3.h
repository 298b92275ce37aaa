#pragma once

/// MurmurHash3, 32 bits, seed 0 (Appleby's MurmurHash3_x86_32): the hash by which Feast names fields in Redis.

#include <cstdint>
#include <string_view>

namespace headrace {

uint32_t murmur3(std::string_view text);

}  // namespace headrace
