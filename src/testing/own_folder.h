#pragma once

/// A folder for the test that runs, which no other test has: also not the same one of another checkout on this machine.

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include <unistd.h>

namespace headrace {

/// The path, without a slash at its end; nothing is made. A program of its own runs each test, so the process tells
/// two that run at once apart.
inline std::string own_folder() {
  const auto* test = testing::UnitTest::GetInstance()->current_test_info();
  std::string name = std::string(test->test_suite_name()) + "-" + test->name();
  std::replace(name.begin(), name.end(), '/', '-');
  return testing::TempDir() + "headrace-" + name + "-" + std::to_string(::getpid());
}

}  // namespace headrace
