#include "engine/rows/event_id.h"

#include "base/hash.h"

#include <array>
#include <charconv>
#include <cstring>

namespace headrace {

/// The top byte is the length and one, so that no id is null; 17 marks a hash.
EventId event_id_of(std::string_view text) {
  constexpr size_t kPlainMax = 15;
  constexpr uint64_t kHashed = uint64_t{kPlainMax + 2} << 56;
  if (text.size() > kPlainMax) {
    constexpr uint64_t kOtherSeed = 0x9e3779b97f4a7c15ULL;
    return {kHashed | (hash_bytes(text) >> 8), hash_bytes(text, kOtherSeed)};
  }
  std::array<unsigned char, 16> bytes{};
  bytes[0] = static_cast<unsigned char>(text.size() + 1);
  if (!text.empty()) std::memcpy(bytes.data() + 1, text.data(), text.size());
  EventId id;
  for (size_t i = 0; i < 8; ++i) {
    id.high = id.high << 8 | bytes[i];
    id.low = id.low << 8 | bytes[i + 8];
  }
  return id;
}

EventId event_id_of(int64_t number) {
  std::array<char, 24> text;
  const auto written = std::to_chars(text.data(), text.data() + text.size(), number);
  return event_id_of(std::string_view(text.data(), static_cast<size_t>(written.ptr - text.data())));
}

}  // namespace headrace
