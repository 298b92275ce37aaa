#include "session/new_repository/new_repository.h"

#include "base/file_system.h"
#include "session/jobs/test_run.h"
#include "session/project/project_files.h"
#include "session/project/session.h"
#include "testing/own_folder.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace headrace {
namespace {

/// A folder of its own, removed at the end.
class NewRepository : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = own_folder();
    std::filesystem::remove_all(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
};

TEST_F(NewRepository, IsFreeOfProblemsAndItsTestPasses) {
  ASSERT_TRUE(create_repository(folder_).ok());
  const Result<Session> session = Session::open(folder_);
  ASSERT_TRUE(session.ok());
  for (const Diagnostic& each : session->diagnostics().sorted()) ADD_FAILURE() << each.code << " " << each.message;
  EXPECT_EQ(session->repository().project_name.substr(0, 9), "headrace-");
  const Result<TestReport> report = run_tests({.project = folder_, .files = {}, .run = {}});
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->passed, 1u);
  EXPECT_TRUE(report->ok());
}

TEST_F(NewRepository, OverwritesNothing) {
  ASSERT_TRUE(create_repository(folder_).ok());
  const auto again = create_repository(folder_);
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().kind(), ErrorKind::kConflict);
}

TEST_F(NewRepository, IsFoundFromBelow) {
  ASSERT_TRUE(create_repository(folder_).ok());
  const Result<std::string> found = find_project(folder_ + "/features");
  ASSERT_TRUE(found.ok());
  EXPECT_TRUE(std::filesystem::equivalent(*found, folder_));
  EXPECT_EQ(find_project_of_file(folder_ + "/tests/pump_efficiency.yaml"), *found);
}

TEST_F(NewRepository, FilesComeInByteOrderOfTheirPaths) {
  ASSERT_TRUE(create_repository(folder_).ok());
  for (const char* name :
       {"features/a/b.yaml", "features/a.yaml", "features/.hidden.yaml", "features/note.txt", "features/Z.yml"}) {
    const std::string path = folder_ + "/" + name;
    ASSERT_TRUE(real_file_system().make_folders(folder_of(path)).ok());
    ASSERT_TRUE(write_file_atomically(real_file_system(), path, "").ok());
  }
  const auto files = read_definition_files(folder_);
  ASSERT_TRUE(files.ok());
  std::vector<std::string> names;
  for (const DefinitionFile& file : *files) names.push_back(file.name.substr(folder_.size() + 1));
  EXPECT_EQ(names, (std::vector<std::string>{"project.yaml", "features/Z.yml", "features/a.yaml", "features/a/b.yaml",
                                             "features/pump.yaml"}));
}

TEST(RequireFeatures, SuggestsTheNearName) {
  Repository repository;
  repository.features.push_back({.name = "flow_mean"});
  repository.feature_index = NameIndex(repository.features);
  EXPECT_TRUE(require_features(repository, {"flow_mean"}).ok());
  const Status unknown = require_features(repository, {"flow_maen"});
  ASSERT_FALSE(unknown.ok());
  EXPECT_EQ(unknown.error().kind(), ErrorKind::kNotFound);
  EXPECT_NE(unknown.error().help().find("flow_mean"), std::string::npos);
}

}  // namespace
}  // namespace headrace
