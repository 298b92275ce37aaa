#pragma once

/// A message that could not be decoded, as a line among lines of events: an array of JSON, which no event is.
///
///   ["not decoded","is cut off at byte 17","AAAABxQCcDE="]      why, and the message's bytes in Base64
///
/// So the log, the side output and whoever judges the line again have the reason and the bytes.

#include <optional>
#include <string>
#include <string_view>

namespace headrace {

struct UndecodedMessage {
  std::string reason;
  std::string bytes;
};

std::string to_line(const UndecodedMessage& message);
/// Nothing for any other line.
std::optional<UndecodedMessage> undecoded_message_of(std::string_view line);

}  // namespace headrace
