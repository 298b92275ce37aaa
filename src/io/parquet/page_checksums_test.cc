#include "io/parquet/page_checksums.h"

#include "io/source_testing.h"

namespace headrace {
namespace {

TEST(PageChecksumsTest, ReadsHeaders) {
  EXPECT_TRUE(has_page_checksum("\x15\x04\x15\xf2\x03\x15\xa2\x02\x15\xc8\x90"));
  EXPECT_FALSE(has_page_checksum("\x15\x04\x15\xf2\x03\x15\xa2\x02\x4c\x15"));
  EXPECT_FALSE(has_page_checksum("\x15\x04\x15\xf2\x03\x15\xa2\x02"));
  EXPECT_FALSE(has_page_checksum(""));
  EXPECT_FALSE(has_page_checksum("PAR1"));
  EXPECT_FALSE(has_page_checksum("\x15\xff\xff\xff"));
}

/// Arrow writes none unless it is asked to; our own writer asks (io/held_files_test.cc reads what it wrote).
TEST(PageChecksumsTest, CountsFilesWithoutThem) {
  const TestFolder folder;
  for (const char* name : {"a.parquet", "b.parquet"}) {
    folder.write_parquet(
        name, {{"k", arrow::int64(), "[1, 2]"}, {"t", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), "[1, 2]"}}, 1);
  }
  const auto bad_rows = BadRows::create(BadRowPolicy::kStop, "").value();
  TestSource test;
  test.path = "*.parquet";
  const auto source =
      open_source(test.definition(), folder.path(), test.request(), {.bad_rows = bad_rows.get()}).value();
  EXPECT_EQ(source->unverifiable_files(), 0);
  ASSERT_EQ(source->units().size(), 4u);
  for (size_t unit = 0; unit < 4; ++unit) {
    ASSERT_TRUE(source->read(unit, [](const Batch&) { return Status(); }).ok());
  }
  EXPECT_EQ(source->unverifiable_files(), 2);
}

}  // namespace
}  // namespace headrace
