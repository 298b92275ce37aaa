#include "base/program_output.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

TEST(RunProgram, GivesWhatAProgramWroteAndHowItEnded) {
  const std::string much(300'000, 'x');
  const auto echoed = run_program({"cat"}, much);
  ASSERT_TRUE(echoed.ok());
  EXPECT_EQ(echoed->out, much);
  EXPECT_EQ(echoed->exit_code, 0);

  const auto failed = run_program({"sh", "-c", "echo why >&2; exit 3"});
  ASSERT_TRUE(failed.ok());
  EXPECT_EQ(failed->exit_code, 3);
  EXPECT_EQ(failed->said, "why");
  EXPECT_EQ(run_program({"sh", "-c", "kill -9 $$"})->exit_code, 137);
}

TEST(RunProgram, NoShellReadsTheWords) {
  EXPECT_EQ(run_program({"printf", "%s", "$HOME; `id` \"x\""})->out, "$HOME; `id` \"x\"");
  EXPECT_FALSE(run_program({"headrace-no-such-program"}).ok());
}

}  // namespace
}  // namespace headrace
