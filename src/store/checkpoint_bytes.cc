#include "store/checkpoint_bytes.h"

#include "store/big_endian.h"

namespace headrace {

std::string CheckpointHead::to_bytes() const {
  std::string text;
  for (const uint64_t each : {number, next, replay_from, keep_from, bytes}) append_number(text, each, 8);
  return text + digest;
}

std::optional<CheckpointHead> CheckpointHead::of(std::string_view bytes) {
  if (bytes.size() != 40 + 64) return std::nullopt;
  CheckpointHead head;
  for (uint64_t* each : {&head.number, &head.next, &head.replay_from, &head.keep_from, &head.bytes}) {
    *each = number_at(bytes.substr(0, 8));
    bytes.remove_prefix(8);
  }
  head.digest = bytes;
  return head;
}

std::string text_of(const std::map<std::string, std::string>& parts) {
  std::string text;
  for (const auto& [name, bytes] : parts) {
    append_number(text, name.size(), 8);
    append_number(text, bytes.size(), 8);
    text += name;
    text += bytes;
  }
  return text;
}

std::optional<std::map<std::string, std::string>> parts_of(std::string_view text) {
  std::map<std::string, std::string> parts;
  while (!text.empty()) {
    if (text.size() < 16) return std::nullopt;
    const uint64_t name = number_at(text.substr(0, 8));
    const uint64_t bytes = number_at(text.substr(8, 8));
    text.remove_prefix(16);
    if (name > text.size() || bytes > text.size() - name) return std::nullopt;
    parts[std::string(text.substr(0, name))] = text.substr(name, bytes);
    text.remove_prefix(name + bytes);
  }
  return parts;
}

}  // namespace headrace
