#include "data/c_data.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

Column sample_column(Type type, const std::vector<Value>& values) {
  ColumnBuilder builder(type);
  for (const Value& value : values) builder.append(value);
  return std::move(builder).finish();
}

std::vector<Value> values_of(const Column& column) {
  std::vector<Value> values;
  for (int64_t row = 0; row < column.length; ++row) values.push_back(column.value_at(row));
  return values;
}

Column round_trip(const Column& column) {
  ArrowSchema schema;
  ArrowArray array;
  export_type(column.type, "x", &schema);
  export_column(column, &array);
  auto back = import_column(&array, schema);
  EXPECT_EQ(array.release, nullptr);
  schema.release(&schema);
  EXPECT_EQ(schema.release, nullptr);
  EXPECT_TRUE(back.ok());
  return *back;
}

TEST(CData, EveryCanonicalTypeComesBack) {
  const std::vector<std::pair<Type, std::vector<Value>>> table = {
      {{ScalarType::kBool}, {Value{true}, Value{}, Value{false}}},
      {{ScalarType::kInt64}, {Value{int64_t{1}}, Value{}, Value{INT64_MIN}}},
      {{ScalarType::kDouble}, {Value{0.5}, Value{-2.0}}},
      {{ScalarType::kString}, {Value{std::string("é")}, Value{}, Value{std::string()}}},
      {{ScalarType::kTimestamp}, {Value{EventTime{-1}}, Value{}}},
      {{ScalarType::kInt64, true},
       {Value{Value::List{Value{int64_t{1}}, Value{int64_t{2}}}}, Value{}, Value{Value::List{}}}},
      {{ScalarType::kString, true}, {Value{Value::List{Value{std::string("a")}}}}},
      {{ScalarType::kString}, {}},
  };
  for (const auto& [type, values] : table) {
    const Column back = round_trip(sample_column(type, values));
    EXPECT_EQ(back.type, type);
    EXPECT_EQ(values_of(back), values) << to_string(type);
  }
}

TEST(CData, NothingIsCopiedAndSlicesKeepTheirOffset) {
  const Column column = make_column({1.0, 2.0, 3.0, 4.0});
  const Column back = round_trip(column.slice(1, 2));
  EXPECT_EQ(back.doubles(), column.doubles() + 1);
  EXPECT_EQ(back.length, 2);
}

TEST(CData, BuffersLiveAsLongAsTheLastColumn) {
  auto watched = std::make_shared<int>(7);
  std::weak_ptr<int> watch = watched;
  Column column = make_column({1.0});
  column.owner = std::shared_ptr<const void>(watched, column.owner.get());
  watched.reset();
  auto back = std::make_unique<Column>(round_trip(column));
  column = Column{};
  EXPECT_FALSE(watch.expired());
  back.reset();
  EXPECT_TRUE(watch.expired());
}

TEST(CData, BatchesCarryNames) {
  Batch batch;
  batch.rows = 2;
  batch.columns = {make_column({1.0, 2.0}), make_column(ScalarType::kTimestamp, {5, 6})};
  ArrowArray array;
  ArrowSchema schema;
  export_batch(batch, {"a", "b"}, &array, &schema);
  auto back = import_batch(&array, schema);
  schema.release(&schema);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(back->names, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(back->batch.rows, 2);
  EXPECT_EQ(back->batch.columns[1].int64s()[1], 6);
}

TEST(CData, OtherTypesAreNamed) {
  ArrowSchema schema{};
  schema.name = "small";
  schema.format = "i";
  auto type = import_type(schema);
  ASSERT_FALSE(type.ok());
  EXPECT_EQ(type.error().message(),
            "column `small` has the Arrow format `i`, which is not one of b, l, g, u, tsu: or +l");
}

TEST(CData, ReleasingWithoutImportFreesAll) {
  auto watched = std::make_shared<int>(7);
  std::weak_ptr<int> watch = watched;
  Batch batch;
  batch.rows = 1;
  batch.columns = {make_column({1.0})};
  batch.columns[0].owner = std::move(watched);
  ArrowArray array;
  ArrowSchema schema;
  export_batch(batch, {"a"}, &array, &schema);
  batch = Batch{};
  EXPECT_FALSE(watch.expired());
  array.release(&array);
  schema.release(&schema);
  EXPECT_TRUE(watch.expired());
}

}  // namespace
}  // namespace headrace
