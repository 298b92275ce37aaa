#include "casefiles/comparison.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace headrace {
namespace {

constexpr Type kDoubleType{ScalarType::kDouble};
constexpr Type kInt64Type{ScalarType::kInt64};

Value list(Value::List values) { return Value{std::move(values)}; }

TEST(ValueOfType, IntegersStandForDoubles) {
  EXPECT_EQ(value_of_type(Value{int64_t{1}}, kDoubleType), Value{1.0});
  EXPECT_EQ(value_of_type(Value{int64_t{9007199254740993}}, kDoubleType), Value{9007199254740992.0});
}

TEST(ValueOfType, WholeDoublesStandForIntegers) {
  EXPECT_EQ(value_of_type(Value{1.0}, kInt64Type), Value{int64_t{1}});
  EXPECT_EQ(value_of_type(Value{1.5}, kInt64Type), std::nullopt);
  EXPECT_EQ(value_of_type(Value{9223372036854775808.0}, kInt64Type), std::nullopt);
  EXPECT_EQ(value_of_type(Value{-9223372036854775808.0}, kInt64Type), Value{std::numeric_limits<int64_t>::min()});
  EXPECT_EQ(value_of_type(Value{std::numeric_limits<double>::quiet_NaN()}, kInt64Type), std::nullopt);
}

TEST(ValueOfType, NaNAndInfinityAreNullAndMinusZeroIsZero) {
  EXPECT_EQ(value_of_type(Value{std::numeric_limits<double>::quiet_NaN()}, kDoubleType), Value{});
  EXPECT_EQ(value_of_type(Value{-std::numeric_limits<double>::infinity()}, kDoubleType), Value{});
  EXPECT_TRUE(matches(Value{0.0}, *value_of_type(Value{-0.0}, kDoubleType), {}));
}

TEST(ValueOfType, TextIsATimestampOnlyWhereOneIsWanted) {
  EXPECT_EQ(value_of_type(Value{std::string("1970-01-01T00:00:01Z")}, {ScalarType::kTimestamp}),
            Value{EventTime{1'000'000}});
  EXPECT_EQ(value_of_type(Value{std::string("soon")}, {ScalarType::kTimestamp}), std::nullopt);
  EXPECT_EQ(value_of_type(Value{int64_t{5}}, {ScalarType::kString}), std::nullopt);
  EXPECT_EQ(value_of_type(Value{true}, kInt64Type), std::nullopt);
}

TEST(ValueOfType, ListsElementByElement) {
  const Type type{ScalarType::kDouble, true};
  EXPECT_EQ(value_of_type(list({Value{int64_t{1}}, Value{2.5}}), type), list({Value{1.0}, Value{2.5}}));
  EXPECT_EQ(value_of_type(Value{1.0}, type), std::nullopt);
  EXPECT_EQ(value_of_type(Value{}, type), Value{});
}

TEST(Matches, ByBitsUnlessThereIsATolerance) {
  const double next = std::nextafter(0.7, 1.0);
  EXPECT_FALSE(matches(Value{0.7}, Value{next}, {}));
  EXPECT_TRUE(matches(Value{0.7}, Value{next}, {.relative = 1e-12}));
  EXPECT_FALSE(matches(Value{0.7}, Value{0.7 * (1 + 3e-12)}, {.relative = 1e-12}));
  EXPECT_TRUE(matches(Value{2.112635390e-315}, Value{2.112635393e-315}, {.relative = 1e-9}));
  EXPECT_FALSE(matches(Value{2.112635390e-315}, Value{2.112635393e-315}, {}));
  EXPECT_TRUE(matches(Value{1e-9}, Value{1e-9 + 1e-13}, {.relative = 1e-12, .scale = 1.0}));
}

TEST(Matches, NullsTypesAndLists) {
  EXPECT_TRUE(matches(Value{}, Value{}, {}));
  EXPECT_FALSE(matches(Value{}, Value{0.0}, {.relative = 1.0}));
  EXPECT_FALSE(matches(list({Value{1.0}}), list({Value{1.0}, Value{2.0}}), {}));
  EXPECT_TRUE(matches(list({Value{1.0}}), list({Value{1.0 + 1e-14}}), {.relative = 1e-12}));
  EXPECT_TRUE(matches(Value{std::string("a")}, Value{std::string("a")}, {}));
}

}  // namespace
}  // namespace headrace
