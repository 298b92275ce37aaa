#pragma once

/// Hashes that are the same on every machine and in every version.

#include <array>
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

/// The same of bytes that come in pieces. Not thread-safe.
class Sha256 {
 public:
  void update(std::string_view bytes);
  /// No update after it.
  std::string hex();

 private:
  std::array<uint32_t, 8> state_ = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  std::array<uint8_t, 64> rest_{};  // bytes that do not yet make a block
  uint64_t size_ = 0;
};

}  // namespace headrace
