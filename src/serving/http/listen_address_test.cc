#include "serving/http/listen_address.h"

#include "serving/http/http_message.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

TEST(ListenAddress, ReadsWhatPeopleWrite) {
  EXPECT_EQ(parse_listen_address("127.0.0.1:7077")->shown(), "127.0.0.1:7077");
  EXPECT_EQ(parse_listen_address("localhost:0")->shown(), "127.0.0.1:0");
  EXPECT_EQ(parse_listen_address("[::1]:65535")->shown(), "[::1]:65535");
  for (const char* text : {"", "7077", ":7077", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "::1:80",
                           "[::1]", "[127.0.0.1]:80", "example.com:80", "127.0.0.1:80x", "256.0.0.1:80"}) {
    EXPECT_FALSE(parse_listen_address(text).ok()) << text;
  }
}

TEST(ListenAddress, KnowsLoopback) {
  EXPECT_TRUE(parse_listen_address("127.8.9.1:1")->is_loopback());
  EXPECT_TRUE(parse_listen_address("[::1]:1")->is_loopback());
  EXPECT_FALSE(parse_listen_address("0.0.0.0:1")->is_loopback());
  EXPECT_FALSE(parse_listen_address("[::]:1")->is_loopback());
  EXPECT_FALSE(parse_listen_address("[::ffff:127.0.0.1]:1")->is_loopback());  // taken with caution
  EXPECT_FALSE(parse_listen_address("10.0.0.1:1")->is_loopback());
}

TEST(ListenAddress, KnowsHostsThatNoSiteHas) {
  for (const char* host :
       {"localhost", "LocalHost:7077", "127.0.0.1", "127.0.0.1:7077", "[::1]", "[::1]:80", "10.1.2.3"})
    EXPECT_TRUE(is_local_host(host)) << host;
  for (const char* host :
       {"", "example.com", "example.com:80", "localhost.example.com", "127.0.0.1.example.com", "[::1", ":80"})
    EXPECT_EQ(is_local_host(host), std::string_view(host) == "[::1") << host;
}

TEST(HttpMessage, FieldsHaveNoCaseAndDatesAreThoseOfHttp) {
  const HttpField fields[] = {{"Content-Type", "a"}, {"content-type", "b"}};
  const HttpRequest request{.fields = fields};
  EXPECT_EQ(request.field("CONTENT-TYPE"), "a");
  EXPECT_EQ(request.count("Content-type"), 2U);
  EXPECT_EQ(request.field("Content"), std::nullopt);
  EXPECT_EQ(http_date(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(http_date(0), "Thu, 01 Jan 1970 00:00:00 GMT");
}

TEST(HttpMessage, ValuesEndNoLine) {
  const HttpResponse response{.fields = {{"X", "a\r\nY: b"}}};
  std::string head = "what was there";
  write_response_head(head, response, {});
  EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\n")) << head;
  EXPECT_NE(head.find("X: a  Y: b\r\n"), std::string::npos);
}

}  // namespace
}  // namespace headrace
