#include "base/hash.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

// The example values of FIPS 180-4 and NIST's test vectors.
TEST(Sha256, MatchesThePublishedVectors) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_hex(std::string(1000000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(HashBytes, TellsLengthsAndSeedsApart) {
  EXPECT_NE(hash_bytes(""), hash_bytes(std::string_view("\0", 1)));
  EXPECT_NE(hash_bytes("abcdefgh"), hash_bytes("abcdefghi"));
  EXPECT_NE(hash_bytes("abc", 1), hash_bytes("abc", 2));
}

TEST(Sha256Test, PiecesGiveTheSameAsAWhole) {
  std::string bytes;
  for (int i = 0; i < 1000; ++i) bytes += static_cast<char>(i * 7);
  for (const size_t size : {0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 1000}) {
    const std::string_view whole = std::string_view(bytes).substr(0, size);
    for (const size_t piece : {1, 3, 63, 64, 65, 200}) {
      Sha256 hash;
      for (size_t at = 0; at < size; at += piece) hash.update(whole.substr(at, piece));
      EXPECT_EQ(hash.hex(), sha256_hex(whole)) << size << " by " << piece;
    }
  }
}

}  // namespace
}  // namespace headrace
