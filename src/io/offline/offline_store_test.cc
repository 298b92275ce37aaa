#include "base/hash.h"
#include "base/option_name.h"
#include "io/offline/offline_store_testing.h"

namespace headrace {
namespace {

TEST(OfflineStoreTest, WritesAFileForEachDay) {
  FaultyFileSystem files;
  const auto written = run(files, {.days = {0, 1, 1, 4}, .value = 2.5});
  ASSERT_TRUE(written.ok());
  EXPECT_EQ(written->rows, 4);
  EXPECT_EQ(written->partitions, 3);
  Files found = files.all_files();
  EXPECT_EQ(found.at("out/pump/day=2024-03-01/part-0.csv"), "pump_id,event_time,f\n7,2024-03-01T12:00:00Z,2.5\n");
  EXPECT_EQ(found.at("out/pump/day=2024-03-02/part-0.csv"),
            "pump_id,event_time,f\n7,2024-03-02T12:00:00Z,2.5\n7,2024-03-02T12:00:00Z,2.5\n");
  EXPECT_TRUE(found.contains("out/pump/day=2024-03-05/part-0.csv"));
  EXPECT_TRUE(found.contains("out/manifest.json"));
  EXPECT_EQ(found.size(), 4u);
  const Manifest manifest = load_manifest(files, "out").value();
  ASSERT_EQ(manifest.entities.size(), 1u);
  EXPECT_EQ(manifest.entities[0].runs[0].rows, 4);
  EXPECT_EQ(manifest.entities[0].partitions[1],
            (ManifestPartition{.day = "2024-03-02",
                               .file = "pump/day=2024-03-02/part-0.csv",
                               .rows = 2,
                               .bytes = 75,
                               .sha256 = sha256_hex(found.at("out/pump/day=2024-03-02/part-0.csv")),
                               .footer_sha256 = std::nullopt,
                               .run = run_id(make_request(), "0.1.0")}));
  EXPECT_EQ(manifest.history, (std::vector<ManifestMeaning>{{"f", "1.0", "d1", "pump", "meaning d1"}}));
}

TEST(OfflineStoreTest, SameWorkGivesTheSameBytes) {
  for (TableFormat format : {TableFormat::kParquet, TableFormat::kCsv, TableFormat::kNdjson}) {
    Backfill backfill{.days = {0, 0, 1, 2, 3, 5}, .value = 1.0 / 3};
    backfill.request.table.format = format;
    FaultyFileSystem first, second;
    ASSERT_TRUE(run(first, backfill).ok());
    ASSERT_TRUE(run(second, backfill, 3).ok());
    EXPECT_EQ(first.all_files(), second.all_files());
    ASSERT_TRUE(run(second, backfill, 2).ok());
    EXPECT_EQ(first.all_files(), second.all_files());
  }
}

TEST(OfflineStoreTest, DaysBeforeTheEpochAndEmptyTables) {
  FaultyFileSystem files;
  ASSERT_TRUE(run(files, {.days = {-kFirstDay - 1}, .value = 1}).ok());
  EXPECT_TRUE(files.exists("out/pump/day=1969-12-31/part-0.csv").value());
  EXPECT_EQ(run(files, {.days = {}}).error().kind(), ErrorKind::kConflict);
  ASSERT_TRUE(run(files, replacing({.days = {}})).ok());
  EXPECT_EQ(read_values(files).value(), Values());
  EXPECT_FALSE(files.exists("out/pump/day=1969-12-31").value());
}

TEST(OfflineStoreTest, WithoutFinishNothingChanges) {
  FaultyFileSystem files;
  ASSERT_TRUE(run(files, {.days = {0, 1}, .value = 1}).ok());
  const Files before = files.all_files();
  {
    const auto store = OfflineStore::open(files, "out", "0.1.0").value();
    OfflineSink sink(*store, make_request(), 2);
    ASSERT_TRUE(sink.write(noon_rows({0, 1, 2}, 5)).ok());
  }
  EXPECT_EQ(files.all_files(), before);
  EXPECT_FALSE(files.exists("out/pump/day=2024-03-03").value());
}

TEST(OfflineStoreTest, DaysOutsideOfTheRequestStay) {
  FaultyFileSystem files;
  ASSERT_TRUE(run(files, {.days = {0, 1, 2, 3}, .value = 1}).ok());
  Backfill later{.days = {2}, .value = 2};
  later.request.start = EventTime{(kFirstDay + 2) * kMicrosPerDay};
  later.request.end = EventTime{(kFirstDay + 3) * kMicrosPerDay};
  ASSERT_TRUE(run(files, later).ok());
  EXPECT_EQ(read_values(files).value(),
            (Values{{"2024-03-01", "1.0"}, {"2024-03-02", "1.0"}, {"2024-03-03", "2.0"}, {"2024-03-04", "1.0"}}));
  EXPECT_EQ(load_manifest(files, "out")->entities[0].runs.size(), 2u);
  // Without rows in the range, its days go where that was asked for.
  later.days = {};
  EXPECT_EQ(run(files, later).error().message(),
            "the table `pump` in out has a day of which no event is left: 2024-03-03");
  ASSERT_TRUE(run(files, replacing(later)).ok());
  EXPECT_EQ(read_values(files).value(), (Values{{"2024-03-01", "1.0"}, {"2024-03-02", "1.0"}, {"2024-03-04", "1.0"}}));
  EXPECT_FALSE(files.exists("out/" + file_of_day(2)).value());
}

/// [from, to) of the request in hours since the first day.
Backfill with_range(Backfill backfill, std::optional<int64_t> from_hour, std::optional<int64_t> to_hour) {
  const auto at = [](int64_t hour) { return EventTime{kFirstDay * kMicrosPerDay + hour * kMicrosPerDay / 24}; };
  if (from_hour) backfill.request.start = at(*from_hour);
  if (to_hour) backfill.request.end = at(*to_hour);
  return backfill;
}

TEST(OfflineStoreTest, OtherColumnsReplaceTheTable) {
  FaultyFileSystem files;
  ASSERT_TRUE(run(files, {.days = {0, 1}, .value = 1}).ok());
  ASSERT_TRUE(run(files, replacing({.request = make_request("d2", "2.0"), .days = {1}, .value = 2})).ok());
  EXPECT_EQ(read_values(files).value(), (Values{{"2024-03-02", "2.0"}}));
  EXPECT_FALSE(files.exists("out/" + file_of_day(0)).value());
}

TEST(OfflineStoreTest, OtherColumnsDoNotTakeDaysOutsideOfTheRange) {
  FaultyFileSystem files;
  ASSERT_TRUE(run(files, {.days = {0, 1, 2}, .value = 1}).ok());
  const Files before = files.all_files();
  const Backfill other{.request = make_request("d2", "2.0"), .days = {1}, .value = 2};
  const auto refused = run(files, with_range(other, 24, 48));
  EXPECT_EQ(refused.error().message(),
            "the table `pump` in out has other columns than this run: `f` 2.0 is not in it, `f` 1.0 is only there; its "
            "days outside of {option start} and {option end} would be lost (2024-03-01 to 2024-03-03)");
  EXPECT_EQ(refused.error().help(),
            "compute all its days once, without {option start} and {option end}, or write to another folder");
  EXPECT_EQ(refused.error().kind(), ErrorKind::kConflict);
  Backfill grid{.days = {1}, .value = 2};
  grid.request.every = Duration{kMicrosPerDay};
  EXPECT_NE(run(files, with_range(grid, 24, {})).error().message().find("of another {option every}"),
            std::string::npos);
  Backfill json{.days = {1}, .value = 2};
  json.request.table.format = TableFormat::kNdjson;
  EXPECT_NE(run(files, with_range(json, {}, 48)).error().message().find("its files are csv, not ndjson"),
            std::string::npos);
  EXPECT_EQ(files.all_files(), before);
  // A range over all stored days takes nothing away.
  ASSERT_TRUE(run(files, with_range(replacing(other), 0, 72)).ok());
  EXPECT_EQ(read_values(files).value(), (Values{{"2024-03-02", "2.0"}}));
}

TEST(OfflineStoreTest, APartOfADayDoesNotReplaceTheDay) {
  FaultyFileSystem files;
  ASSERT_TRUE(run(files, {.days = {0, 1}, .value = 1}).ok());
  const Files before = files.all_files();
  const auto late = run(files, with_range({.days = {1}, .value = 2}, 30, 48));
  EXPECT_EQ(late.error().message(),
            "2024-03-02 of `pump` in out has rows before {option start}, and a day is replaced as a whole");
  EXPECT_EQ(late.error().help(), "begin with the day: {option start=2024-03-02}");
  EXPECT_EQ(late.error().kind(), ErrorKind::kUsage);
  const auto early = run(files, with_range({.days = {0}, .value = 2}, 0, 13));
  EXPECT_EQ(early.error().message(),
            "2024-03-01 of `pump` in out has rows from {option end} on, and a day is replaced as a whole");
  EXPECT_EQ(early.error().help(), "end with the day: {option end=2024-03-02}");
  EXPECT_EQ(files.all_files(), before);
}

TEST(OfflineStoreTest, APartOfADayMayGrow) {
  FaultyFileSystem files;
  ASSERT_TRUE(run(files, with_range({.days = {0, 1}, .value = 1}, 6, 37)).ok());
  EXPECT_TRUE(run(files, with_range({.days = {1}, .value = 2}, 24, 37)).ok());
  EXPECT_TRUE(run(files, with_range({.days = {1}, .value = 3}, 24, 42)).ok());
  EXPECT_FALSE(run(files, with_range({.days = {1}, .value = 4}, 24, 41)).ok());
  EXPECT_FALSE(run(files, with_range({.days = {0}, .value = 4}, 7, 24)).ok());
  EXPECT_TRUE(run(files, with_range({.days = {0}, .value = 4}, 6, 24)).ok());
  EXPECT_TRUE(run(files, with_range({.days = {5}, .value = 5}, 125, 140)).ok()) << "nothing is stored of that day";
  EXPECT_EQ(read_values(files).value(), (Values{{"2024-03-01", "4.0"}, {"2024-03-02", "3.0"}, {"2024-03-06", "5.0"}}));
}

TEST(OfflineStoreTest, OtherFormatReplacesTheFiles) {
  FaultyFileSystem files;
  ASSERT_TRUE(run(files, {.days = {0}, .value = 1}).ok());
  Backfill other{.days = {0}, .value = 1};
  other.request.table.format = TableFormat::kNdjson;
  ASSERT_TRUE(run(files, other).ok());
  EXPECT_EQ(files.list("out/pump/day=2024-03-01").value(), (std::vector<std::string>{"part-0.ndjson"}));
}

TEST(OfflineStoreTest, EntitiesShareTheManifest) {
  FaultyFileSystem files;
  Backfill site{.days = {3}, .value = 9};
  site.request.entity = "site";
  site.request.features[0].name = "g";
  ASSERT_TRUE(run(files, site).ok());
  ASSERT_TRUE(run(files, {.days = {0}, .value = 1}).ok());
  const Manifest manifest = load_manifest(files, "out").value();
  ASSERT_EQ(manifest.entities.size(), 2u);
  EXPECT_EQ(manifest.entities[0].name, "pump");
  EXPECT_EQ(manifest.entities[1].name, "site");
  EXPECT_EQ(manifest.history.size(), 2u);
}

TEST(OfflineStoreTest, SameVersionWithAnotherMeaningIsRefused) {
  FaultyFileSystem files;
  ASSERT_TRUE(run(files, {.days = {0}, .value = 1}).ok());
  const Files before = files.all_files();
  const auto refused = run(files, {.request = make_request("d2"), .days = {0}, .value = 2});
  EXPECT_EQ(refused.error().message(),
            "the meaning of `f` 1.0 has changed, and the version has not: out holds values of the other meaning\n"
            "  f 1.0  meaning: d2, was d1");
  EXPECT_EQ(refused.error().help(), "raise the versions, also of all that use them, with `" +
                                        way_to(RequestName::kRaiseVersion, "f") + "`, or write to another folder");
  EXPECT_EQ(refused.error().kind(), ErrorKind::kConflict);
  EXPECT_EQ(files.all_files(), before);
  // The version rule outlives the values.
  ASSERT_TRUE(run(files, {.request = make_request("d2", "1.1"), .days = {0}, .value = 2}).ok());
  EXPECT_FALSE(run(files, {.request = make_request("d3"), .days = {0}, .value = 2}).ok());
  EXPECT_TRUE(run(files, {.days = {0}, .value = 1}).ok());
}

TEST(ReuseTest, OnlyOfEqualWorkAndWholeFiles) {
  FaultyFileSystem files;
  const auto plan = [&](const OfflineRequest& request, const std::string& version = "0.1.0") {
    return OfflineStore::open(files, "out", version).value()->plan_reuse(request).value();
  };
  EXPECT_EQ(plan(make_request()).reason, "nothing is stored yet");
  ASSERT_TRUE(run(files, {.days = {0, 1}, .value = 1}).ok());
  EXPECT_TRUE(plan(make_request()).reuse_all);
  EXPECT_EQ(plan(make_request()).reused_rows, 2);

  const std::string changed = "features, request or inputs have changed";
  OfflineRequest request = make_request();
  request.inputs[0].modified_us += 1;
  EXPECT_EQ(plan(request).reason, changed);
  request = make_request();
  request.end = EventTime{(kFirstDay + 1) * kMicrosPerDay};
  EXPECT_EQ(plan(request).reason, changed);
  request.end = EventTime{0};  // before all days that are there
  EXPECT_EQ(plan(request).reason, "nothing is stored yet");
  EXPECT_EQ(plan(make_request("d2", "1.1")).reason, changed);
  EXPECT_EQ(plan(make_request(), "0.2.0").reason, changed);

  request = make_request();
  request.inputs[0].inode += 1;
  EXPECT_EQ(plan(request).reason, changed);
  request = make_request();
  request.inputs[0].changed_us += 1;
  EXPECT_EQ(plan(request).reason, changed);

  ASSERT_TRUE(files.truncate("out/" + file_of_day(1), 3).ok());
  EXPECT_EQ(plan(make_request()).reason, file_of_day(1) + " has another size");
  ASSERT_TRUE(files.remove("out/" + file_of_day(1)).ok());
  EXPECT_EQ(plan(make_request()).reason, file_of_day(1) + " is missing");
}

TEST(ReuseTest, NotAfterAnotherRunReplacedADay) {
  FaultyFileSystem files;
  ASSERT_TRUE(run(files, {.days = {0, 1}, .value = 1}).ok());
  Backfill later{.days = {1}, .value = 2};
  later.request.start = EventTime{(kFirstDay + 1) * kMicrosPerDay};
  ASSERT_TRUE(run(files, later).ok());
  const auto store = OfflineStore::open(files, "out", "0.1.0").value();
  EXPECT_EQ(store->plan_reuse(make_request())->reason, "another run has replaced a part");
  EXPECT_TRUE(store->plan_reuse(later.request)->reuse_all);
}

TEST(LoadManifestTest, NeedsAStore) {
  FaultyFileSystem files;
  ASSERT_TRUE(files.make_folders("out").ok());
  const Result<Manifest> none = load_manifest(files, "out");
  EXPECT_EQ(none.error().message(), "out holds no manifest.json");
  EXPECT_EQ(none.error().help(), "`{request backfill=out}` makes one");
}

/// A change of the store, killed at every step in each way, seen by a reader, and done again.
class CrashTest : public testing::TestWithParam<Loss> {
 protected:
  static void expect_atomic(const Backfill& before, const Backfill& after);
};

void CrashTest::expect_atomic(const Backfill& before, const Backfill& after) {
  FaultyFileSystem calm;
  ASSERT_TRUE(run(calm, before).ok());
  const Values old_values = read_values(calm).value();
  ASSERT_TRUE(run(calm, after).ok());
  const Values new_values = read_values(calm).value();
  ASSERT_NE(old_values, new_values);

  bool was_killed = true;
  int64_t change = 1;
  for (; was_killed; ++change) {
    SCOPED_TRACE(change);
    FaultyFileSystem files;
    ASSERT_TRUE(run(files, before).ok());
    files.restart(GetParam());  // a finished run survives the loss
    files.crash_at(change);
    was_killed = !run(files, after).ok();
    files.restart(GetParam());

    const Values seen = read_values(files).value();
    EXPECT_TRUE(seen == new_values || (was_killed && seen == old_values));
    // Whoever reads the folders without the manifest finds whole files, those of one run or of the other.
    for (const auto& [path, bytes] : files.all_files()) {
      if (path.ends_with("part-0.csv")) {
        EXPECT_TRUE(bytes.ends_with(",1.0\n") || bytes.ends_with(",2.25\n"));
      }
    }
    ASSERT_TRUE(run(files, after).ok());
    EXPECT_EQ(files.all_files(), calm.all_files());
  }
  EXPECT_GT(change, 20);
}

TEST_P(CrashTest, ReplacingDays) { expect_atomic({.days = {0, 1}, .value = 1}, {.days = {0, 1}, .value = 2.25}); }

TEST_P(CrashTest, AddingAndRemovingDays) {
  expect_atomic({.days = {0, 1}, .value = 1}, replacing({.days = {1, 2}, .value = 2.25}));
}

TEST_P(CrashTest, OneDayOfSeveral) {
  Backfill after{.days = {1}, .value = 2.25};
  after.request.start = EventTime{(kFirstDay + 1) * kMicrosPerDay};
  after.request.end = EventTime{(kFirstDay + 2) * kMicrosPerDay};
  expect_atomic({.days = {0, 1, 2}, .value = 1}, after);
}

TEST_P(CrashTest, FirstRun) {
  int64_t change = 1;
  for (bool was_killed = true; was_killed; ++change) {
    SCOPED_TRACE(change);
    FaultyFileSystem files;
    files.crash_at(change);
    was_killed = !run(files, {.days = {0, 1}, .value = 1}).ok();
    files.restart(GetParam());
    const auto seen = read_values(files);
    const Values whole{{"2024-03-01", "1.0"}, {"2024-03-02", "1.0"}};
    EXPECT_TRUE(seen.ok() ? *seen == whole : was_killed);
    ASSERT_TRUE(run(files, {.days = {0, 1}, .value = 1}).ok());
    EXPECT_EQ(read_values(files).value(), whole);
  }
}

/// Killed once more while the next run repairs.
TEST_P(CrashTest, KilledTwice) {
  const Backfill before{.days = {0, 1}, .value = 1}, after = replacing({.days = {1, 2}, .value = 2.25});
  const Values old_values{{"2024-03-01", "1.0"}, {"2024-03-02", "1.0"}};
  const Values new_values{{"2024-03-02", "2.25"}, {"2024-03-03", "2.25"}};
  for (int64_t first = 1; first < 45; ++first) {
    for (int64_t second = 1; second < 20; ++second) {
      FaultyFileSystem files;
      ASSERT_TRUE(run(files, before).ok());
      files.restart(GetParam());
      files.crash_at(first);
      (void)run(files, after).ok();
      files.restart(GetParam());
      const Values seen = read_values(files).value();
      files.crash_at(second);
      (void)OfflineStore::open(files, "out", "0.1.0").ok();
      files.restart(GetParam());
      const Values seen_again = read_values(files).value();
      ASSERT_EQ(seen_again, seen) << first << ", " << second;
      ASSERT_TRUE(seen == old_values || seen == new_values);
      ASSERT_TRUE(OfflineStore::open(files, "out", "0.1.0").ok());
      ASSERT_EQ(read_values(files).value(), seen);
      for (const auto& [path, bytes] : files.all_files()) {
        ASSERT_TRUE(!path.ends_with(".new") && path.find("writing-") == std::string::npos) << path;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Losses, CrashTest, testing::ValuesIn(kLosses));

}  // namespace
}  // namespace headrace
