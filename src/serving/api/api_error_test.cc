#include "serving/api/api_error.h"

#include "base/option_name.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

TEST(ApiError, NamesMembersOfRequestsForOptions) {
  const ApiError error =
      ApiError::of(Error::usage("no such entity").with_help("give " + option(OptionName::kKey, "a")));
  EXPECT_EQ(error.status, 400);
  EXPECT_EQ(error.help, "give `entities`");
}

TEST(ApiError, SaysWhatTheProgramsOptionsAreFor) {
  const ApiError error =
      ApiError::of(Error::environment("it does not fit").with_help("give more: " + option(OptionName::kMemory)));
  EXPECT_EQ(error.help, "give more: the program's option for its memory");
}

TEST(ApiError, NamesItsOwnRequest) {
  const ApiError error =
      ApiError::of(Error::not_found("no such feature").with_help(way_to(RequestName::kListFeatures)));
  EXPECT_EQ(error.help, "GET /v1/features");
}

}  // namespace
}  // namespace headrace
