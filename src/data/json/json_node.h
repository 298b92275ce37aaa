#pragma once

/// A parsed JSON text, to be walked. A described struct is read by json_form.h; this is for what has no fixed members.
///
///   const std::optional<JsonDocument> document = JsonDocument::parse(text);
///   if (!document) ..                                       // no JSON
///   const std::optional<JsonNode> files = document->root().member("files");
///
/// A JsonNode is valid as long as its document.

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace headrace {

class JsonNode {
 public:
  explicit JsonNode(const nlohmann::ordered_json& json) : json_(&json) {}

  bool is_null() const;
  bool is_object() const;
  bool is_array() const;

  // Nothing where the node is of another type; a number without fraction is an integer only where it is written as one.
  std::optional<bool> as_boolean() const;
  std::optional<int64_t> as_integer() const;
  std::optional<double> as_number() const;
  std::optional<std::string> as_text() const;

  /// The member of this name; nothing where there is none, or no object.
  std::optional<JsonNode> member(std::string_view name) const;
  /// Empty where the node is no object.
  std::vector<std::pair<std::string, JsonNode>> members() const;
  /// Empty where the node is no array.
  std::vector<JsonNode> elements() const;

  /// As text on one line, for messages.
  std::string shown() const;

 private:
  const nlohmann::ordered_json* json_;
};

class JsonDocument {
 public:
  /// Nothing for a text that is no JSON.
  static std::optional<JsonDocument> parse(std::string_view text);

  JsonNode root() const { return JsonNode(*json_); }

 private:
  explicit JsonDocument(std::shared_ptr<const nlohmann::ordered_json> json) : json_(std::move(json)) {}

  std::shared_ptr<const nlohmann::ordered_json> json_;
};

}  // namespace headrace
