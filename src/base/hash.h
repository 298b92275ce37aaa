#pragma once

/// Hashes that are the same on every machine and in every version.

#include <cstdint>
#include <string>
#include <string_view>

namespace headrace {

/// Scrambles 64 bits so that every input bit changes about half of the output bits (the finalizer of MurmurHash3,
/// with the constants of Stafford's variant 13, as in SplitMix64).
constexpr uint64_t mix64(uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return x ^ (x >> 31);
}

/// Hashes bytes; not for digests that leave the process.
uint64_t hash_bytes(std::string_view bytes, uint64_t seed = 0);

/// Returns the SHA-256 of the bytes as 64 lower-case hexadecimal digits (FIPS 180-4).
std::string sha256_hex(std::string_view bytes);

}  // namespace headrace
