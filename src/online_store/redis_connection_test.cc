#include "online_store/redis_connection.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

TEST(RedisAddress, AsPeopleWriteIt) {
  const std::vector<std::pair<std::string, std::string>> addresses = {
      {"localhost:6379", "localhost:6379"},
      {"cache.example.com", "cache.example.com:6379"},
      {"redis://10.0.0.1:7000/", "10.0.0.1:7000"},
      {"rediss://cache:6380", "rediss://cache:6380"},
      {"[::1]:6379", "[::1]:6379"},
      {"rediss://[fe80::1]", "rediss://[fe80::1]:6379"},
  };
  for (const auto& [text, shown] : addresses) {
    const Result<RedisServer> server = parse_redis_address(text);
    ASSERT_TRUE(server.ok()) << text;
    EXPECT_EQ(server->shown(), shown);
  }
}

TEST(RedisAddress, OtherTextsAreErrors) {
  for (const char* text : {"", ":6379", "host:", "host:0", "host:65536", "host:x", "host:1/2", "http://host:1", "::1",
                           "[::1", "[::1]x", "[::1]:", "ho st:1", "host:6379:1"}) {
    EXPECT_FALSE(parse_redis_address(text).ok()) << text;
  }
}

TEST(RedisAddress, HasNoSecret) {
  const Result<RedisServer> server = parse_redis_address("redis://:hunter2@host:6379");
  ASSERT_FALSE(server.ok());
  EXPECT_EQ(server.error().message().find("hunter2"), std::string::npos);
}

}  // namespace
}  // namespace headrace
