#include "quality/value_checks.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

/// A column whose bits do not start at a byte.
Column shifted(const std::vector<uint8_t>& valid) {
  std::vector<double> values(valid.size(), 1.0);
  return make_column(std::move(values), valid).slice(3, static_cast<int64_t>(valid.size()) - 3);
}

TEST(CountValid, AtAnyOffset) {
  for (const size_t rows : {4u, 8u, 11u, 67u, 68u, 200u}) {
    std::vector<uint8_t> valid(rows);
    int64_t expected = 0;
    for (size_t i = 0; i < rows; ++i) {
      valid[i] = i % 3 != 0;
      if (i >= 3) expected += valid[i];
    }
    EXPECT_EQ(count_valid(shifted(valid)), expected) << rows;
  }
  EXPECT_EQ(count_valid(make_column(std::vector<double>(5, 0.0))), 5);
}

int64_t failed_in_range(const Column& column, std::optional<double> low, std::optional<double> high) {
  QualityCheck check;
  check.condition = checks::Range{low, high};
  const auto evaluated = make_value_check(check, column.type, 0);
  const std::vector<std::string> names = {"id"};
  const std::vector<Column> keys = {
      make_column(ScalarType::kInt64, std::vector<int64_t>(static_cast<size_t>(column.length)))};
  const Column times = make_column(ScalarType::kTimestamp, std::vector<int64_t>(static_cast<size_t>(column.length)));
  CheckedRows rows;
  rows.names = {&names, keys.data(), &times};
  rows.values = &column;
  evaluated->look(rows);
  return evaluated->log().failed();
}

TEST(RangeCheck, EndsBelongToTheRange) {
  EXPECT_EQ(failed_in_range(make_column(std::vector<double>{0.4, 1.0, 0.39, 1.01}), 0.4, 1.0), 2);
  EXPECT_EQ(failed_in_range(make_column(ScalarType::kInt64, {1, 2, 3}), 2.0, 2.5), 2);
}

TEST(RangeCheck, ValuesUnderNullsDoNotMatter) {
  EXPECT_EQ(failed_in_range(make_column(std::vector<double>{0.0, 0.5, 7.0}, {0, 1, 1}), 0.4, 1.0), 1);
}

TEST(RangeCheck, LongColumnsAreTakenInBlocks) {
  std::vector<double> values(5000, 0.5);
  values[0] = values[1023] = values[1024] = values[4999] = 2.0;
  EXPECT_EQ(failed_in_range(make_column(std::move(values)), 0.4, 1.0), 4);
}

TEST(UniqueCheck, GivesUpPastItsMemory) {
  QualityCheck check;
  check.condition = checks::Unique{};
  std::vector<int64_t> values(100000);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<int64_t>(i * i);
  const Column column = make_column(ScalarType::kInt64, values);
  const std::vector<std::string> names = {"id"};
  CheckedRows rows;
  rows.names = {&names, &column, &column};
  rows.values = &column;
  const auto roomy = make_value_check(check, column.type, 64 << 20);
  roomy->look(rows);
  EXPECT_EQ(roomy->gave_up(), "");
  EXPECT_EQ(roomy->log().failed(), 0);
  const auto narrow = make_value_check(check, column.type, 1 << 20);
  narrow->look(rows);
  EXPECT_EQ(narrow->gave_up(), "more distinct values than fit into 1 MB");
  // A value seen twice decides, whatever was forgotten.
  narrow->look(rows);
  EXPECT_GT(narrow->log().failed(), 0);
  EXPECT_EQ(narrow->gave_up(), "");
}

}  // namespace
}  // namespace headrace
