#include "session/project/source_places.h"

#include <gtest/gtest.h>

#include <cstring>

namespace headrace {
namespace {

const char* lookup(const char* name) {
  if (std::strcmp(name, "DATA") == 0) return "s3://bucket/$x";
  if (std::strcmp(name, "TAIL") == 0) return "x$";
  if (std::strcmp(name, "EMPTY") == 0) return "";
  return nullptr;
}

TEST(SourcePlacesTest, VariablesAreReplacedOnce) {
  const std::pair<const char*, const char*> facts[] = {
      {"data/a.csv", "data/a.csv"},
      {"${TAIL}${TAIL}", "x$x$"},
      {"${DATA}/a.csv", "s3://bucket/$x/a.csv"},
      {"a/${DATA}${DATA}", "a/s3://bucket/$xs3://bucket/$x"},
      {"${DATA:-none}/a", "s3://bucket/$x/a"},
      {"${NONE:-data/dev}/a", "data/dev/a"},
      {"${EMPTY:-data}/a", "data/a"},
      {"${NONE:-}a", "a"},
      {"$${DATA}", "${DATA}"},
      {"{DATA}$", "{DATA}$"},
      {"a/$${x", "a/${x"},
      {"$HOME/$$b", "$HOME/$$b"},
      {"cost$/1$", "cost$/1$"},
      {"", ""},
  };
  for (const auto& [text, expected] : facts) {
    const Result<std::string> expanded = expand_variables(text, lookup);
    ASSERT_TRUE(expanded.ok()) << text;
    EXPECT_EQ(*expanded, expected) << text;
  }
}

TEST(SourcePlacesTest, WhatIsNoVariableIsAnError) {
  const std::pair<const char*, const char*> facts[] = {
      {"${NONE}/a", "the variable `NONE` is not set"},
      {"${EMPTY}/a", "the variable `EMPTY` is set to nothing"},
      {"${DATA/a", "`${DATA/a` has no `}`"},
      {"${}/a", "`${}` is no variable"},
      {"${1}/a", "`${1}` is no variable"},
      {"${DATA-x}/a", "`${DATA-x}` is no variable"},
      {"${ DATA }", "`${ DATA }` is no variable"},
  };
  for (const auto& [text, message] : facts) {
    const Result<std::string> expanded = expand_variables(text, lookup);
    ASSERT_FALSE(expanded.ok()) << text;
    EXPECT_EQ(expanded.error().message(), message);
    EXPECT_FALSE(expanded.error().help().empty());
  }
}

}  // namespace
}  // namespace headrace
