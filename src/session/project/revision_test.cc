#include "session/project/revision.h"

#include "base/program_output.h"
#include "session/project/project_files.h"
#include "testing/own_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace headrace {
namespace {

namespace fs = std::filesystem;

class Revision : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(root_);
    git({"init", "-q"});
  }
  void TearDown() override { fs::remove_all(root_); }

  void git(std::vector<std::string> words) {
    std::vector<std::string> command = {"git", "-C", root_, "-c", "user.name=t", "-c", "user.email=t@t"};
    command.insert(command.end(), words.begin(), words.end());
    const auto done = run_program(command);
    ASSERT_TRUE(done.ok());
    ASSERT_EQ(done->exit_code, 0) << done->said;
  }
  void write(const std::string& path, const std::string& text) {
    const fs::path file = fs::path(root_) / path;
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }
  void commit() {
    git({"add", "-A"});
    git({"commit", "-q", "-m", "m"});
  }
  std::string folder(const std::string& below) const { return (fs::path(root_) / below).string(); }

  const std::string root_ = own_folder();
};

TEST_F(Revision, ReadsWhatACheckoutWouldHave) {
  const std::string odd = "features/a \"quoted\" $(id) \xc3\xa9.yaml";
  write("station/project.yaml", "project: {name: one}\n");
  write("station/" + odd, "one\n");
  write("station/features/deep/b.yml", "two\r\nthree");
  write("station/features/.hidden.yaml", "no");
  write("station/features/note.txt", "no");
  write("station/tests/t.yaml", "no");
  write("other/features/c.yaml", "no");
  commit();
  const auto expected = read_definition_files(folder("station"));
  ASSERT_TRUE(expected.ok());

  // What lies here now is another state.
  write("station/project.yaml", "project: {name: two}\n");
  write("station/features/new.yaml", "new");
  const auto found = read_definition_files_at(folder("station"), "HEAD");
  ASSERT_TRUE(found.ok()) << found.error().message();
  EXPECT_EQ(found->commit.size(), 40u);
  ASSERT_EQ(found->files.size(), 3u);
  EXPECT_EQ(found->files[1].name, "HEAD:station/" + odd);
  for (size_t i = 0; i < found->files.size(); ++i) EXPECT_EQ(found->files[i].text, (*expected)[i].text) << i;
}

TEST_F(Revision, AProjectMayBeTheWholeRepositoryOrNotBeThere) {
  write("readme", "r");
  commit();
  write("project.yaml", "project: {name: p}\n");
  const auto before = read_definition_files_at(root_, "HEAD");
  ASSERT_TRUE(before.ok());
  EXPECT_TRUE(before->files.empty());
  commit();
  EXPECT_EQ(read_definition_files_at(root_, "HEAD")->files.size(), 1u);
  EXPECT_TRUE(read_definition_files_at(root_, "HEAD~1")->files.empty());
}

TEST_F(Revision, NamesThatAreNoRevisionRunNothing) {
  write("project.yaml", "project: {name: p}\n");
  commit();
  for (const std::string name :
       {"--output=x", "-h", "", "nosuch", "HEAD..HEAD", "HEAD:project.yaml", "a\nb", "$(touch x)"}) {
    EXPECT_FALSE(read_definition_files_at(root_, name).ok()) << name;
  }
  EXPECT_FALSE(fs::exists(folder("x")));
}

TEST_F(Revision, ALinkIsNotFollowed) {
  write("project.yaml", "project: {name: p}\n");
  fs::create_directories(folder("features"));
  fs::create_symlink("/etc/hostname", folder("features/a.yaml"));
  commit();
  const auto found = read_definition_files_at(root_, "HEAD");
  ASSERT_FALSE(found.ok());
  EXPECT_NE(found.error().message().find("features/a.yaml is a link"), std::string::npos);
}

TEST(RevisionOutsideOfGit, IsAnErrorOfTheEnvironment) {
  const std::string folder = own_folder();
  fs::create_directories(folder);
  const auto found = read_definition_files_at(folder, "HEAD");
  fs::remove_all(folder);
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().kind(), ErrorKind::kEnvironment);
}

}  // namespace
}  // namespace headrace
