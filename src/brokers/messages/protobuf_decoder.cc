#include "brokers/messages/confluent_frame.h"
#include "brokers/messages/known_schemas.h"
#include "brokers/messages/message_decoders.h"
#include "brokers/messages/protobuf_types.h"
#include "brokers/messages/protobuf_value.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <climits>
#include <utility>

namespace headrace {
namespace {

/// Appends a message, all of it or nothing.
Status append_protobuf(ProtobufTypes& types, const google::protobuf::Descriptor& type, std::string_view bytes,
                       const std::optional<EpochMember>& epoch, std::string& line) {
  const std::unique_ptr<google::protobuf::Message> message = types.make(type);
  // A field that is required and not there is null, as any other.
  const bool is_read =
      bytes.size() <= INT_MAX && message->ParsePartialFromArray(bytes.data(), static_cast<int>(bytes.size()));
  if (!is_read) return Error::data(fmt::format("is no message {}", type.full_name()));
  EventLine event(line);
  const Status status = write_protobuf_message(*message, epoch, event);
  if (status.ok()) return {};
  event.take_back();
  return status.error().with_context(fmt::format("is no message {}", type.full_name()));
}

class FileProtobufDecoder : public MessageDecoder {
 public:
  FileProtobufDecoder(ProtobufTypes types, const google::protobuf::Descriptor& type, bool is_framed,
                      std::optional<EpochMember> epoch)
      : types_(std::move(types)),
        type_(type),
        path_(message_path_of(type)),
        is_framed_(is_framed),
        epoch_(std::move(epoch)) {}

  Status decode(std::string_view message, std::string& line) override {
    std::string_view body = message;
    if (is_framed_) {
      ASSIGN_OR_RETURN(const ConfluentFrame frame, open_confluent_frame(message));
      body = frame.body;
      ASSIGN_OR_RETURN(const std::vector<int> path, take_message_path(body));
      if (path != path_) {
        return Error::data(fmt::format("is of the type [{}] of its file, and {} is [{}]", fmt::join(path, ", "),
                                       type_.full_name(), fmt::join(path_, ", ")));
      }
    }
    return append_protobuf(types_, type_, body, epoch_, line);
  }

 private:
  ProtobufTypes types_;
  const google::protobuf::Descriptor& type_;  // of the types
  const std::vector<int> path_;
  const bool is_framed_;
  const std::optional<EpochMember> epoch_;
};

class RegisteredProtobufDecoder : public MessageDecoder {
 public:
  RegisteredProtobufDecoder(AskRegistry ask, std::optional<EpochMember> epoch, const Clock& clock)
      : registry_(std::move(ask)), epoch_(std::move(epoch)), schemas_(clock) {}

  Status decode(std::string_view message, std::string& line) override {
    ASSIGN_OR_RETURN(const ConfluentFrame frame, open_confluent_frame(message));
    std::string_view body = frame.body;
    ASSIGN_OR_RETURN(const std::vector<int> path, take_message_path(body));
    ASSIGN_OR_RETURN(ProtobufTypes* const types, schemas_.find(frame.schema, [&] { return types_of(frame.schema); }));
    const google::protobuf::Descriptor* const type = types->at(path);
    if (type == nullptr) {
      return Error::data(
          fmt::format("is of the type [{}], which schema {} has not", fmt::join(path, ", "), frame.schema));
    }
    return append_protobuf(*types, *type, body, epoch_, line);
  }

 private:
  Result<ProtobufTypes> types_of(uint32_t id) {
    // As descriptors rather than as text, where the registry can.
    ASSIGN_OR_RETURN(const SchemaWithReferences found, registry_.find(id, "?format=serialized"));
    if (found.type != "PROTOBUF") {
      return Error::data(fmt::format("schema {} of the registry is {}, and `format` is protobuf", id, found.type));
    }
    Result<ProtobufTypes> types = ProtobufTypes::of_schema(found);
    if (!types) return types.error().with_context(fmt::format("schema {} of the registry cannot be used", id));
    return types;
  }

  SchemaRegistry registry_;
  const std::optional<EpochMember> epoch_;
  KnownSchemas<ProtobufTypes> schemas_;
};

}  // namespace

std::unique_ptr<MessageDecoder> make_registered_protobuf_decoder(AskRegistry ask, std::optional<EpochMember> epoch,
                                                                 const Clock& clock) {
  return std::make_unique<RegisteredProtobufDecoder>(std::move(ask), std::move(epoch), clock);
}

Result<std::unique_ptr<MessageDecoder>> make_protobuf_decoder(const ProtobufFile& file,
                                                              std::optional<EpochMember> epoch) {
  Result<ProtobufTypes> types = ProtobufTypes::of_descriptor_set(file.descriptors);
  if (!types) {
    return types.error()
        .with_context(file.shown)
        .with_help("it is the file that protoc writes with `descriptor_set_out` and `include_imports`");
  }
  const google::protobuf::Descriptor* const type = types->find(file.message);
  if (type == nullptr) {
    return Error::usage(fmt::format("{} has no message `{}`", file.shown, file.message))
        .with_help(fmt::format("messages are {}", fmt::join(types->names(), ", ")));
  }
  return std::unique_ptr<MessageDecoder>(
      std::make_unique<FileProtobufDecoder>(*std::move(types), *type, file.is_framed, std::move(epoch)));
}

}  // namespace headrace
