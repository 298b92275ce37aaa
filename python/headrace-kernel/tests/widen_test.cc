#include "widen.h"

#include "array_view.h"
#include "c_arrays.h"

#include <gtest/gtest.h>

#include <limits>

namespace headrace {
namespace {

const TablePlace kPlace{"the events", "x"};

Result<WidenedColumn> widened(const CArray& made, ScalarType type, std::optional<TimeUnit> unit = std::nullopt) {
  return widen(made.piece(), {type, unit}, kPlace, 0);
}

std::vector<Value> values_of(const Column& column) {
  std::vector<Value> values;
  for (int64_t row = 0; row < column.length; ++row) {
    values.push_back(column.is_valid(row) ? column.value_at(row) : Value{});
  }
  return values;
}

std::string problem_of(const CArray& made, ScalarType type) {
  const Result<WidenedColumn> result = widened(made, type);
  return result.ok() ? "" : result.error().message();
}

template <typename Number>
std::vector<Value> doubles_of(const char* format, const std::vector<Number>& numbers) {
  CArray made(format, static_cast<int64_t>(numbers.size()));
  made.add_pointer(nullptr).add(numbers);
  return values_of(widened(made, ScalarType::kDouble)->column);
}

TEST(Widen, NumbersBecomeDoubles) {
  const std::vector<Value> expected = {Value{0.0}, Value{1.0}, Value{100.0}};
  EXPECT_EQ(doubles_of<int8_t>("c", {0, 1, 100}), expected);
  EXPECT_EQ(doubles_of<uint8_t>("C", {0, 1, 100}), expected);
  EXPECT_EQ(doubles_of<int16_t>("s", {0, 1, 100}), expected);
  EXPECT_EQ(doubles_of<uint16_t>("S", {0, 1, 100}), expected);
  EXPECT_EQ(doubles_of<int32_t>("i", {0, 1, 100}), expected);
  EXPECT_EQ(doubles_of<uint32_t>("I", {0, 1, 100}), expected);
  EXPECT_EQ(doubles_of<int64_t>("l", {0, 1, 100}), expected);
  EXPECT_EQ(doubles_of<uint64_t>("L", {0, 1, 100}), expected);
  EXPECT_EQ(doubles_of<float>("f", {0, 1, 100}), expected);
  EXPECT_EQ(doubles_of<double>("g", {0, 1, 100}), expected);
}

TEST(Widen, WhatWouldLoseIsAnErrorWithItsRow) {
  CArray odd("l", 2);
  odd.add_pointer(nullptr).add(std::vector<int64_t>{1, (int64_t{1} << 53) + 1});
  EXPECT_EQ(problem_of(odd, ScalarType::kDouble),
            "the events, column `x`, row 2: 9007199254740993 cannot become a double without loss");
  CArray large("L", 1);
  large.add_pointer(nullptr).add(std::vector<uint64_t>{uint64_t{1} << 63});
  EXPECT_EQ(problem_of(large, ScalarType::kInt64),
            "the events, column `x`, row 1: 9223372036854775808 cannot become an int64 without loss");
}

TEST(Widen, NullsAndOffsets) {
  CArray made("s", 3);
  made.add(std::vector<uint8_t>{0b10110}).add(std::vector<int16_t>{9, 1, 2, 3, 4});
  made.array.offset = 1;
  made.array.null_count = -1;  // not counted
  const Result<WidenedColumn> all = widened(made, ScalarType::kInt64);
  EXPECT_EQ(values_of(all->column), (std::vector<Value>{Value{int64_t{1}}, Value{int64_t{2}}, Value{}}));
  const Result<WidenedColumn> rest = widen(made.piece(1, 2), {ScalarType::kInt64, std::nullopt}, kPlace, 0);
  EXPECT_EQ(values_of(rest->column), (std::vector<Value>{Value{int64_t{2}}, Value{}}));
}

TEST(Widen, TextOfThreeLayouts) {
  const std::string text = "abé a text of more than twelve bytes";
  const std::vector<char> bytes(text.begin(), text.end());
  const auto size = static_cast<int32_t>(text.size());
  const std::vector<Value> expected = {Value{std::string("ab")}, Value{std::string("")}, Value{text.substr(2)}};
  CArray plain("u", 3);
  plain.add_pointer(nullptr).add(std::vector<int32_t>{0, 2, 2, size}).add(bytes);
  EXPECT_EQ(values_of(widened(plain, ScalarType::kString)->column), expected);
  CArray large("U", 3);
  large.add_pointer(nullptr).add(std::vector<int64_t>{0, 2, 2, size}).add(bytes);
  EXPECT_EQ(values_of(widened(large, ScalarType::kString)->column), expected);
  int32_t views[12] = {2, 0, 0, 0, 0, 0, 0, 0, size - 2, 0, 0, 2};
  std::memcpy(&views[1], "ab", 2);
  CArray viewed("vu", 3);
  viewed.add_pointer(nullptr).add(std::vector<int32_t>(views, views + 12)).add(bytes).add(std::vector<int64_t>{size});
  EXPECT_EQ(values_of(widened(viewed, ScalarType::kString)->column), expected);
}

TEST(Widen, BrokenTextIsABadCell) {
  CArray made("u", 2);
  made.add_pointer(nullptr).add(std::vector<int32_t>{0, 1, 2}).add(std::vector<uint8_t>{'a', 0xFF});
  const Result<WidenedColumn> found = widened(made, ScalarType::kString);
  ASSERT_EQ(found->bad_cells.size(), 1U);
  EXPECT_EQ(found->bad_cells[0].row, 1);
  EXPECT_FALSE(found->column.is_valid(1));
}

TEST(Widen, TimesOfAllUnitsAreMicroseconds) {
  const std::pair<const char*, int64_t> units[] = {{"tss:", 1'709'251'200},
                                                   {"tsm:UTC", 1'709'251'200'000},
                                                   {"tsu:Asia/Tokyo", 1'709'251'200'000'000},
                                                   {"tsn:", 1'709'251'200'000'000'999}};
  for (const auto& [format, count] : units) {
    CArray made(format, 2);
    made.add_pointer(nullptr).add(std::vector<int64_t>{count, -1});
    const Column column = widened(made, ScalarType::kTimestamp)->column;
    EXPECT_EQ(column.int64s()[0], 1'709'251'200'000'000) << format;
    EXPECT_LT(column.int64s()[1], 0) << format;  // floored
  }
  CArray days("tdD", 1);
  days.add_pointer(nullptr).add(std::vector<int32_t>{-1});
  EXPECT_EQ(widened(days, ScalarType::kTimestamp)->column.int64s()[0], -kMicrosPerDay);
}

TEST(Widen, ATimeBeyondTheYearsIsABadCell) {
  for (const int64_t count :
       {std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min(), int64_t{253'402'300'800}}) {
    CArray made("tss:", 1);
    made.add_pointer(nullptr).add(std::vector<int64_t>{count});
    EXPECT_EQ(widened(made, ScalarType::kTimestamp)->bad_cells.size(), 1U) << count;
  }
}

TEST(Widen, Dictionaries) {
  CArray values("u", 2);
  values.add_pointer(nullptr).add(std::vector<int32_t>{0, 1, 3}).add(std::vector<char>{'a', 'b', 'c'});
  CArray made("C", 4);
  made.add(std::vector<uint8_t>{0b1011}).add(std::vector<uint8_t>{1, 0, 200, 1}).set_dictionary(values);
  made.array.null_count = 1;  // the index of a null may be anything
  const Value bc{std::string("bc")};
  EXPECT_EQ(values_of(widened(made, ScalarType::kString)->column),
            (std::vector<Value>{bc, Value{std::string("a")}, Value{}, bc}));
}

TEST(Widen, TypesThatDoNotFitAreRefusedByName) {
  for (const char* format : {"d:10,2", "+l", "+s", "+r", "z", "w:16", "e", "tiM", "ttu", "", "?", "ts"}) {
    CArray made(format, 0);
    EXPECT_NE(problem_of(made, ScalarType::kDouble).find("is wanted as double, but has the Arrow format"),
              std::string::npos)
        << format;
  }
  CArray made("l", 0);
  made.schema.format = nullptr;
  EXPECT_NE(problem_of(made, ScalarType::kInt64).find("has the Arrow format ``"), std::string::npos);
}

std::string broken(const char* format, int64_t length, void (*fill)(CArray&), ScalarType type = ScalarType::kString) {
  CArray made(format, length);
  fill(made);
  const std::string problem = problem_of(made, type);
  const std::string head = "the events: column `x` is no sound Arrow array: ";
  EXPECT_EQ(problem.substr(0, head.size()), head);
  return problem.substr(std::min(problem.size(), head.size()));
}

const std::vector<int32_t> kOffsets = {0, 1, 2};
const std::vector<char> kText = {'a', 'b'};

TEST(ArrayLayout, CountsAndBuffers) {
  const auto number = ScalarType::kInt64;
  EXPECT_EQ(broken("l", -1, [](CArray&) {}, number), "its length is -1");
  EXPECT_EQ(broken("l", 1, [](CArray& made) { made.array.offset = -2; }, number), "its offset is -2");
  EXPECT_EQ(broken(
                "l", 1, [](CArray& made) { made.array.offset = std::numeric_limits<int64_t>::max(); }, number),
            "its end is past 64 bits");
  EXPECT_EQ(broken("l", 1, [](CArray& made) { made.array.null_count = 2; }, number), "2 of its 1 values are null");
  EXPECT_EQ(broken("l", 1, [](CArray& made) { made.add_pointer(nullptr); }, number), "it has 1 buffers, not 2");
  EXPECT_EQ(broken(
                "l", 1, [](CArray& made) { made.add_pointer(nullptr).add_pointer(nullptr); }, number),
            "its values are missing");
  EXPECT_EQ(broken("l", 1, [](CArray& made) { made.array.n_buffers = 2; }, number), "it has no buffers");
  const auto unmarked = [](CArray& made) {
    made.add_pointer(nullptr).add(std::vector<int64_t>{1});
    made.array.null_count = 1;
  };
  EXPECT_EQ(broken("l", 1, unmarked, number), "its nulls are not marked");
}

TEST(ArrayLayout, Text) {
  const auto backwards = [](CArray& made) { made.add_pointer(nullptr).add(std::vector<int32_t>{0, 2, 1}).add(kText); };
  EXPECT_EQ(broken("u", 2, backwards), "the text of row 2 has no length");
  const auto negative = [](CArray& made) { made.add_pointer(nullptr).add(std::vector<int64_t>{-1, 2, 2}).add(kText); };
  EXPECT_EQ(broken("U", 2, negative), "the text of row 1 has no length");
  const auto missing = [](CArray& made) { made.add_pointer(nullptr).add(kOffsets).add_pointer(nullptr); };
  EXPECT_EQ(broken("u", 2, missing), "its text is missing");
  const auto beyond = [](CArray& made) {
    made.add_pointer(nullptr).add(std::vector<int32_t>{13, 0, 0, 0}).add(kText).add(std::vector<int64_t>{2});
  };
  EXPECT_EQ(broken("vu", 1, beyond), "the text of row 1 is not in its buffers");
  const auto other_buffer = [](CArray& made) {
    made.add_pointer(nullptr)
        .add(std::vector<int32_t>{13, 0, 7, 0})
        .add(std::vector<char>(20, 'a'))
        .add(std::vector<int64_t>{20});
  };
  EXPECT_EQ(broken("vu", 1, other_buffer), "the text of row 1 is not in its buffers");
  const auto no_length = [](CArray& made) {
    made.add_pointer(nullptr).add(std::vector<int32_t>{-1, 0, 0, 0}).add(std::vector<int64_t>{});
  };
  EXPECT_EQ(broken("vu", 1, no_length), "the text of row 1 is not in its buffers");
}

TEST(ArrayLayout, Dictionaries) {
  CArray values("u", 2);
  values.add_pointer(nullptr).add(kOffsets).add(kText);
  CArray beyond("c", 2);
  beyond.add_pointer(nullptr).add(std::vector<int8_t>{0, 2}).set_dictionary(values);
  EXPECT_NE(problem_of(beyond, ScalarType::kString).find("row 2 is value 2 of a dictionary of 2"), std::string::npos);
  CArray negative("c", 1);
  negative.add_pointer(nullptr).add(std::vector<int8_t>{-1}).set_dictionary(values);
  EXPECT_NE(problem_of(negative, ScalarType::kString).find("row 1 is value -1"), std::string::npos);
  CArray absent("c", 0);
  absent.add_pointer(nullptr).add_pointer(nullptr).set_dictionary(values);
  absent.array.dictionary = nullptr;
  EXPECT_NE(problem_of(absent, ScalarType::kString).find("it has no dictionary"), std::string::npos);
  CArray by_doubles("g", 1);
  by_doubles.add_pointer(nullptr).add(std::vector<double>{0}).set_dictionary(values);
  EXPECT_NE(problem_of(by_doubles, ScalarType::kString).find("indexed by no integers"), std::string::npos);
}

TEST(ArrayLayout, EmptyArraysNeedNoBuffers) {
  for (const char* format : {"l", "g", "u", "U", "vu", "b", "tsu:"}) {
    CArray made(format, 0);
    for (int i = 0; i < 3; ++i) made.add_pointer(nullptr);
    const Result<WidenedColumn> found = widen(made.piece(), {ScalarType::kNull, std::nullopt}, kPlace, 0);
    if (found_type(made.schema).kind == FoundType::Kind::kFloat) continue;  // no key
    ASSERT_TRUE(found.ok()) << format << found.error().message();
    EXPECT_EQ(found->column.length, 0);
  }
}

}  // namespace
}  // namespace headrace
