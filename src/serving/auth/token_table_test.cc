#include "serving/auth/token_table.h"

#include "base/hash.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

TokenTable parsed(const std::string& text) {
  Result<TokenTable> table = TokenTable::parse(text, "tokens");
  CHECK(table.ok());
  return *std::move(table);
}

std::string problem_of(const std::string& text) {
  const Result<TokenTable> table = TokenTable::parse(text, "tokens");
  return table ? "" : table.error().message();
}

TEST(TokenTable, KnowsWhatItMade) {
  const NewToken reader = new_token(Role::kRead, {});
  const NewToken writer = new_token(Role::kWrite, {"risk", "fraud"});
  const TokenTable table = parsed("# ours\n\n" + reader.line + "  a remark\r\n" + writer.line);
  EXPECT_EQ(table.size(), 2U);

  ASSERT_NE(table.find(reader.token), nullptr);
  EXPECT_EQ(table.find(reader.token)->role, Role::kRead);
  EXPECT_TRUE(table.find(reader.token)->may_see("anyone"));
  ASSERT_NE(table.find(writer.token), nullptr);
  EXPECT_TRUE(table.find(writer.token)->may_see("fraud"));
  EXPECT_FALSE(table.find(writer.token)->may_see("frau"));
  EXPECT_FALSE(table.find(writer.token)->may_see(""));
  EXPECT_EQ(table.find(writer.token + "0"), nullptr);
  EXPECT_EQ(table.find(""), nullptr);
  EXPECT_EQ(table.find(sha256_hex(reader.token)), nullptr);  // what the file holds opens nothing
}

TEST(TokenTable, TokensAreNotInTheFileAndNeverTheSame) {
  const NewToken one = new_token(Role::kAdmin, {});
  const NewToken two = new_token(Role::kAdmin, {});
  EXPECT_NE(one.token, two.token);
  EXPECT_EQ(one.line.find(one.token), std::string::npos);
  EXPECT_EQ(one.token.size(), 9U + 64U);
}

TEST(TokenTable, TellsTheLine) {
  const std::string digest(64, 'a');
  EXPECT_EQ(problem_of("read - " + digest), "");
  EXPECT_EQ(problem_of("# x\nreader - " + digest), "tokens:2: no line of a token");
  EXPECT_EQ(problem_of("none - " + digest), "tokens:1: no line of a token");
  EXPECT_EQ(problem_of("read , " + digest), "tokens:1: no line of a token");
  EXPECT_EQ(problem_of("read - " + digest + "0"), "tokens:1: no line of a token");
  EXPECT_EQ(problem_of("read -"), "tokens:1: no line of a token");
  EXPECT_EQ(problem_of("# nothing"), "tokens holds no token, so nobody could ask anything");
}

TEST(TokenTable, RolesIncludeThoseBefore) {
  EXPECT_TRUE(includes(Role::kAdmin, Role::kWrite));
  EXPECT_TRUE(includes(Role::kRead, Role::kRead));
  EXPECT_TRUE(includes(Role::kNone, Role::kNone));
  EXPECT_FALSE(includes(Role::kRead, Role::kWrite));
  EXPECT_FALSE(includes(Role::kNone, Role::kRead));
}

TEST(TokenTable, ReadsTheField) {
  EXPECT_EQ(bearer_token("Bearer abc"), "abc");
  EXPECT_EQ(bearer_token("bearer  abc "), "abc");
  EXPECT_EQ(bearer_token("Basic abc"), "");
  EXPECT_EQ(bearer_token("Bearer"), "");
  EXPECT_EQ(bearer_token("Bearer "), "");
  EXPECT_EQ(bearer_token(""), "");
}

TEST(TokenTable, OwnersHaveNoBlanks) {
  EXPECT_TRUE(check_owner("risk@example.com").ok());
  for (const char* owner : {"", "-", "a b", "a,b", "a\nread - x"}) EXPECT_FALSE(check_owner(owner).ok()) << owner;
}

}  // namespace
}  // namespace headrace
