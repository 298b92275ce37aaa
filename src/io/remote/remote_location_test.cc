#include "io/remote/remote_location.h"

#include "io/paths/path_parts.h"
#include "io/remote/object_store.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

bool matches(const std::string& pattern, const std::string& name) {
  return fit_pattern(split_path(pattern), split_path(name), FileFormat::kParquet) == PatternFit::kFits;
}

TEST(RemoteLocation, PatternsMatchAsInFolders) {
  EXPECT_TRUE(matches("b/a.parquet", "b/a.parquet"));
  EXPECT_TRUE(matches("b/a", "b/a"));  // named: whatever its extension
  EXPECT_FALSE(matches("b/a", "b/ab"));
  // A folder stands for the files of the format within it.
  EXPECT_TRUE(matches("b/in", "b/in/x/day=1/a.parquet"));
  EXPECT_FALSE(matches("b/in", "b/in/a.csv"));
  EXPECT_FALSE(matches("b/in", "b/in/_temporary/a.parquet"));
  EXPECT_FALSE(matches("b/in", "b/in/.a.parquet"));
  // Globs.
  EXPECT_TRUE(matches("b/*/a.parquet", "b/x/a.parquet"));
  EXPECT_FALSE(matches("b/*/a.parquet", "b/x/y/a.parquet"));
  EXPECT_TRUE(matches("b/**/a.parquet", "b/x/y/a.parquet"));
  EXPECT_TRUE(matches("b/**/a.parquet", "b/a.parquet"));
  EXPECT_TRUE(matches("b/day=*", "b/day=1/a.parquet"));
  EXPECT_TRUE(matches("b/part-[0-3].parquet", "b/part-2.parquet"));
  EXPECT_FALSE(matches("b/*", "b/_SUCCESS"));
  EXPECT_TRUE(matches("b/_*", "b/_SUCCESS"));
}

TEST(RemoteLocation, WhatIsLeftOutHasAReason) {
  const auto fit = [](const std::string& pattern, const std::string& name) {
    return fit_pattern(split_path(pattern), split_path(name), FileFormat::kCsv);
  };
  EXPECT_EQ(fit("b/in", "b/in/a.CSV"), PatternFit::kFits);
  EXPECT_EQ(fit("b/in", "b/in/notes.txt"), PatternFit::kOtherFormat);
  EXPECT_EQ(fit("b/in", "b/in/_temporary/a.csv"), PatternFit::kHidden);
  EXPECT_EQ(fit("b/**/*.csv", "b/_temporary/a.csv"), PatternFit::kHidden);
  EXPECT_EQ(fit("b/in", "b/other/a.csv"), PatternFit::kNone);
  EXPECT_EQ(fit("b/**/**/**/**/**/**/x", "b/1/2/3/4/5/6/7/8/9/10/11/12/13/y"), PatternFit::kNone);
}

TEST(RemoteLocation, ABucketMustBeNamed) {
  EXPECT_EQ(expand_remote_location("gs://", FileFormat::kCsv).error().message(), "`gs://` names no bucket");
  EXPECT_EQ(expand_remote_location("s3://*/a.csv", FileFormat::kCsv).error().message(),
            "`s3://*/a.csv` names no bucket");
}

TEST(ObjectStore, PathsAreToldApart) {
  EXPECT_TRUE(is_remote("gs://bucket/a"));
  EXPECT_TRUE(is_remote("s3://bucket/a"));
  EXPECT_FALSE(is_remote("data/gs/a"));
  EXPECT_EQ(&file_system_of("data/a"), &real_file_system());
  EXPECT_NE(&file_system_of("s3://bucket/a"), &real_file_system());
}

}  // namespace
}  // namespace headrace
