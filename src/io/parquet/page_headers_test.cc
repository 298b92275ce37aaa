#include "io/parquet/page_headers.h"

#include "io/source_testing.h"

namespace headrace {
namespace {

/// A header by its bytes: type, uncompressed size, compressed size, and more.
std::string header_of(int64_t page_bytes, const std::string& more) {
  std::string varint;
  for (uint64_t rest = static_cast<uint64_t>(page_bytes) << 1; varint.empty() || rest > 0; rest >>= 7) {
    if (!varint.empty()) varint.back() = static_cast<char>(varint.back() | 0x80);
    varint += static_cast<char>(rest & 0x7F);
  }
  return std::string("\x15\x04\x15\xf2\x03\x15", 6) + varint + more + std::string(1, '\0');
}

TEST(PageHeadersTest, ReadsHeaders) {
  const auto plain = parse_page_header(header_of(300, ""));
  ASSERT_TRUE(plain.has_value());
  EXPECT_EQ(plain->page_bytes, 300);
  EXPECT_EQ(plain->bytes, 9u);
  EXPECT_FALSE(plain->has_checksum);
  const std::string details("\x4c\x15\x04\x15\x00\x00", 6);  // the eighth field: a struct
  EXPECT_TRUE(parse_page_header(header_of(7, "\x15\xc8\x01"))->has_checksum);
  EXPECT_TRUE(parse_page_header(header_of(7, "\x15\xc8\x01" + details))->has_checksum);
  EXPECT_FALSE(parse_page_header(header_of(7, "\x2c" + details.substr(1)))->has_checksum);
  EXPECT_EQ(parse_page_header(header_of(int64_t{1} << 30, details) + "the page")->page_bytes, int64_t{1} << 30);
}

TEST(PageHeadersTest, WhatIsNoHeaderIsNothing) {
  const std::string whole = header_of(300, std::string("\x15\xc8\x01\x4c\x15\x04\x18\x02zz\x00", 11));
  ASSERT_TRUE(parse_page_header(whole).has_value());
  for (size_t size = 0; size < whole.size(); ++size) EXPECT_FALSE(parse_page_header(whole.substr(0, size))) << size;
  for (const char* text : {"PAR1", "\x15\xff\xff\xff", "\x1e", "\x15\x04\x18\xff\xff\xff\xff\x0f"}) {
    EXPECT_FALSE(parse_page_header(text).has_value());
  }
  EXPECT_FALSE(parse_page_header(std::string(4000, '\x1c')).has_value()) << "structs in structs";
}

/// Arrow writes none unless it is asked to; our own writer asks (io/held_files_test.cc reads what it wrote).
TEST(PageHeadersTest, CountsFilesWithoutThem) {
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

/// A page that says it is larger than its column: of a kind that Arrow passes over, it took gigabytes and minutes.
TEST(PageHeadersTest, APageThatReachesPastItsColumnIsAnError) {
  const TestFolder folder;
  folder.write_parquet(
      "a.parquet", {{"k", arrow::int64(), "[1, 2]"}, {"t", arrow::timestamp(arrow::TimeUnit::MICRO, "UTC"), "[1, 2]"}});
  TestSource test;
  test.path = "a.parquet";
  ASSERT_EQ(read_source(folder, test).error, "");
  std::string bytes = folder.read("a.parquet");
  const std::string_view huge("\x15\x0e\x15\x20\x15\xfe\xff\xff\xff\x0f\x00", 11);  // kind 7, 2 GiB
  bytes.replace(4, huge.size(), huge);
  folder.write("a.parquet", bytes);
  EXPECT_EQ(read_source(folder, test).error,
            "cannot read row group 0 of `a.parquet`, column `k`: a page reaches past the end of its column");
}

}  // namespace
}  // namespace headrace
