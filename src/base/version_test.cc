#include "base/version.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <string>

namespace headrace {
namespace {

TEST(Version, IsThatOfTheProjectInCMake) {
  std::ifstream file(HEADRACE_SOURCE_DIR "/CMakeLists.txt");
  std::ostringstream text;
  text << file.rdbuf();
  const std::string wanted = "project(headrace VERSION " + std::string(kVersion) + " ";
  EXPECT_NE(text.str().find(wanted), std::string::npos) << "CMakeLists.txt has no `" << wanted << "`";
}

}  // namespace
}  // namespace headrace
