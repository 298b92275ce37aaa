#include "codegen/python_call.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

const std::string kLong(60, 'x');

TEST(PythonCall, StandsOnOneLineWhereItFits) {
  EXPECT_EQ(laid_out(python_call("f", {}), 0), "f()");
  EXPECT_EQ(laid_out(python_call("f", {"a", named("b", "1")}), 8), "f(a, b=1)");
  EXPECT_EQ(laid_out(python_collection('(', {"a"}), 0), "(a,)");
  EXPECT_EQ(laid_out(python_collection('(', {"a", "b"}), 0), "(a, b)");
  EXPECT_EQ(laid_out(python_collection('[', {"a"}), 0), "[a]");
  EXPECT_EQ(laid_out(named("b", python_collection('{', {})), 0), "b={}");
}

TEST(PythonCall, BreaksAsTheFormatterDoes) {
  EXPECT_EQ(laid_out(python_call("f", {std::string(116, 'x')}), 0, 0, 1), "f(" + std::string(116, 'x') + ")");
  EXPECT_EQ(laid_out(python_call("f", {std::string(116, 'x')}), 0, 0, 2), "f(\n    " + std::string(116, 'x') + "\n)");
  EXPECT_EQ(laid_out(python_call("f", {kLong, kLong}), 4), "f(\n        " + kLong + ",\n        " + kLong + ",\n    )");
  EXPECT_EQ(laid_out(python_collection('(', {kLong, kLong}), 0), "(\n    " + kLong + ",\n    " + kLong + ",\n)");
}

TEST(PythonCall, BreaksAroundWhatIsBroken) {
  const PythonTerm inner = an_item_a_line(python_collection('(', {"a", "b"}));
  EXPECT_EQ(laid_out(python_call("f", {"x", named("y", inner)}), 0),
            "f(\n    x,\n    y=(\n        a,\n        b,\n    ),\n)");
  EXPECT_EQ(laid_out(an_item_a_line(python_collection('(', {})), 0), "()");
}

TEST(PythonCall, CountsCharactersNotBytes) {
  std::string text;
  for (int i = 0; i < 117; ++i) text += "é";
  EXPECT_EQ(laid_out(python_call("f", {text}), 0), "f(" + text + ")");
}

}  // namespace
}  // namespace headrace
