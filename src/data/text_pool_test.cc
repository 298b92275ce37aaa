#include "data/text_pool.h"

#include <gtest/gtest.h>

#include <string>

namespace headrace {
namespace {

TEST(TextPool, KeepsWhatIsMarkedAndUsesThePlacesOfTheRest) {
  TextPool pool;
  const Text kept = pool.intern("kept");
  const Text empty = pool.intern("");
  int64_t bytes = 0;
  for (int round = 0; round < 20; ++round) {
    for (int i = 0; i < 1000; ++i) pool.intern("round " + std::to_string(round) + ", text " + std::to_string(i));
    pool.mark(kept);
    pool.mark(Text());
    EXPECT_EQ(kept.view(), "kept") << "also while it is marked";
    EXPECT_EQ(pool.intern("kept"), kept);
    pool.sweep();
    if (round == 1) bytes = pool.memory_bytes();
  }
  EXPECT_EQ(pool.find("kept"), kept);
  EXPECT_EQ(pool.find("round 19, text 7"), std::nullopt);
  EXPECT_EQ(pool.find(""), std::nullopt);
  EXPECT_LT(pool.memory_bytes(), 2 * bytes);
  EXPECT_LT(pool.text_bytes(), 100);
  pool.sweep();
  EXPECT_EQ(pool.find("kept"), std::nullopt) << "a mark is for one sweep";
  (void)empty;
}

}  // namespace
}  // namespace headrace
