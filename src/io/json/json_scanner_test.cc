#include "io/json/json_scanner.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

/// "key=kind:text " for each field, and the problem.
std::string scan(const std::string& text) {
  JsonScanner scanner;
  std::string fields;
  const char* problem = scanner.scan(text, [&](const JsonField& field) {
    const char* kinds[] = {"null", "bool", "number", "string", "nested"};
    fields += std::string(field.key) + "=" + kinds[static_cast<int>(field.kind)] + ":" + std::string(field.text) + " ";
  });
  return problem == nullptr ? fields : problem;
}

TEST(JsonScanner, FieldsOfEveryKind) {
  EXPECT_EQ(
      scan(R"({"a": 1, "b":-2.5e+3,"c" :"x", "d": true, "e": false, "f": null, "g": [1, {"h": "]"}], "i": {}})"),
      R"(a=number:1 b=number:-2.5e+3 c=string:x d=bool:true e=bool:false f=null:null g=nested:[1, {"h": "]"}] i=nested:{} )");
  EXPECT_EQ(scan(" { } "), "");
  EXPECT_EQ(scan(R"({"a":1,"a":2})"), "a=number:1 a=number:2 ");
}

TEST(JsonScanner, Escapes) {
  EXPECT_EQ(scan(R"({"a\u0041": "\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00"})"), "aA=string:\"\\/\b\f\n\r\t\u00e9\U0001F600 ");
  EXPECT_EQ(scan(R"({"x\n": "one\ttwo", "y": "\u20AC"})"), "x\n=string:one\ttwo y=string:\u20AC ");
}

TEST(JsonScanner, WhatIsNotJson) {
  for (const char* text : {"",
                           "{",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{,}",
                           "{\"a\":1 \"b\":2}",
                           "{a:1}",
                           "{'a':1}",
                           "{\"a\":01}",
                           "{\"a\":+1}",
                           "{\"a\":.5}",
                           "{\"a\":5.}",
                           "{\"a\":1e}",
                           "{\"a\":-}",
                           "{\"a\":Nan}",
                           "{\"a\":NaN1}",
                           "{\"a\":tru}",
                           "{\"a\":truex}",
                           "{\"a\":\"x}",
                           "{\"a\":\"\\x\"}",
                           "{\"a\":\"\\u12g4\"}",
                           "{\"a\":\"\\ud800\"}",
                           "{\"a\":\"\\udc00\"}",
                           "{\"a\":\"\t\"}",
                           "{\"a\":[1}",
                           "{\"a\":[1,]}",
                           "{\"a\":{\"b\"}}",
                           "{\"a\":1} x",
                           "{\"a\":1}{}",
                           "{\"a\":\"\xff\"}",
                           "{\"a\":\"\xc0\x80\"}",
                           "{\"a\":\"\xed\xa0\x80\"}",
                           "{\"a\":\"\xe2\x82\"}"}) {
    EXPECT_EQ(scan(text), "is not valid JSON") << text;
  }
  EXPECT_EQ(scan("{\"a\":NaN,\"b\":-Infinity}"), "a=number:NaN b=number:-Infinity ");
  EXPECT_EQ(scan("[1]"), "is not a JSON object");
  EXPECT_EQ(scan("}"), "is not a JSON object");
  EXPECT_EQ(scan("1"), "is not a JSON object");
}

TEST(JsonScanner, NestingIsBounded) {
  const auto nested = [](int depth) {
    return "{\"a\":" + std::string(static_cast<size_t>(depth), '[') + std::string(static_cast<size_t>(depth), ']') +
           "}";
  };
  EXPECT_NE(scan(nested(JsonScanner::kDepthMax)), "is not valid JSON");
  EXPECT_EQ(scan(nested(JsonScanner::kDepthMax + 1)), "is not valid JSON");
  EXPECT_EQ(scan(nested(1'000'000)), "is not valid JSON");
}

TEST(JsonScanner, WhatIsNotUtf8IsNotJson) { EXPECT_EQ(scan("{\"a\": \"\xff\"}"), "is not valid JSON"); }

}  // namespace
}  // namespace headrace
