#include "io/offline/partitioning.h"

#include "io/offline/offline_store_testing.h"

namespace headrace {
namespace {

int64_t day(std::string_view text) { return parse_day(text).value(); }

TEST(PartitioningTest, EveryDayLiesInOne) {
  for (const Partitioning each : kPartitionings) {
    const int64_t last = day("2400-03-02");
    for (int64_t start = day("1899-01-01"); start < last;) {
      const int64_t end = partition_end(each, start);
      ASSERT_LT(start, end);
      ASSERT_LE(end - start, 366);
      for (const int64_t inside : {start, start + (end - start) / 2, end - 1}) {
        ASSERT_EQ(partition_start(each, inside), start) << format_day(inside);
        ASSERT_EQ(partition_end(each, inside), end) << format_day(inside);
      }
      start = end;
    }
  }
  EXPECT_EQ(partition_end(Partitioning::kMonth, day("2024-02-01")), day("2024-03-01"));
  EXPECT_EQ(partition_end(Partitioning::kYear, day("2023-12-31")), day("2024-01-01"));
  EXPECT_EQ(format_day(partition_start(Partitioning::kYear, -1)), "1969-01-01");
}

TEST(PartitioningTest, Names) {
  EXPECT_EQ(partition_folder(Partitioning::kDay, "2024-03-01"), "day=2024-03-01");
  EXPECT_EQ(partition_folder(Partitioning::kMonth, "2024-03-01"), "month=2024-03");
  EXPECT_EQ(partition_folder(Partitioning::kYear, "2024-01-01"), "year=2024");
  for (const char* fine : {"day=2024-02-29", "month=2024-12", "year=0001"})
    EXPECT_TRUE(is_partition_folder(fine)) << fine;
  for (const char* wrong : {"", "day", "day=", "day=2023-02-29", "day=2024-03", "month=2024-13", "month=2024-3",
                            "month=2024-03-01", "year=24", "year=2024-01", "week=2024-03-01", "year=2024/x"}) {
    EXPECT_FALSE(is_partition_folder(wrong)) << wrong;
  }
}

Backfill by(Partitioning partition, std::vector<int64_t> days, double value) {
  Backfill backfill{.days = std::move(days), .value = value};
  backfill.request.partition = partition;
  return backfill;
}

Backfill within(Backfill backfill, const char* start, const char* end) {
  backfill.request.start = EventTime{day(start) * kMicrosPerDay};
  backfill.request.end = EventTime{day(end) * kMicrosPerDay};
  return backfill;
}

/// With the checks that the store makes before a run.
Status checked(FileSystem& files, const Backfill& backfill) {
  const auto store = OfflineStore::open(files, "out", "0.1.0").value();
  RETURN_IF_ERROR(store->check_range(backfill.request));
  return store->check_losses(backfill.request);
}

TEST(PartitionedStoreTest, AFileForEachMonth) {
  FaultyFileSystem files;
  const Backfill months = by(Partitioning::kMonth, {0, 1, 30, 31, 61, 306}, 1);
  ASSERT_EQ(run(files, months)->partitions, 4);
  EXPECT_EQ(files.list("out/pump").value(),
            (std::vector<std::string>{"month=2024-03", "month=2024-04", "month=2024-05", "month=2025-01"}));
  const Manifest manifest = load_manifest(files, "out").value();
  EXPECT_EQ(manifest.entities[0].partition, Partitioning::kMonth);
  EXPECT_EQ(manifest.entities[0].partitions[0].day, "2024-03-01");
  EXPECT_EQ(manifest.entities[0].partitions[0].rows, 3);
  const auto store = OfflineStore::open(files, "out", "0.1.0").value();
  EXPECT_TRUE(store->plan_reuse(months.request)->reuse_all);
  EXPECT_FALSE(store->plan_reuse(by(Partitioning::kDay, {}, 0).request)->reuse_all);
}

TEST(PartitionedStoreTest, SingleMonthsAreReplaced) {
  FaultyFileSystem files;
  ASSERT_TRUE(run(files, by(Partitioning::kMonth, {0, 31, 61}, 1)).ok());
  const Backfill april = within(by(Partitioning::kMonth, {32}, 2.5), "2024-04-01", "2024-05-01");
  ASSERT_TRUE(checked(files, april).ok());
  ASSERT_TRUE(run(files, april).ok());
  EXPECT_EQ(read_values(files).value(), (Values{{"2024-03-01", "1.0"}, {"2024-04-01", "2.5"}, {"2024-05-01", "1.0"}}));

  const auto early = checked(files, within(by(Partitioning::kMonth, {32}, 3), "2024-04-02", "2024-05-01"));
  EXPECT_EQ(early.error().message(),
            "2024-04 of `pump` in out has rows before {option start}, and a month is replaced as a whole");
  EXPECT_EQ(early.error().help(), "begin with the month: {option start=2024-04-01}");
  const auto late = checked(files, within(by(Partitioning::kMonth, {32}, 3), "2024-04-01", "2024-05-02"));
  EXPECT_EQ(late.error().message(),
            "2024-05 of `pump` in out has rows from {option end} on, and a month is replaced as a whole");
  EXPECT_EQ(late.error().help(), "end with the month: {option end=2024-06-01}");
  EXPECT_EQ(run(files, within(by(Partitioning::kMonth, {}, 3), "2024-04-01", "2024-06-01")).error().message(),
            "the table `pump` in out has months of which no event is left: 2024-04, 2024-05");
}

TEST(PartitionedStoreTest, AnotherPartitioningNeedsReplace) {
  FaultyFileSystem files;
  ASSERT_TRUE(run(files, by(Partitioning::kDay, {0, 1, 31}, 1)).ok());
  const Backfill months = by(Partitioning::kMonth, {0, 1, 31}, 1);
  const auto refused = checked(files, months);
  EXPECT_EQ(refused.error().kind(), ErrorKind::kConflict);
  EXPECT_EQ(refused.error().message(),
            "the table `pump` in out has a file for each day, which this run would replace by one for each month");
  EXPECT_EQ(refused.error().help(), "write to another folder, or replace the table with {option replace}");
  const auto part = checked(files, within(months, "2024-03-01", "2024-04-01"));
  EXPECT_NE(part.error().message().find("its files have a day each, not a month; its days outside of"),
            std::string::npos);

  ASSERT_TRUE(run(files, replacing(months)).ok());
  EXPECT_EQ(files.list("out/pump").value(), (std::vector<std::string>{"month=2024-03", "month=2024-04"}));
  ASSERT_TRUE(run(files, replacing(by(Partitioning::kYear, {0, 1, 31}, 1))).ok());
  EXPECT_EQ(files.list("out/pump").value(), (std::vector<std::string>{"year=2024"}));
  ASSERT_TRUE(run(files, replacing(by(Partitioning::kDay, {0, 1, 31}, 1))).ok());
  EXPECT_EQ(read_values(files)->size(), 3u);
}

std::vector<int64_t> first_days(int64_t count) {
  std::vector<int64_t> days;
  for (int64_t i = 0; i < count; ++i) days.push_back(i);
  return days;
}

TEST(BatchSyncTest, ManyDaysWaitForTheDiskAsOftenAsFew) {
  const auto syncs_of = [](int64_t days, bool lacks_folder_sync) {
    FaultyFileSystem files;
    if (lacks_folder_sync) files.lacks_folder_sync();
    EXPECT_TRUE(run(files, {.days = first_days(days), .value = 1}).ok());
    const int64_t first = files.syncs();
    EXPECT_TRUE(run(files, {.days = first_days(days), .value = 2}).ok());
    const int64_t second = files.syncs() - first;
    EXPECT_TRUE(run(files, replacing({.days = {400}, .value = 2})).ok());
    return std::array{first, second, files.syncs() - first - second};
  };
  const auto few = syncs_of(20, false), many = syncs_of(300, false);
  EXPECT_EQ(few, many);
  for (const int64_t syncs : many) EXPECT_LT(syncs, 30);
  const auto one_by_one = syncs_of(300, true);
  EXPECT_GT(one_by_one[0], 900);
  EXPECT_GT(one_by_one[2], 1);
}

/// More days than are synced one by one, killed at every step in each way.
class ManyDaysCrashTest : public testing::TestWithParam<Loss> {};

TEST_P(ManyDaysCrashTest, OldOrNew) {
  const int64_t days = BatchSync::kSyncedAloneMax + 4;
  const Backfill before{.days = first_days(days), .value = 1};
  std::vector<int64_t> others = first_days(days);
  for (int64_t& each : others) each += 2;
  const Backfill after = replacing({.days = others, .value = 2.25});
  FaultyFileSystem calm;
  ASSERT_TRUE(run(calm, before).ok());
  const Values old_values = read_values(calm).value();
  ASSERT_TRUE(run(calm, after).ok());
  const Values new_values = read_values(calm).value();

  bool was_killed = true;
  for (int64_t change = 1; was_killed; ++change) {
    SCOPED_TRACE(change);
    FaultyFileSystem files;
    ASSERT_TRUE(run(files, before).ok());
    files.restart(GetParam());  // a finished run survives the loss
    files.crash_at(change);
    was_killed = !run(files, after).ok();
    files.restart(GetParam());
    const Values seen = read_values(files).value();
    ASSERT_TRUE(seen == new_values || (was_killed && seen == old_values));
    ASSERT_TRUE(run(files, after).ok());
    ASSERT_EQ(files.all_files(), calm.all_files());
  }
}

INSTANTIATE_TEST_SUITE_P(Losses, ManyDaysCrashTest, testing::ValuesIn(kLosses));

}  // namespace
}  // namespace headrace
