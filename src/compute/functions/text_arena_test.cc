#include "compute/functions/text_arena.h"

#include <gtest/gtest.h>

#include <cstring>

namespace headrace {
namespace {

TEST(TextArena, UsesTheSameMemoryAfterClear) {
  TextArena arena;
  char* first = arena.allocate(100);
  arena.allocate(100'000);
  arena.clear();
  EXPECT_EQ(arena.allocate(100), first);
}

TEST(TextArena, GivesBackTheUnusedEnd) {
  TextArena arena;
  char* first = arena.allocate(100);
  arena.shrink(100, 10);
  EXPECT_EQ(arena.allocate(5), first + 10);
}

TEST(TextArena, KeepsEarlierTextsWhenItGrows) {
  TextArena arena;
  std::vector<std::string_view> kept;
  for (int i = 0; i < 100; ++i) {
    const size_t size = static_cast<size_t>(i) * 997;
    char* text = arena.allocate(size);
    std::memset(text, 'a' + i % 26, size);
    kept.emplace_back(text, size);
  }
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(kept[i], std::string(static_cast<size_t>(i) * 997, static_cast<char>('a' + i % 26)));
}

}  // namespace
}  // namespace headrace
