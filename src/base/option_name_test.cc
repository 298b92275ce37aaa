#include "base/option_name.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

constexpr SurfaceWords kWords = {
    .option =
        [](OptionName name, std::string_view value) {
          return std::string(name == OptionName::kStart ? "S" : "other") + "<" + std::string(value) + ">";
        },
    .request =
        [](RequestName name, std::string_view argument) {
          return std::string(name == RequestName::kInit ? "I" : "other") + "(" + std::string(argument) + ")";
        },
};

TEST(OptionNameTest, PlacesBecomeWords) {
  EXPECT_EQ(in_words_of(kWords, "begin with " + option(OptionName::kStart) + " or " + option(OptionName::kEnd)),
            "begin with S<> or other<>");
  EXPECT_EQ(in_words_of(kWords, option(OptionName::kStart, "2024-03-01")), "S<2024-03-01>");
  EXPECT_EQ(in_words_of(kWords, "`" + way_to(RequestName::kInit, "a b") + "`."), "`I(a b)`.");
}

TEST(OptionNameTest, ValuesMayHoldAnything) {
  for (const char* value : {"a}b", "100%", "%7D", "{option start}", "=", "x=y"})
    EXPECT_EQ(in_words_of(kWords, option(OptionName::kStart, value)), "S<" + std::string(value) + ">");
}

TEST(OptionNameTest, WhatIsNoPlaceStays) {
  for (const char* text : {"", "plain", "{", "{option", "{option }", "{option nothing}", "{option start", "{request x}",
                           "{{option nothing}}", "{window: 1h}"})
    EXPECT_EQ(in_words_of(kWords, text), text);
  EXPECT_EQ(in_words_of(kWords, "{" + option(OptionName::kStart)), "{S<>");
}

}  // namespace
}  // namespace headrace
