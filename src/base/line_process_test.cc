#include "base/line_process.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

TEST(LineProcess, AnswersLineByLine) {
  auto cat = LineProcess::start({"cat"});
  ASSERT_TRUE(cat.ok());
  EXPECT_EQ((*cat)->ask("one").value(), "one");
  EXPECT_EQ((*cat)->ask(std::string(1'000, 'x')).value(), std::string(1'000, 'x'));
}

TEST(LineProcess, AProgramThatEndsIsToldWithItsLastWords) {
  auto program = LineProcess::start({"sh", "-c", "echo first >&2; echo 'no module named beam' >&2; exit 1"});
  ASSERT_TRUE(program.ok());
  EXPECT_EQ((*program)->ask("x").error().message(), "sh ended: no module named beam");
}

TEST(LineProcess, AProgramThatIsNotThere) {
  EXPECT_EQ(LineProcess::start({"no-such-program-here"}).error().message(),
            "cannot start no-such-program-here: No such file or directory");
}

}  // namespace
}  // namespace headrace
