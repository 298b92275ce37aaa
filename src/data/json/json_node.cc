#include "data/json/json_node.h"

#include <nlohmann/json.hpp>

#include <limits>

namespace headrace {
namespace {

/// Texts may nest as deep as they are long; those that we read do not.
constexpr int kDepthMax = 500;

/// Whether no array or object lies deeper than kDepthMax. Brackets in strings do not count.
bool is_shallow(std::string_view text) {
  int depth = 0;
  bool is_in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_in_string) {
      if (c == '\\') ++i;
      if (c == '"') is_in_string = false;
      continue;
    }

    if (c == '"') is_in_string = true;
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') --depth;
    if (depth > kDepthMax) return false;
  }
  return true;
}

}  // namespace

bool JsonNode::is_null() const { return json_->is_null(); }
bool JsonNode::is_object() const { return json_->is_object(); }
bool JsonNode::is_array() const { return json_->is_array(); }

std::optional<bool> JsonNode::as_boolean() const {
  return json_->is_boolean() ? std::optional(json_->get<bool>()) : std::nullopt;
}

std::optional<int64_t> JsonNode::as_integer() const {
  if (!json_->is_number_integer()) return std::nullopt;
  constexpr auto kMax = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());
  if (json_->is_number_unsigned() && json_->get<uint64_t>() > kMax) return std::nullopt;
  return json_->get<int64_t>();
}

std::optional<double> JsonNode::as_number() const {
  return json_->is_number() ? std::optional(json_->get<double>()) : std::nullopt;
}

std::optional<std::string> JsonNode::as_text() const {
  return json_->is_string() ? std::optional(json_->get<std::string>()) : std::nullopt;
}

std::optional<JsonNode> JsonNode::member(std::string_view name) const {
  if (!json_->is_object()) return std::nullopt;
  const auto found = json_->find(name);
  return found == json_->end() ? std::nullopt : std::optional(JsonNode(*found));
}

std::vector<std::pair<std::string, JsonNode>> JsonNode::members() const {
  std::vector<std::pair<std::string, JsonNode>> out;
  if (!json_->is_object()) return out;
  for (const auto& [name, each] : json_->items()) out.emplace_back(name, JsonNode(each));
  return out;
}

std::vector<JsonNode> JsonNode::elements() const {
  std::vector<JsonNode> out;
  if (!json_->is_array()) return out;
  out.reserve(json_->size());
  for (const nlohmann::ordered_json& each : *json_) out.emplace_back(each);
  return out;
}

std::string JsonNode::shown() const {
  return json_->dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

std::optional<JsonDocument> JsonDocument::parse(std::string_view text) {
  if (!is_shallow(text)) return std::nullopt;
  auto json = std::make_shared<nlohmann::ordered_json>(nlohmann::ordered_json::parse(text, nullptr, false));
  if (json->is_discarded()) return std::nullopt;
  return JsonDocument(std::move(json));
}

}  // namespace headrace
