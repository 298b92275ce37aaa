#include "io/offline/verify_store.h"

#include "base/seal.h"
#include "io/offline/offline_store_testing.h"

namespace headrace {
namespace {

TEST(VerifyTest, EveryChangedByteIsFound) {
  for (const TableFormat format : {TableFormat::kParquet, TableFormat::kCsv, TableFormat::kNdjson}) {
    FaultyFileSystem files;
    Backfill backfill{.days = {0, 1, 1}, .value = 1.0 / 3};
    backfill.request.table.format = format;
    ASSERT_TRUE(run(files, backfill).ok());
    put(files, "out/quality.json", sealed("{\n  \"checks\": []\n}\n"));
    const Files whole = files.all_files();
    const StoreCheck check = verify_store(files, "out").value();
    EXPECT_TRUE(check.faults.empty() && check.strangers.empty());
    EXPECT_EQ(check.files, static_cast<int64_t>(whole.size()));

    for (const auto& [path, bytes] : whole) {
      for (size_t i = 0; i < bytes.size(); ++i) {
        std::string changed = bytes;
        changed[i] = static_cast<char>(changed[i] ^ (1 << (i % 8)));
        put(files, path, changed);
        const StoreCheck found = verify_store(files, "out").value();
        ASSERT_EQ(found.faults.size(), 1u) << path << " at " << i;
        ASSERT_EQ("out/" + found.faults[0].file, path);
      }
      put(files, path, bytes);
    }
    EXPECT_TRUE(verify_store(files, "out")->faults.empty());
  }
}

TEST(VerifyTest, SaysWhatIsMissingAndWhatIsNotOfTheStore) {
  FaultyFileSystem files;
  EXPECT_EQ(verify_store(files, "out").error().kind(), ErrorKind::kEnvironment);
  ASSERT_TRUE(run(files, {.days = {0, 1}, .value = 1}).ok());
  ASSERT_TRUE(files.remove("out/" + file_of_day(1)).ok());
  put(files, "out/pump/notes.txt", "");
  const StoreCheck check = verify_store(files, "out").value();
  ASSERT_EQ(check.faults.size(), 1u);
  EXPECT_EQ(check.faults[0].problem, file_of_day(1) + " is missing");
  EXPECT_EQ(check.strangers, (std::vector<std::string>{"pump/notes.txt"}));
}

/// A store in the middle of a commit is whole.
TEST(VerifyTest, AnInterruptedRunIsNoDamage) {
  int64_t pending = 0;
  for (int64_t change = 1;; ++change) {
    FaultyFileSystem files;
    ASSERT_TRUE(run(files, {.days = {0, 1}, .value = 1}).ok());
    files.restart(Loss::kNothing);
    files.crash_at(change);
    const bool was_killed = !run(files, {.days = {0, 1}, .value = 2.25}).ok();
    files.restart(Loss::kNothing);
    const StoreCheck check = verify_store(files, "out").value();
    EXPECT_TRUE(check.faults.empty()) << change << ": " << (check.faults.empty() ? "" : check.faults[0].problem);
    pending += check.is_pending;
    if (!was_killed) break;
  }
  EXPECT_GT(pending, 3);
}

}  // namespace
}  // namespace headrace
