#include "io/offline/checksum_sink.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace headrace {
namespace {

const ResultSchema kSchema{{"id", "x", "on", "name", "list"},
                           {{ScalarType::kInt64},
                            {ScalarType::kDouble},
                            {ScalarType::kBool},
                            {ScalarType::kString},
                            {ScalarType::kDouble, true}}};

Batch make_batch(const std::vector<std::vector<Value>>& rows) {
  Batch batch;
  batch.rows = static_cast<int64_t>(rows.size());
  for (size_t i = 0; i < kSchema.types.size(); ++i) {
    ColumnBuilder builder(kSchema.types[i]);
    for (const std::vector<Value>& row : rows) builder.append(row[i]);
    batch.columns.push_back(std::move(builder).finish());
  }
  return batch;
}

std::vector<std::vector<Value>> make_rows(int64_t count) {
  std::vector<std::vector<Value>> rows;
  for (int64_t i = 0; i < count; ++i) {
    rows.push_back({Value{i}, i % 3 == 0 ? Value{} : Value{0.25 * static_cast<double>(i)},
                    i % 5 == 0 ? Value{} : Value{i % 2 == 0}, Value{"n" + std::to_string(i)},
                    Value{Value::List{Value{static_cast<double>(i)}}}});
  }
  return rows;
}

TableChecksum checksum_of(const std::vector<Batch>& batches) {
  ChecksumSink sink(kSchema);
  for (const Batch& batch : batches) EXPECT_TRUE(sink.write(batch).ok());
  return sink.checksum();
}

TEST(ChecksumTest, CountsAndSums) {
  const TableChecksum checksum = checksum_of({make_batch(make_rows(10))});
  EXPECT_EQ(checksum.rows, 10);
  EXPECT_EQ(checksum.columns[0].non_null, 10);
  EXPECT_EQ(checksum.columns[0].sum, 45.0);
  EXPECT_EQ(checksum.columns[1].non_null, 6);
  EXPECT_EQ(checksum.columns[1].sum, 0.25 * (1 + 2 + 4 + 5 + 7 + 8));
  EXPECT_EQ(checksum.columns[2].non_null, 8);
  EXPECT_EQ(checksum.columns[2].sum, 4.0);
  EXPECT_EQ(checksum.columns[3].non_null, 10);
  EXPECT_EQ(checksum.columns[3].sum, std::nullopt);
}

TEST(ChecksumTest, DoesNotDependOnOrderOrBatches) {
  auto rows = make_rows(5000);
  const TableChecksum expected = checksum_of({make_batch(rows)});
  const Batch whole = make_batch(rows);
  EXPECT_EQ(checksum_of({whole.slice(0, 7), whole.slice(7, 2000), whole.slice(2007, 2993)}).hash, expected.hash);
  std::reverse(rows.begin(), rows.end());
  EXPECT_EQ(checksum_of({make_batch(rows)}).hash, expected.hash);
}

TEST(ChecksumTest, SeesEveryChange) {
  const auto rows = make_rows(100);
  const uint64_t expected = checksum_of({make_batch(rows)}).hash;
  const Value changes[] = {Value{int64_t{-1}}, Value{}, Value{}, Value{"x"}, Value{Value::List{}}};
  for (size_t i = 0; i < kSchema.names.size(); ++i) {
    auto changed = rows;
    changed[52][i] = changes[i];
    EXPECT_NE(checksum_of({make_batch(changed)}).hash, expected) << kSchema.names[i];
  }
  auto swapped = rows;
  std::swap(swapped[1][0], swapped[2][0]);
  EXPECT_NE(checksum_of({make_batch(swapped)}).hash, expected);
}

/// Nulls at every place of a word of the bitmap, in slices that begin at every bit.
TEST(ChecksumTest, CountsNullsInSlices) {
  const ResultSchema schema{{"x"}, {{ScalarType::kDouble}}};
  std::vector<double> values(300, 1.0);
  std::vector<uint8_t> valid;
  for (int64_t i = 0; i < 300; ++i) valid.push_back(i % 7 != 3 && (i < 100 || i > 180));
  const Batch batch{300, {make_column(std::move(values), valid)}};
  for (int64_t start = 0; start < 80; ++start) {
    for (int64_t rows : {1, 63, 64, 65, 128, 220}) {
      ChecksumSink sink(schema);
      ASSERT_TRUE(sink.write(batch.slice(start, rows)).ok());
      int64_t expected = 0;
      for (int64_t i = start; i < start + rows; ++i) expected += valid[static_cast<size_t>(i)];
      ASSERT_EQ(sink.checksum().columns[0].non_null, expected);
      ASSERT_EQ(sink.checksum().columns[0].sum, static_cast<double>(expected));
    }
  }
}

TEST(ChecksumTest, SumsBeyondDoubles) {
  const ResultSchema schema{{"x", "i"}, {{ScalarType::kDouble}, {ScalarType::kInt64}}};
  ChecksumSink sink(schema);
  const Batch batch{3, {make_column({1e16, 1.0, -1e16}), make_column(ScalarType::kInt64, {INT64_MAX, INT64_MAX, -7})}};
  ASSERT_TRUE(sink.write(batch).ok());
  EXPECT_EQ(sink.checksum().columns[0].sum, 1.0);
  EXPECT_EQ(sink.checksum().columns[1].sum, 18446744073709551607.0);
}

}  // namespace
}  // namespace headrace
