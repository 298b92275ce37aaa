#pragma once

/// The frame that serializers of a schema registry put around a message, in Confluent's form:
///
///   00 │ number of the schema, 4 bytes, big-endian │ body
///   body of Protobuf:  how many │ which of the file's messages, then which of those in it, ... │ the message
///                      each a zigzag varint; one 0 alone stands for the first message of the file

#include "base/result.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace headrace {

struct ConfluentFrame {
  uint32_t schema = 0;  // its number in the registry, at most INT32_MAX
  std::string_view body;
};

/// An Error of data says why the message has no frame.
Result<ConfluentFrame> open_confluent_frame(std::string_view message);

/// Takes the path to a message's type in its file away from the front of a body: never empty, at most 64 deep.
Result<std::vector<int>> take_message_path(std::string_view& body);

/// Takes an unsigned varint away from the front; nothing: it is cut off, or has more than 64 bits.
std::optional<uint64_t> take_varint(std::string_view& bytes);

constexpr int64_t unzigzag(uint64_t value) {
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}

}  // namespace headrace
