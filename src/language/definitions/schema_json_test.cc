#include "language/definitions/schema_json.h"

#include "language/load_repository.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <set>

namespace headrace {
namespace {

/// The keys that the readers name when they refuse one: "its keys are `a`, `b` and `c`".
std::set<std::string> keys_of_reader(const std::string& yaml) {
  std::set<std::string> keys;
  for (const Diagnostic& diagnostic : load_repository({{"project.yaml", yaml}}).diagnostics.sorted()) {
    if (diagnostic.code != "D004") continue;
    for (size_t open = diagnostic.help.find('`'); open != std::string::npos;) {
      const size_t close = diagnostic.help.find('`', open + 1);
      keys.insert(diagnostic.help.substr(open + 1, close - open - 1));
      open = diagnostic.help.find('`', close + 1);
    }
  }
  return keys;
}

std::set<std::string> keys_of_schema(const nlohmann::json& schema) {
  std::set<std::string> keys;
  for (const auto& [key, value] : schema.at("properties").items()) keys.insert(key);
  return keys;
}

TEST(SchemaJson, HasTheKeysOfTheReaders) {
  const auto schema = nlohmann::json::parse(definitions_json_schema());
  const auto& kinds = schema.at("properties");
  for (const char* kind : {"project", "entity", "source", "feature"}) {
    EXPECT_EQ(keys_of_schema(kinds.at(kind)), keys_of_reader(std::string(kind) + ": {zzzzzzzzzzzz: 1}")) << kind;
  }
  for (const char* part : {"batch", "stream"}) {
    EXPECT_EQ(keys_of_schema(kinds.at("source").at("properties").at(part)),
              keys_of_reader("source: {" + std::string(part) + ": {zzzzzzzzzzzz: 1}}"))
        << part;
  }
  EXPECT_EQ(keys_of_schema(kinds.at("project").at("properties").at("defaults")),
            keys_of_reader("project: {defaults: {zzzzzzzzzzzz: 1}}"));
  for (const std::string kind : {"feature", "source"}) {
    for (const auto& check : kinds.at(kind).at("properties").at("quality_checks").at("items").at("anyOf")) {
      const std::string type = check.at("properties").at("type").at("const");
      EXPECT_EQ(keys_of_schema(check),
                keys_of_reader(kind + ": {quality_checks: [{type: " + type + ", zzzzzzzzzzzz: 1}]}"))
          << kind << " " << type;
    }
  }
}

TEST(SchemaJson, DescribesEveryKeyOfADefinition) {
  const auto schema = nlohmann::json::parse(definitions_json_schema());
  for (const auto& [kind, definition] : schema.at("properties").items()) {
    for (const auto& [key, value] : definition.at("properties").items())
      EXPECT_TRUE(value.contains("description")) << kind << "." << key;
  }
}

}  // namespace
}  // namespace headrace
