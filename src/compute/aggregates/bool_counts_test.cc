#include "compute/aggregates/bool_counts.h"

#include <gtest/gtest.h>

#include <string>

namespace headrace {
namespace {

/// "any all" of a text of t and f.
std::string any_all(const std::string& bools) {
  const BoolCountsAggregate algebra;
  auto state = algebra.identity();
  for (const char letter : bools) algebra.update(state, letter == 't', EventTime{0});
  std::string words;
  for (const Aggregation which : {Aggregation::kAny, Aggregation::kAll}) {
    Slot out = 0;
    const bool is_there = algebra.write(state, which, {}, out);
    words.append(!is_there ? "null " : from_slot<bool>(out) ? "true " : "false ");
  }
  return words;
}

TEST(BoolCountsTest, AnyAndAll) {
  EXPECT_EQ(any_all(""), "null null ");
  EXPECT_EQ(any_all("t"), "true true ");
  EXPECT_EQ(any_all("f"), "false false ");
  EXPECT_EQ(any_all("ftf"), "true false ");
}

}  // namespace
}  // namespace headrace
