#pragma once

/// How Feast's Redis store names the values of a row: by a hash of 32 bits, so that two features can have one name.
/// Private to codegen/feast.

#include <cstdint>
#include <string_view>

namespace headrace {

/// MurmurHash3 (32 bits, seed 0) of "VIEW:FEATURE". Views with the same key columns share one Redis hash, and with it
/// these fields.
uint32_t redis_field(std::string_view view, std::string_view feature);

}  // namespace headrace
