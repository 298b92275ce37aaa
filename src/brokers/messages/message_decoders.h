#pragma once

/// The decoders of messages: of which format and frame, and where their schemas come from.

#include "base/clock.h"
#include "brokers/message_decoder.h"
#include "brokers/messages/event_line.h"
#include "brokers/messages/schema_registry.h"

#include <memory>
#include <optional>
#include <string>

namespace headrace {

/// JSON in Confluent's frame. The schema that it names is not looked at: JSON says itself what it holds.
std::unique_ptr<MessageDecoder> make_framed_json_decoder();

/// Avro in Confluent's frame, each message by the schema that it was written with. The clock lives longer.
std::unique_ptr<MessageDecoder> make_registered_avro_decoder(AskRegistry ask, std::optional<EpochMember> epoch,
                                                             const Clock& clock);
/// Avro without a frame, by one schema. An Error of usage where the text is no schema; `shown` names it in messages.
Result<std::unique_ptr<MessageDecoder>> make_plain_avro_decoder(std::string_view schema, const std::string& shown,
                                                                std::optional<EpochMember> epoch);

/// Protobuf in Confluent's frame, with types out of the registry. The clock lives longer.
std::unique_ptr<MessageDecoder> make_registered_protobuf_decoder(AskRegistry ask, std::optional<EpochMember> epoch,
                                                                 const Clock& clock);

struct ProtobufFile {
  std::string descriptors;  // bytes of a FileDescriptorSet: `protoc --include_imports --descriptor_set_out`
  std::string shown;        // names it in messages
  std::string message;      // full name of the type: station.Telemetry
  bool is_framed = false;   // in Confluent's frame, whose path must lead to the type
};
/// Protobuf by one type of a file of descriptors. An Error of usage where the file has no such type.
Result<std::unique_ptr<MessageDecoder>> make_protobuf_decoder(const ProtobufFile& file,
                                                              std::optional<EpochMember> epoch);

}  // namespace headrace
