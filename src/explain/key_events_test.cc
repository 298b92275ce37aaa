#include "explain/key_events.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

Column words(ScalarType type, std::vector<int64_t> values) { return make_column(type, std::move(values)); }

Column texts(const std::vector<std::string>& values) {
  ColumnBuilder builder({ScalarType::kString});
  for (const std::string& value : values) builder.append_string(value);
  return std::move(builder).finish();
}

/// "time/arrival x" of each event.
std::string shown(const KeyEvents& found) {
  std::string out;
  for (const KeyEvent& event : found.events) {
    out +=
        std::to_string(event.time.us) + "/" + std::to_string(event.arrival) + " " + to_json(event.columns.at(0)) + "; ";
  }
  return out;
}

TEST(KeyEvents, RowsCountThroughAllBatches) {
  MemorySource source(
      {{3, {texts({"a", "b", "a"}), words(ScalarType::kTimestamp, {5, 1, 3}), words(ScalarType::kInt64, {1, 2, 3})}},
       {1, {texts({"a"}), words(ScalarType::kTimestamp, {3}), words(ScalarType::kInt64, {4})}}});
  const SourceRequest request{
      "s", {"id", "at", "x"}, {ScalarType::kString, ScalarType::kTimestamp, ScalarType::kInt64}, 1, false};
  const Result<KeyEvents> found = read_key_events(source, request, {Value{std::string("a")}});
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->columns, std::vector<std::string>{"x"});
  EXPECT_EQ(shown(*found), "3/3 3; 3/4 4; 5/1 1; ");
}

TEST(KeyEvents, AnArrivalColumnOrdersTies) {
  MemorySource source({{3,
                        {words(ScalarType::kInt64, {7, 7, 7}), words(ScalarType::kTimestamp, {5, 5, 5}),
                         words(ScalarType::kInt64, {30, 10, 20}), words(ScalarType::kInt64, {1, 2, 3})}}});
  const SourceRequest request{"s",
                              {"id", "at", "seq", "x"},
                              {ScalarType::kInt64, ScalarType::kTimestamp, ScalarType::kInt64, ScalarType::kInt64},
                              1,
                              true};
  EXPECT_EQ(shown(read_key_events(source, request, {Value{int64_t{7}}}).value()), "5/10 2; 5/20 3; 5/30 1; ");
  EXPECT_EQ(shown(read_key_events(source, request, {Value{int64_t{8}}}).value()), "");
}

TEST(KeyEvents, AllKeysMustMatch) {
  MemorySource source({{3,
                        {texts({"a", "a", "b"}), words(ScalarType::kInt64, {1, 2, 1}),
                         words(ScalarType::kTimestamp, {1, 2, 3}), words(ScalarType::kInt64, {1, 2, 3})}}});
  const SourceRequest request{"s",
                              {"site", "id", "at", "x"},
                              {ScalarType::kString, ScalarType::kInt64, ScalarType::kTimestamp, ScalarType::kInt64},
                              2,
                              false};
  EXPECT_EQ(shown(read_key_events(source, request, {Value{std::string("a")}, Value{int64_t{2}}}).value()), "2/2 2; ");
}

}  // namespace
}  // namespace headrace
