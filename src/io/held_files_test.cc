#include "io/held_files.h"

#include "io/offline/offline_store_testing.h"
#include "io/source_testing.h"

namespace headrace {
namespace {

constexpr TableFormat kFormats[] = {TableFormat::kParquet, TableFormat::kCsv, TableFormat::kNdjson};

void write_store(const TestFolder& folder, TableFormat format, bool is_dev = false) {
  OfflineRequest request = make_request();
  request.table.format = format;
  request.is_dev = is_dev;
  const auto store = OfflineStore::open(real_file_system(), folder.at("out"), "0.1.0").value();
  OfflineSink sink(*store, request, 1);
  ASSERT_TRUE(sink.write(noon_rows({0, 0, 1}, 2.5)).ok());
  ASSERT_TRUE(sink.finish().ok());
}

/// The store as a source.
ReadOutcome read_store(const TestFolder& folder, TableFormat format) {
  TestSource source;
  source.format = to_string(format);
  source.path = "out/pump";
  source.event_time = "event_time";
  source.columns = {"pump_id", "event_time", "f"};
  source.types = {ScalarType::kNull, ScalarType::kTimestamp, ScalarType::kDouble};
  return read_source(folder, source);
}

std::string partition_of_day(int64_t day, TableFormat format) {
  return "out/" + partition_file("pump", Partitioning::kDay, format_day(kFirstDay + day), format);
}

TEST(HeldFilesTest, AStoreIsASource) {
  for (const TableFormat format : kFormats) {
    const TestFolder folder;
    write_store(folder, format);
    const ReadOutcome outcome = read_store(folder, format);
    EXPECT_EQ(outcome.error, "");
    EXPECT_EQ(outcome.rows.size(), 3u);
    EXPECT_EQ(outcome.notes, (std::vector<std::string>{}));
  }
}

/// Each byte of a small store changed in turn: the right values or an error, never a wrong value.
TEST(HeldFilesTest, NoChangedByteGivesAWrongValue) {
  for (const TableFormat format : kFormats) {
    const TestFolder folder;
    write_store(folder, format);
    const std::vector<std::string> right = read_store(folder, format).rows;
    ASSERT_EQ(right.size(), 3u);
    std::vector<std::string> names = {partition_of_day(0, format), partition_of_day(1, format)};
    if (format == TableFormat::kParquet) names.push_back("out/manifest.json");
    for (const std::string& name : names) {
      const std::string whole = folder.read(name);
      size_t unnoticed = 0;
      for (size_t i = 0; i < whole.size(); ++i) {
        SCOPED_TRACE(fmt::format("{} byte {}", name, i));
        std::string changed = whole;
        changed[i] = static_cast<char>(changed[i] ^ (1 << (i % 8)));
        folder.write(name, changed);
        const ReadOutcome outcome = read_store(folder, format);
        if (outcome.error.empty()) ++unnoticed;
        ASSERT_TRUE(!outcome.error.empty() || outcome.rows == right);
      }
      folder.write(name, whole);
      // What makes the manifest one of ours is a few words of it.
      EXPECT_LE(unnoticed, name.ends_with(".json") ? 40u : 0u) << name;
    }
  }
}

TEST(HeldFilesTest, SaysWhichFileIsDamaged) {
  const TestFolder folder;
  write_store(folder, TableFormat::kParquet);
  const std::string name = partition_of_day(1, TableFormat::kParquet);
  std::string bytes = folder.read(name);
  bytes[8] = static_cast<char>(bytes[8] ^ 1);  // in a page
  folder.write(name, bytes);
  const ReadOutcome outcome = read_store(folder, TableFormat::kParquet);
  EXPECT_EQ(outcome.error, "the store " + folder.at("out") +
                               ": pump/day=2024-03-02/part-0.parquet has changed: its SHA-256 is another one");
  EXPECT_EQ(outcome.help, "restore the file from a copy, or remove it and compute the store again");
  EXPECT_EQ(outcome.kind, ErrorKind::kData);

  folder.write(name, bytes.substr(0, bytes.size() - 1));
  EXPECT_EQ(read_store(folder, TableFormat::kParquet).error,
            "source `s`: the store " + folder.at("out") + ": pump/day=2024-03-02/part-0.parquet has another size");
}

TEST(HeldFilesTest, FilesOfOthersAreReadAsTheyAre) {
  const TestFolder folder;
  const auto format = TableFormat::kCsv;
  write_store(folder, format);
  // Not listed.
  folder.write(partition_of_day(5, format), "pump_id,event_time,f\n8,2024-03-06T12:00:00Z,1.5\n");
  EXPECT_EQ(read_store(folder, format).rows.size(), 4u);
  // A manifest of something else.
  folder.write("out/manifest.json", "{\"name\": \"my web app\"}");
  folder.write(partition_of_day(0, format), "pump_id,event_time,f\n8,2024-03-01T12:00:00Z,1.5\n");
  EXPECT_EQ(read_store(folder, format).error, "");
}

TEST(HeldFilesTest, SaysThatAStoreIsForExploring) {
  const TestFolder folder;
  write_store(folder, TableFormat::kCsv, /*is_dev=*/true);
  EXPECT_EQ(read_store(folder, TableFormat::kCsv).notes,
            (std::vector<std::string>{"source `s`: of a store for exploring, 2 files read"}));
}

}  // namespace
}  // namespace headrace
