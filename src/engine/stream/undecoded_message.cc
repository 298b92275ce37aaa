#include "engine/stream/undecoded_message.h"

#include "base/base64.h"
#include "data/json/json_node.h"
#include "data/json/json_writer.h"

namespace headrace {
namespace {

constexpr std::string_view kMark = "not decoded";
constexpr std::string_view kLineBegin = "[\"not decoded\",";

}  // namespace

std::string to_line(const UndecodedMessage& message) {
  JsonWriter line(JsonLayout::kLine);
  line.begin_array();
  line.text(kMark);
  line.text(message.reason);
  line.text(to_base64(message.bytes));
  line.end_array();
  return line.take();
}

std::optional<UndecodedMessage> undecoded_message_of(std::string_view line) {
  if (!line.starts_with(kLineBegin)) return std::nullopt;
  const std::optional<JsonDocument> document = JsonDocument::parse(line);
  if (!document) return std::nullopt;
  const std::vector<JsonNode> parts = document->root().elements();
  if (parts.size() != 3) return std::nullopt;
  std::optional<std::string> reason = parts[1].as_text();
  const std::optional<std::string> encoded = parts[2].as_text();
  std::optional<std::string> bytes = encoded ? from_base64(*encoded) : std::nullopt;
  if (!reason || !bytes) return std::nullopt;
  return UndecodedMessage{.reason = *std::move(reason), .bytes = *std::move(bytes)};
}

}  // namespace headrace
