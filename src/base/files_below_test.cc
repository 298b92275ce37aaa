#include "base/real_file_system.h"

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <filesystem>
#include <fstream>

namespace headrace {
namespace {

namespace fs = std::filesystem;

/// ROOT/in is the folder; ROOT/out is not for it: whatever happens, ROOT/out/secret stays.
class FilesBelowTest : public testing::TestWithParam<Descent> {
 protected:
  FilesBelowTest() {
    root_ = testing::TempDir() + "headrace-below-" + std::to_string(::getpid());
    fs::remove_all(root_);
    fs::create_directories(root_ + "/in/a/b");
    fs::create_directories(root_ + "/out");
    write("in/f", "one");
    write("in/a/b/f", "deep");
    write("out/secret", "secret");
    fs::create_symlink("../out", root_ + "/in/out");
    fs::create_symlink("../out/secret", root_ + "/in/secret");
    fs::create_symlink(root_ + "/out", root_ + "/in/a/absolute");
    fs::create_symlink("f", root_ + "/in/inner");
    fs::create_symlink("in", root_ + "/link");
    files_ = files_below(root_ + "/link", GetParam()).value();
  }
  ~FilesBelowTest() override {
    std::ifstream secret(root_ + "/out/secret");
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(secret), {}), "secret");
    EXPECT_EQ(std::distance(fs::directory_iterator(root_ + "/out"), fs::directory_iterator()), 1);
    fs::remove_all(root_);
  }

  void write(const std::string& name, const std::string& text) const { std::ofstream(root_ + "/" + name) << text; }

  std::string root_;
  std::unique_ptr<FileSystem> files_;
};

TEST_P(FilesBelowTest, WorksAsUsual) {
  EXPECT_EQ(files_->read_file("f").value(), "one");
  EXPECT_EQ(files_->read_file("a/b/f").value(), "deep");
  ASSERT_TRUE(files_->make_folders("x/y/z").ok());
  ASSERT_TRUE(files_->make_folders("x/y/z").ok());
  ASSERT_TRUE(write_file_atomically(*files_, "x/y/z/g", "two").ok());
  ASSERT_TRUE(write_file_atomically(*files_, "g", "three").ok());
  EXPECT_EQ(files_->list("x/y/z").value(), (std::vector<std::string>{"g"}));
  ASSERT_TRUE(files_->rename("x/y/z/g", "a/g").ok());
  EXPECT_EQ(files_->read_file("a/g").value(), "two");
  EXPECT_FALSE(files_->exists("x/y/z/g").value());
  EXPECT_FALSE(files_->exists("none/at/all").value());
  EXPECT_FALSE(files_->exists("f/below/a/file").value());
  EXPECT_TRUE(files_->info("x").value().is_folder);
  ASSERT_TRUE(files_->remove("x/y/z").ok());
  ASSERT_TRUE(files_->sync_folder("").ok());
  ASSERT_TRUE(files_->sync_folder("x/y").ok());
  ASSERT_TRUE(files_->remove_all("x").ok());
  EXPECT_EQ(files_->list("").value(), (std::vector<std::string>{"a", "f", "g", "inner", "out", "secret"}));
  EXPECT_TRUE(files_->lock_folder("").ok());
  EXPECT_EQ(files_->below("a").value()->read_file("b/f").value(), "deep");
  EXPECT_EQ(files_->read_file("none").error().message(),
            "cannot read " + root_ + "/link/none: No such file or directory");
}

TEST_P(FilesBelowTest, NoNameLeadsOut) {
  for (const char* path : {"../out/secret", "/etc/passwd", "a/../../out/secret", "a//b/f", "./f", "a/..", ".."}) {
    EXPECT_EQ(files_->read_file(path).error().kind(), ErrorKind::kData) << path;
    EXPECT_FALSE(files_->create(path, {}).ok()) << path;
    EXPECT_FALSE(files_->append_to(path).ok()) << path;
    EXPECT_FALSE(files_->truncate(path, 0).ok()) << path;
    EXPECT_FALSE(files_->rename("f", path).ok()) << path;
    EXPECT_FALSE(files_->rename(path, "f").ok()) << path;
    EXPECT_FALSE(files_->remove(path).ok()) << path;
    EXPECT_FALSE(files_->remove_all(path).ok()) << path;
    EXPECT_FALSE(files_->make_folders(path).ok()) << path;
    EXPECT_FALSE(files_->list(path).ok()) << path;
    EXPECT_FALSE(files_->exists(path).ok()) << path;
    EXPECT_FALSE(files_->info(path).ok()) << path;
    EXPECT_FALSE(files_->below(path).ok()) << path;
  }
  EXPECT_FALSE(files_->remove("").ok());
  EXPECT_FALSE(files_->create("", {}).ok());
}

TEST_P(FilesBelowTest, NoLinkIsFollowed) {
  for (const char* path : {"out/secret", "secret", "a/absolute/secret", "inner"}) {
    EXPECT_EQ(files_->read_file(path).error().message(),
              "cannot read " + root_ + "/link/" + path + ": it is a symbolic link, or leads through one");
    EXPECT_EQ(files_->read_file(path).error().kind(), ErrorKind::kData);
    EXPECT_FALSE(files_->append_to(path).ok()) << path;
    EXPECT_FALSE(files_->truncate(path, 0).ok()) << path;
    EXPECT_FALSE(files_->create(path, {}).ok()) << path;
    EXPECT_FALSE(files_->list(path).ok()) << path;
  }
  for (const char* folder : {"out", "a/absolute"}) {
    const std::string inside = std::string(folder) + "/new";
    EXPECT_FALSE(files_->create(inside, {}).ok());
    EXPECT_FALSE(files_->make_folders(inside).ok());
    EXPECT_FALSE(files_->rename("f", inside).ok());
    EXPECT_FALSE(files_->remove(std::string(folder) + "/secret").ok());
    EXPECT_FALSE(files_->remove_all(std::string(folder) + "/secret").ok());
    EXPECT_FALSE(files_->exists(inside).ok());
    EXPECT_FALSE(files_->below(folder).ok());
    EXPECT_FALSE(files_->lock_folder(folder).ok());
    EXPECT_TRUE(files_->info(folder).value().is_special) << "the link itself";
  }
}

TEST_P(FilesBelowTest, ALinkItselfCanBeReplacedAndRemoved) {
  ASSERT_TRUE(write_file_atomically(*files_, "secret", "mine").ok());
  EXPECT_EQ(files_->read_file("secret").value(), "mine");
  ASSERT_TRUE(files_->remove_all("out").ok());
  ASSERT_TRUE(files_->remove("a/absolute").ok());
}

TEST_P(FilesBelowTest, PipesAreRefused) {
  ASSERT_EQ(::mkfifo((root_ + "/in/pipe").c_str(), 0600), 0);
  EXPECT_EQ(files_->read_file("pipe").error().message(), root_ + "/link/pipe is a pipe or a device, not a file");
}

INSTANTIATE_TEST_SUITE_P(Ways, FilesBelowTest, testing::Values(Descent::kBySystem, Descent::kByWalk));

/// Lets openat2 fail with the error, as filters of containers do.
bool refuse_openat2(int code) {
  sock_filter program[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, static_cast<unsigned>(SECCOMP_RET_ERRNO) | static_cast<unsigned>(code)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  const sock_fprog filter{.len = std::size(program), .filter = program};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

class RefusedCallTest : public testing::TestWithParam<int> {};

TEST_P(RefusedCallTest, ThePathIsWalked) {
  const std::string root = testing::TempDir() + "headrace-refused-" + std::to_string(::getpid());
  fs::create_directories(root + "/in/a");
  std::ofstream(root + "/in/a/f") << "one";
  fs::create_symlink("..", root + "/in/up");
  const pid_t child = ::fork();
  if (child == 0) {
    if (!refuse_openat2(GetParam())) ::_exit(77);
    const auto files = files_below(root + "/in", Descent::kBySystem);
    const bool reads = files.ok() && (*files)->read_file("a/f").value() == "one";
    const bool refuses = files.ok() && (*files)->read_file("up/in/a/f").error().kind() == ErrorKind::kData;
    ::_exit(reads && refuses ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  fs::remove_all(root);
  if (WEXITSTATUS(status) == 77) GTEST_SKIP() << "this system takes no filters";
  EXPECT_EQ(status, 0);
}

INSTANTIATE_TEST_SUITE_P(Errors, RefusedCallTest, testing::Values(ENOSYS, EPERM));

}  // namespace
}  // namespace headrace
