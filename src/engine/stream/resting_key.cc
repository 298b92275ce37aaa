#include "engine/stream/resting_key.h"

#include "base/hash.h"
#include "compute/aggregates/state_bytes.h"

#include <charconv>
#include <string>

namespace headrace {
namespace {

constexpr uint64_t kRestingForm = 1;

}  // namespace

uint64_t resting_tag(const std::string& part) {
  constexpr int kHexBase = 16;
  const std::string digest = sha256_hex(part);
  uint64_t tag = 0;
  std::from_chars(digest.data(), digest.data() + 2 * sizeof tag, tag, kHexBase);
  return tag;
}

std::string to_bytes(const RestingParts& parts) {
  std::string bytes;
  StateWriter writer(bytes);
  writer.word(kRestingForm);
  writer.word(parts.newest.size());
  for (const auto& [tag, time] : parts.newest) {
    writer.word(tag);
    writer.value(time);
  }
  writer.word(parts.parts.size());
  for (const auto& [tag, part] : parts.parts) {
    writer.word(tag);
    writer.text(part);
  }
  return bytes;
}

std::optional<RestingParts> resting_parts_of(std::string_view bytes) {
  TextPool texts;
  StateReader reader(bytes, texts);
  RestingParts found;
  if (reader.word() != kRestingForm) return std::nullopt;
  for (size_t left = reader.count(16); left > 0; --left) {
    const uint64_t tag = reader.word();
    found.newest[tag] = reader.number();
  }
  for (size_t left = reader.count(16); left > 0; --left) {
    const uint64_t tag = reader.word();
    found.parts[tag] = reader.text();
  }
  if (!reader.ok() || !reader.at_end()) return std::nullopt;
  return found;
}

}  // namespace headrace
