#include "engine/rows/key_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

namespace headrace {
namespace {

uint32_t number_of(KeyTable& table, const std::vector<Slot>& key) {
  std::vector<const Slot*> columns;
  for (const Slot& slot : key) columns.push_back(&slot);
  uint32_t id = 0;
  table.resolve(columns, 1, &id);
  return id;
}

TEST(KeyTable, GivesTheNumbersOfRemovedKeysToOthers) {
  for (const size_t columns : {size_t{1}, size_t{2}}) {
    KeyTable table(columns);
    ASSERT_TRUE(table.agree_on_types(std::vector(columns, ScalarType::kInt64), "a test").ok());
    std::mt19937_64 random(columns);
    std::map<std::vector<Slot>, uint32_t> known;
    for (int step = 0; step < 20'000; ++step) {
      // Small numbers, which have a table of their own, and large ones.
      std::vector<Slot> key(columns, random() % 700 * (random() % 2 == 0 ? 1 : Slot{1} << 40));
      const auto found = known.find(key);
      ASSERT_EQ(table.find(key), found == known.end() ? std::nullopt : std::optional(found->second));
      if (random() % 2 == 0) {
        known[key] = number_of(table, key);
      } else if (found != known.end()) {
        table.remove(found->second);
        EXPECT_FALSE(table.has_key(found->second));
        known.erase(found);
      }
      ASSERT_EQ(table.key_count(), known.size());
    }
    std::map<uint32_t, std::vector<Slot>> by_number;
    for (const auto& [key, number] : known) {
      EXPECT_TRUE(table.has_key(number));
      EXPECT_TRUE(by_number.emplace(number, key).second);
      for (size_t column = 0; column < columns; ++column) EXPECT_EQ(table.slot(number, column), key[column]);
    }
    EXPECT_LE(table.size(), size_t{1400});
  }
}

}  // namespace
}  // namespace headrace
