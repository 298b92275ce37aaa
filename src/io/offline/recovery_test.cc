#include "base/seal.h"
#include "data/value.h"
#include "io/offline/offline_store_testing.h"

namespace headrace {
namespace {

/// What stands beside a file to take its place; empty where nothing does.
std::string waiting_file(const FaultyFileSystem& files, const std::string& file) {
  for (const auto& [path, bytes] : files.all_files()) {
    if (is_temporary_of(path, file)) return path;
  }
  return "";
}

TEST(RecoveryTest, RefusesWhatSomebodyElseChanged) {
  // Find the change at which the commit is decided: the reader sees the new values from there on.
  for (int64_t change = 1;; ++change) {
    FaultyFileSystem files;
    ASSERT_TRUE(run(files, {.days = {0}, .value = 1}).ok());
    files.restart(Loss::kNothing);
    files.crash_at(change);
    ASSERT_FALSE(run(files, {.days = {0}, .value = 2.25}).ok());
    files.restart(Loss::kNothing);
    const std::string waiting = waiting_file(files, "out/" + file_of_day(0));
    if (!files.exists("out/commit.json").value() || waiting.empty()) continue;
    ASSERT_TRUE(files.remove(waiting).ok());
    EXPECT_EQ(OfflineStore::open(files, "out", "0.1.0").error().message(),
              "out/" + file_of_day(0) +
                  " is not the file that an interrupted run wrote: somebody has changed the folder since");
    return;
  }
}

TEST(RecoveryTest, ForeignFilesStay) {
  FaultyFileSystem files;
  ASSERT_TRUE(run(files, {.days = {0}, .value = 1}).ok());
  const std::string token = "0123456789abcdef0123456789abcdef";
  const std::map<std::string, std::string> foreign = {
      {"out/pump/day=2024-03-01/part-0.csv.new", "a"},
      {"out/pump/day=2024-03-01/part-0.csv." + token + ".new", "b"},
      {"out/pump/day=2030-01-01/mine.new", "c"},
      {"out/writing-" + token, "not empty"},
      {"out/writing-abc", ""},
      {"out/readme.txt", "d"},
  };
  for (const auto& [path, bytes] : foreign) put(files, path, bytes);
  ASSERT_TRUE(run(files, {.days = {0}, .value = 2}).ok());
  for (const auto& [path, bytes] : foreign) EXPECT_EQ(files.read_file(path).value(), bytes) << path;

  // A partition that nobody listed is not replaced.
  put(files, "out/pump/day=2024-03-02/part-0.csv", "theirs");
  const auto refused = run(files, {.days = {0, 1}, .value = 3});
  EXPECT_EQ(refused.error().message(), "out/pump/day=2024-03-02/part-0.csv is there, and the store did not write it");
  EXPECT_EQ(files.read_file("out/pump/day=2024-03-02/part-0.csv").value(), "theirs");
  EXPECT_EQ(read_values(files).value(), (Values{{"2024-03-01", "2.0"}}));
}

/// commit.json and manifest.json of somebody who would like other files to be changed: sealed as ours are.
TEST(RecoveryTest, HostileNamesTouchNothing) {
  FaultyFileSystem seed;
  ASSERT_TRUE(run(seed, {.days = {0}, .value = 1}).ok());
  const std::string manifest = seed.read_file("out/manifest.json").value();
  const std::string token = ".0123456789abcdef0123456789abcdef.new";
  const auto commit_of = [&](const std::string& renames, const std::string& removals) {
    return sealed("{\n  \"manifest\": " + quote_json(manifest) + ",\n  \"renames\": [" + renames +
                  "],\n  \"removals\": [" + removals + "]\n}\n");
  };
  const auto removal_of = [&](const std::string& file) {
    return commit_of("", "{\"file\": " + quote_json(file) + ", \"bytes\": 1}");
  };
  const auto rename_of = [&](const std::string& file, const std::string& temporary) {
    return commit_of("{\"file\": " + quote_json(file) + ", \"temporary\": " + quote_json(temporary) + ", \"bytes\": 1}",
                     "");
  };
  std::vector<std::string> commits = {"{}",
                                      "[]",
                                      "",
                                      sealed("{\n  \"manifest\": 1\n}\n"),
                                      commit_of("1", ""),
                                      rename_of("x", "pump/day=2024-03-01/part-0.csv"),
                                      rename_of("pump/day=2024-03-01/part-0.csv", "x"),
                                      rename_of("pump/day=2024-03-01/part-0.csv", "../x" + token)};
  for (const char* file : {"", ".", "..", "../x", "/x", "pump", "pump/", "pump/day=2024-03-01", "readme.txt",
                           "manifest.json", "commit.json", "quality.json", "pump/day=2024-03-01/../../x",
                           "pump/day=2024-03-01/part-0.csv", "pump/day=2024-03-01/part-1.csv"}) {
    commits.push_back(removal_of(file));
    commits.push_back(rename_of(file, file + token));
  }
  for (const std::string& commit : commits) {
    FaultyFileSystem files;
    ASSERT_TRUE(run(files, {.days = {0}, .value = 1}).ok());
    for (const char* path : {"x", "out/readme.txt", "out/pump/day=2024-03-01/part-1.csv"}) put(files, path, "1");
    put(files, "out/commit.json", commit);
    const Files before = files.all_files();
    EXPECT_EQ(OfflineStore::open(files, "out", "0.1.0").error().kind(), ErrorKind::kData) << commit;
    EXPECT_EQ(load_manifest(files, "out").error().kind(), ErrorKind::kData) << commit;
    EXPECT_EQ(files.all_files(), before) << commit;
  }
}

TEST(RecoveryTest, DamagedFilesAreErrorsOfTheData) {
  for (const char* name : {"out/manifest.json", "out/commit.json"}) {
    FaultyFileSystem files;
    ASSERT_TRUE(files.make_folders("out").ok());
    put(files, name, "{");
    EXPECT_EQ(OfflineStore::open(files, "out", "0.1.0").error().kind(), ErrorKind::kData);
    EXPECT_EQ(load_manifest(files, "out").error().kind(), ErrorKind::kData);
  }
}

}  // namespace
}  // namespace headrace
