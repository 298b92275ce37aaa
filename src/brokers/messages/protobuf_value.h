#pragma once

/// A message of Protobuf, written as JSON by the names of its fields as the .proto file has them.
///
///   numbers               exactly; a float is the double that it is       bytes     text in Base64
///   enum                  its name; a number that has none, the number    message   object: nested, which no column takes
///   Timestamp             RFC 3339, with its nanoseconds                  repeated  array, map: object: nested likewise
///   wrappers              their value                                     Duration  text, "1.5s"
///
/// A field without presence that is not on the wire is its default, as the format says. One with presence (`optional`, of a
/// oneof, a message, all of proto2) that is not set is left out, and so is an empty list.

#include "base/result.h"
#include "brokers/messages/event_line.h"

#include <google/protobuf/message.h>

#include <optional>

namespace headrace {

/// Appends the message to the line, which an Error leaves half written. `epoch`: a field of it.
Status write_protobuf_message(const google::protobuf::Message& message, const std::optional<EpochMember>& epoch,
                              EventLine& line);

}  // namespace headrace
