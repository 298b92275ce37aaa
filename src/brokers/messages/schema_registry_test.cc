#include "brokers/messages/schema_registry.h"

#include "brokers/messages/known_schemas.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <map>

namespace headrace {
namespace {

/// Answers by path; whatever else is asked has status 404 of some other server.
AskRegistry answers(std::map<std::string, RegistryReply> replies) {
  return [replies](const std::string& path) -> Result<RegistryReply> {
    const auto found = replies.find(path);
    return found == replies.end() ? RegistryReply{404, "<html>"} : found->second;
  };
}

TEST(SchemaRegistryTest, FindsASchemaAndWhatItRefersTo) {
  SchemaRegistry registry(answers({
      {"/schemas/ids/7",
       {200,
        R"({"schema": "main", "references": [{"name": "b", "subject": "b/x", "version": 2}, {"name": "a", "subject": "a", "version": 1}]})"}},
      {"/subjects/b%2Fx/versions/2",
       {200,
        R"({"subject": "b/x", "id": 5, "version": 2, "schema": "of b", "references": [{"name": "a", "subject": "a", "version": 1}]})"}},
      {"/subjects/a/versions/1", {200, R"({"schema": "of a"})"}},
  }));
  const auto schema = registry.find(7, "");
  ASSERT_TRUE(schema) << schema.error().message();
  EXPECT_EQ(schema->type, "AVRO");
  EXPECT_EQ(schema->text, "main");
  ASSERT_EQ(schema->parts.size(), 2u);
  EXPECT_EQ(schema->parts[0].text, "of a");
  EXPECT_EQ(schema->parts[1].text, "of b");
}

TEST(SchemaRegistryTest, ARegistryThatHasNoneIsNotOneThatFails) {
  struct Fact {
    RegistryReply reply;
    ErrorKind kind;
    const char* message;
  };
  const Fact facts[] = {
      {{404, R"({"error_code": 40403, "message": "Schema 7 not found"})"},
       ErrorKind::kNotFound,
       "the schema registry has no schema 7"},
      {{404, R"({"error_code": 404, "message": "HTTP 404 Not Found"})"},
       ErrorKind::kUnavailable,
       "the schema registry answers with status 404"},
      {{404, "<html>"}, ErrorKind::kUnavailable, "the schema registry answers with status 404"},
      {{301, ""}, ErrorKind::kUnavailable, "the schema registry answers with status 301"},
      {{500, R"({"error_code": 50001, "message": "store"})"},
       ErrorKind::kUnavailable,
       "the schema registry answers with status 500"},
      {{401, ""}, ErrorKind::kUnavailable, "the schema registry does not let the server in: status 401"},
      {{200, "<html>"}, ErrorKind::kUnavailable, "what answers for schema 7 is no schema registry"},
      {{200, R"({"schema": 1})"}, ErrorKind::kUnavailable, "what answers for schema 7 is no schema registry"},
  };
  for (const Fact& fact : facts) {
    SchemaRegistry registry(answers({{"/schemas/ids/7", fact.reply}}));
    const auto schema = registry.find(7, "");
    ASSERT_FALSE(schema) << fact.message;
    EXPECT_EQ(schema.error().message(), fact.message);
    EXPECT_EQ(schema.error().kind(), fact.kind) << fact.message;
  }
}

TEST(SchemaRegistryTest, ReferencesThatGoInACircleEnd) {
  const RegistryReply circle{200, R"({"schema": "x", "references": [{"name": "n", "subject": "s", "version": 1}]})"};
  SchemaRegistry registry(answers({{"/schemas/ids/7", circle}, {"/subjects/s/versions/1", circle}}));
  const auto schema = registry.find(7, "");
  ASSERT_FALSE(schema);
  EXPECT_EQ(schema.error().message(), "the references of its schema nest too deeply");
}

class HandClock : public Clock {
 public:
  int64_t now_us() const override { return elapsed; }
  int64_t elapsed_us() const override { return elapsed; }
  int64_t elapsed = 0;
};

TEST(KnownSchemasTest, AsksOnceButForWhatMayChange) {
  HandClock clock;
  KnownSchemas<std::string> known(clock);
  int asked = 0;
  const auto answer = [&](Result<std::string> result) {
    return [&asked, result] {
      ++asked;
      return result;
    };
  };
  EXPECT_EQ(known.find(1, answer(Error::unavailable("away"))).error().message(), "away");
  EXPECT_EQ(**known.find(1, answer(std::string("one"))), "one");
  EXPECT_EQ(**known.find(1, answer(std::string("another"))), "one");
  EXPECT_EQ(asked, 2);

  EXPECT_FALSE(known.find(2, answer(Error::not_found("none"))));
  EXPECT_FALSE(known.find(2, answer(std::string("two"))));
  clock.elapsed += KnownSchemas<std::string>::kUnknownUs;
  EXPECT_EQ(**known.find(2, answer(std::string("two"))), "two");

  EXPECT_FALSE(known.find(3, answer(Error::data("bad"))));
  clock.elapsed += KnownSchemas<std::string>::kUnknownUs;
  EXPECT_EQ(known.find(3, answer(std::string("three"))).error().message(), "bad");

  for (uint32_t id = 10; id < 10 + KnownSchemas<std::string>::kCountMax; ++id) {
    EXPECT_TRUE(known.find(id, answer(std::string("many"))));
  }
  EXPECT_EQ(**known.find(1, answer(std::string("again"))), "again");
}

}  // namespace
}  // namespace headrace
