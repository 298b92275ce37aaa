#pragma once

/// Names that nobody can guess or has used before. The only randomness of the program: it never reaches a result.

#include <cstdint>
#include <string>

namespace headrace {

/// 32 hexadecimal digits of the system's randomness.
std::string random_name();

/// Bits that differ from all others, in all likelihood; they can be guessed.
uint64_t random_bits();

/// Has a text the form of random_name()?
bool is_random_name(const std::string& text);

}  // namespace headrace
