#include "table_stream.h"

#include "c_arrays.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace headrace {
namespace {

using Rows = std::vector<std::vector<int64_t>>;  // of each batch

/// A table of one column `x` of int64 in batches, given out as a stream; a test may break it before it is opened.
struct FakeTable {
  explicit FakeTable(const Rows& values) {
    for (const auto& each : values) {
      columns.push_back(std::make_unique<CArray>("l", static_cast<int64_t>(each.size())));
      columns.back()->add_pointer(nullptr).add(each);
    }
    for (const auto& column : columns) {
      children.push_back(&column->array);
      batches.push_back({.length = column->array.length,
                         .n_buffers = 1,
                         .n_children = 1,
                         .buffers = &no_validity,
                         .children = &children.back()});
    }
    schema.format = "+s";
    schema.n_children = 1;
    schema.children = &schema_children;
  }

  ArrowArrayStream stream() {
    return {.get_schema = [](ArrowArrayStream* self, ArrowSchema* out) { return of(self).give_schema(out); },
            .get_next = [](ArrowArrayStream* self, ArrowArray* out) { return of(self).give_next(out); },
            .get_last_error = [](ArrowArrayStream* self) { return of(self).last_error; },
            .release = [](ArrowArrayStream* self) { self->release = nullptr; },
            .private_data = this};
  }

  static FakeTable& of(ArrowArrayStream* self) { return *static_cast<FakeTable*>(self->private_data); }
  int give_schema(ArrowSchema* out) {
    *out = schema;
    out->release = [](ArrowSchema* taken) { taken->release = nullptr; };
    return schema_code;
  }
  int give_next(ArrowArray* out) {
    *out = {};
    if (next == batches.size()) return last_code;
    *out = batches[next++];
    out->release = [](ArrowArray* taken) { taken->release = nullptr; };
    return 0;
  }

  const void* no_validity = nullptr;
  CArray column{"l", 0};
  ArrowSchema* schema_children = &column.schema;
  ArrowSchema schema{};
  std::vector<std::unique_ptr<CArray>> columns;
  std::vector<ArrowArray*> children = [] {
    std::vector<ArrowArray*> reserved;
    reserved.reserve(8);  // batches point into it
    return reserved;
  }();
  std::vector<ArrowArray> batches;
  size_t next = 0;
  int schema_code = 0;
  int last_code = 0;
  const char* last_error = nullptr;
};

const std::vector<InputColumn> kOneColumn = {{"x", {ScalarType::kInt64, std::nullopt}, true}};

Result<InputTable> read(FakeTable& table, OnBadRow bad_rows = OnBadRow::kStop) {
  ASSIGN_OR_RETURN(TableStream stream, TableStream::open(OwnedStream(table.stream()), "the events"));
  return stream.read(kOneColumn, bad_rows);
}

std::string problem_of(FakeTable& table) {
  const Result<InputTable> found = read(table);
  return found.ok() ? "" : found.error().message();
}

TEST(TableStream, ReadsAllBatches) {
  FakeTable table(Rows{{1, 2}, {}, {3}});
  const Result<InputTable> found = read(table);
  ASSERT_TRUE(found.ok()) << found.error().message();
  EXPECT_EQ(found->rows, 3);
  const Column joined = joined_column(found->batches, 0, {ScalarType::kInt64});
  EXPECT_EQ(std::vector<int64_t>(joined.int64s(), joined.int64s() + 3), (std::vector<int64_t>{1, 2, 3}));
}

TEST(TableStream, NoBatchesAreATableWithoutRows) {
  FakeTable table(Rows{});
  const Result<InputTable> found = read(table);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->batches.size(), 1U);
  EXPECT_EQ(found->rows, 0);
}

TEST(TableStream, ErrorsOfTheStreamAreToldWithItsName) {
  FakeTable failing(Rows{{1}});
  failing.last_code = EIO;
  failing.last_error = "the disk is gone";
  EXPECT_EQ(problem_of(failing), "the events: the disk is gone");
  FakeTable silent(Rows{});
  silent.schema_code = ENOMEM;
  EXPECT_EQ(problem_of(silent), "the events: Cannot allocate memory");
}

TEST(TableStream, BatchesThatBreakTheInterfaceAreRefused) {
  const std::string head = "the events has a batch that is no sound Arrow array: ";
  FakeTable fewer(Rows{{1}});
  fewer.batches[0].n_children = 0;
  EXPECT_EQ(problem_of(fewer), head + "it has 0 columns, its schema 1");
  FakeTable absent(Rows{{1}});
  absent.children[0] = nullptr;
  EXPECT_EQ(problem_of(absent), head + "column 1 is missing");
  FakeTable negative(Rows{{1}});
  negative.batches[0].length = -1;
  EXPECT_EQ(problem_of(negative), head + "its length is -1");
  FakeTable longer(Rows{{1}});
  longer.batches[0].length = 2;
  EXPECT_EQ(problem_of(longer), "the events: column `x` is no sound Arrow array: it has 1 values where 2 are needed");
  FakeTable shifted(Rows{{1, 2}});
  shifted.batches[0].offset = 1;
  EXPECT_EQ(problem_of(shifted), "the events: column `x` is no sound Arrow array: it has 2 values where 3 are needed");
  FakeTable without_schema(Rows{{1}});
  without_schema.schema_children = nullptr;
  EXPECT_EQ(problem_of(without_schema), "the events has no schema of its column 1");
}

TEST(TableStream, ATableIsAStruct) {
  FakeTable table(Rows{{1}});
  table.schema.format = "l";
  EXPECT_EQ(problem_of(table), "the events must be a table: an Arrow struct with a field for each column");
}

TEST(TableStream, RowsThatCannotBeReadStopOrAreLeftOut) {
  const uint8_t validity = 0b101;
  const auto make = [&] {
    auto table = std::make_unique<FakeTable>(Rows{{1, 2, 3}});
    table->columns[0]->buffers[0] = &validity;
    table->columns[0]->array.null_count = 1;
    return table;
  };
  EXPECT_EQ(problem_of(*make()), "the events, column `x`, row 2: is null");
  const Result<InputTable> found = read(*make(), OnBadRow::kSkip);
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->bad_rows, 1);
  EXPECT_EQ(found->batches[0].rows, 2);
  EXPECT_EQ(found->batches[0].columns[0].int64s()[1], 3);
}

}  // namespace
}  // namespace headrace
