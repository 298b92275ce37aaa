#include "serving/api/read_bodies.h"

#include "serving/api/route.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace headrace {
namespace {

/// The request as JSON, or the failure.
std::string shown_request(const ApiOr<ReadRequest>& read) {
  if (const auto* error = std::get_if<ApiError>(&read)) return json_document(*error, JsonLayout::kLine);
  return json_document(std::get<ReadRequest>(read), JsonLayout::kLine);
}

std::string body_of(const std::string& list) { return R"({"features":)" + list + R"(,"entities":[{"pump_id":7}]})"; }

TEST(ReadBodiesTest, WhatIsKnownIsReadAsItWas) {
  const std::vector<std::string> bodies = {
      body_of(R"(["a","b"])"),
      body_of(R"(["a", "b"])"),
      body_of(R"(["a","c"])"),
      body_of(R"([])"),
      body_of(R"([""])"),
      body_of(R"(["a\"]","b"])"),
      body_of(R"(["a]","[b"])"),
      body_of(R"([["a"]])"),
      body_of(R"(["a",1])"),
      body_of(R"(["a",])"),
      body_of("[\"a\n\"]"),
      body_of("[\"\xff\"]"),
      body_of(R"("a")"),
      R"( { "features" : ["a","b"] , "entities" : [] , "as_of" : "2024-03-01T00:00:00Z", "log" : false } )",
      R"({"features":["a","b"],"entities":[],"features":["c"]})",
      R"({"features":["a","b"],"entities":[],"features":[]})",
      R"({"features":["a","b"],"entities":[],"\u0066eatures":["c"]})",
      R"({"features":["a","b"],"entities":[{"features":"x"}]})",
      R"({"entities":[],"features":["a","b"]})",
      R"({"features":["a","b"],"entities":[],"other":1})",
      R"({"features":["a","b"]})",
      R"({"features":["a","b"],"entities":[{"pump_id":[{}]}]})",
      R"({"features":["a","b"],"entities":[]}})",
      R"({"features":["a","b"],"entities":[])",
      R"({"features":["a","b"])",
      R"({"features":["a","b)",
      R"({"features":["a","b"]["c"],"entities":[]})",
      R"({"features")",
      R"({"features":["a","b"],"entities":[{"k":1,"l":"x"},{"k":-7}]})",
      R"({"features":["a","b"],"entities":[ {"k" : 0 , "l":"" } , {"k":""}] } )",
      R"({"features":["a","b"],"entities":[{"k":-0}]})",
      R"({"features":["a","b"],"entities":[{"k":007}]})",
      R"({"features":["a","b"],"entities":[{"k":-}]})",
      R"({"features":["a","b"],"entities":[{"k":1.5}]})",
      R"({"features":["a","b"],"entities":[{"k":1e3}]})",
      R"({"features":["a","b"],"entities":[{"k":1x}]})",
      R"({"features":["a","b"],"entities":[{"k":999999999999999999}]})",
      R"({"features":["a","b"],"entities":[{"k":9223372036854775807}]})",
      R"({"features":["a","b"],"entities":[{"k":9223372036854775808}]})",
      R"({"features":["a","b"],"entities":[{"k":true,"l":null}]})",
      R"({"features":["a","b"],"entities":[{"k":1,"k":2}]})",
      R"({"features":["a","b"],"entities":[{"k":"\u00e4"}]})",
      "{\"features\":[\"a\",\"b\"],\"entities\":[{\"k\":\"\xc3\xa4\"}]}",
      "{\"features\":[\"a\",\"b\"],\"entities\":[{\"k\":\"\xff\"}]}",
      R"({"features":["a","b"],"entities":[{"k":1},]})",
      R"({"features":["a","b"],"entities":[{"k":1,}]})",
      R"({"features":["a","b"],"entities":[{}]})",
      "{\"features\":[\"a\",\"b\"],\"entities\":[{\"k\":\"x\n\"}]}",
      "{\"features\":[\"a\",\"b\"],\"entities\":[{\"k\n\":1}]}",
      R"({"features":["a","b"],"entities":[{"k":1}],"as_of":null})",
      R"({"features":["a","b"],"entities":[{"k":1}]} x)",
      "",
  };
  ReadBodies known;
  for (int round = 0; round < 3; ++round) {
    for (const std::string& body : bodies) {
      EXPECT_EQ(shown_request(known.read(body)), shown_request(read_body<ReadRequest>(body))) << body;
    }
  }
}

TEST(ReadBodiesTest, ListsThatDifferByOneByteAreTwo) {
  ReadBodies known;
  const auto first_of = [&](const std::string& list) {
    return std::get<ReadRequest>(known.read(body_of(list))).features;
  };
  const SharedTexts first = first_of(R"(["flow_mean"])");
  EXPECT_EQ(first_of(R"(["flow_meam"])").list(), std::vector<std::string>{"flow_meam"});
  EXPECT_EQ(first_of(R"(["flow_mean"])").identity(), first.identity());
  EXPECT_EQ(first_of(R"( ["flow_mean"])").identity(), first.identity());
  EXPECT_EQ(first.list(), std::vector<std::string>{"flow_mean"});
  EXPECT_EQ(known.lists(), 2u);
  EXPECT_EQ(known.bytes(), 2 * std::string_view(R"(["flow_mean"])").size());
}

TEST(ReadBodiesTest, KeepsNoMoreThanItMay) {
  ReadBodies known;
  const SharedTexts held = std::get<ReadRequest>(known.read(body_of(R"(["held"])"))).features;
  for (size_t i = 0; i < 3 * ReadBodies::kListsMax; ++i) {
    const std::string list = fmt::format(R"(["feature_{}"])", i);
    EXPECT_EQ(std::get<ReadRequest>(known.read(body_of(list))).features[0], fmt::format("feature_{}", i));
    ASSERT_LE(known.lists(), ReadBodies::kListsMax);
  }
  const std::string large(ReadBodies::kListBytesMax - 10, 'a');
  for (size_t i = 0; i < 2 * ReadBodies::kBytesMax / ReadBodies::kListBytesMax; ++i) {
    known.read(body_of(fmt::format(R"(["{}{}"])", large, i)));
    ASSERT_LE(known.bytes(), ReadBodies::kBytesMax);
  }
  const size_t lists = known.lists();
  known.read(body_of(fmt::format(R"(["{}{}"])", large, "more than one list may have")));
  EXPECT_EQ(known.lists(), lists);
  EXPECT_EQ(held[0], "held");
}

}  // namespace
}  // namespace headrace
