#include "brokers/messages/confluent_frame.h"

#include <gtest/gtest.h>

#include <string>

namespace headrace {
namespace {

std::string bytes_of(std::initializer_list<int> bytes) {
  std::string out;
  for (const int each : bytes) out += static_cast<char>(each);
  return out;
}

TEST(ConfluentFrameTest, HasTheNumberOfASchema) {
  const std::string message = bytes_of({0, 0, 0, 1, 2, 'x'});
  const auto frame = open_confluent_frame(message);
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->schema, 258u);
  EXPECT_EQ(frame->body, "x");
}

TEST(ConfluentFrameTest, RefusesOthers) {
  const std::pair<std::string, const char*> facts[] = {
      {"", "has no frame of a schema registry: it does not begin with a byte 0"},
      {"{}", "has no frame of a schema registry: it does not begin with a byte 0"},
      {bytes_of({0, 0, 0, 1}), "has no frame of a schema registry: it ends before the number of a schema"},
      {bytes_of({0, 255, 255, 255, 255}), "names the schema 4294967295, and no registry has so many"},
  };
  for (const auto& [message, problem] : facts) {
    const auto frame = open_confluent_frame(message);
    ASSERT_FALSE(frame);
    EXPECT_EQ(frame.error().message(), problem);
  }
}

TEST(ConfluentFrameTest, PathsLeadToATypeInItsFile) {
  const std::tuple<std::string, std::vector<int>, const char*> facts[] = {
      {bytes_of({0, 'x'}), {0}, "x"},
      {bytes_of({2, 2, 'x'}), {1}, "x"},
      {bytes_of({4, 0, 4}), {0, 2}, ""},
      {bytes_of({2, 0x80, 0x02}), {128}, ""},
  };
  for (const auto& [bytes, path, rest] : facts) {
    std::string_view body = bytes;
    const auto taken = take_message_path(body);
    ASSERT_TRUE(taken);
    EXPECT_EQ(*taken, path);
    EXPECT_EQ(body, rest);
  }
  for (const std::string& bytes :
       {bytes_of({}), bytes_of({1}), bytes_of({2}), bytes_of({2, 1}), bytes_of({0x80}), bytes_of({0x82, 0x01}),
        bytes_of({2, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1})}) {
    std::string_view body = bytes;
    EXPECT_FALSE(take_message_path(body));
  }
}

TEST(ConfluentFrameTest, VarintsHaveAtMost64Bits) {
  std::string bytes = bytes_of({255, 255, 255, 255, 255, 255, 255, 255, 255, 1});
  std::string_view rest = bytes;
  EXPECT_EQ(take_varint(rest), UINT64_MAX);
  EXPECT_EQ(unzigzag(UINT64_MAX), INT64_MIN);
  EXPECT_EQ(unzigzag(UINT64_MAX - 1), INT64_MAX);
  bytes.back() = 2;
  rest = bytes;
  EXPECT_EQ(take_varint(rest), std::nullopt);
  rest = std::string_view(bytes).substr(0, 9);
  EXPECT_EQ(take_varint(rest), std::nullopt);
}

}  // namespace
}  // namespace headrace
