#include "brokers/messages/avro_value.h"
#include "brokers/messages/confluent_frame.h"
#include "brokers/messages/known_schemas.h"
#include "brokers/messages/message_decoders.h"

#include <fmt/format.h>

#include <utility>

namespace headrace {
namespace {

/// Appends a value, all of it or nothing. `shown` names the schema.
Status append_avro(const AvroSchema& schema, std::string_view bytes, const std::optional<EpochMember>& epoch,
                   std::string_view shown, std::string& line) {
  EventLine event(line);
  const Status status = write_avro_value(schema, bytes, epoch, event);
  if (status.ok()) return {};
  event.take_back();
  return status.error().with_context(fmt::format("is no value of {}", shown));
}

class RegisteredAvroDecoder : public MessageDecoder {
 public:
  RegisteredAvroDecoder(AskRegistry ask, std::optional<EpochMember> epoch, const Clock& clock)
      : registry_(std::move(ask)), epoch_(std::move(epoch)), schemas_(clock) {}

  Status decode(std::string_view message, std::string& line) override {
    ASSIGN_OR_RETURN(const ConfluentFrame frame, open_confluent_frame(message));
    ASSIGN_OR_RETURN(const AvroSchema* const schema,
                     schemas_.find(frame.schema, [&] { return schema_of(frame.schema); }));
    return append_avro(*schema, frame.body, epoch_, fmt::format("schema {}", frame.schema), line);
  }

 private:
  Result<AvroSchema> schema_of(uint32_t id) {
    ASSIGN_OR_RETURN(const SchemaWithReferences found, registry_.find(id, ""));
    if (found.type != "AVRO") {
      return Error::data(fmt::format("schema {} of the registry is {}, and `format` is avro", id, found.type));
    }
    std::vector<std::string> references;
    for (const SchemaWithReferences::Part& part : found.parts) references.push_back(part.text);
    Result<AvroSchema> schema = AvroSchema::parse(found.text, references);
    if (!schema) return schema.error().with_context(fmt::format("schema {} of the registry cannot be used", id));
    return schema;
  }

  SchemaRegistry registry_;
  const std::optional<EpochMember> epoch_;
  KnownSchemas<AvroSchema> schemas_;
};

class PlainAvroDecoder : public MessageDecoder {
 public:
  PlainAvroDecoder(AvroSchema schema, std::optional<EpochMember> epoch)
      : schema_(std::move(schema)), epoch_(std::move(epoch)) {}

  Status decode(std::string_view message, std::string& line) override {
    return append_avro(schema_, message, epoch_, "its schema", line);
  }

 private:
  const AvroSchema schema_;
  const std::optional<EpochMember> epoch_;
};

}  // namespace

std::unique_ptr<MessageDecoder> make_registered_avro_decoder(AskRegistry ask, std::optional<EpochMember> epoch,
                                                             const Clock& clock) {
  return std::make_unique<RegisteredAvroDecoder>(std::move(ask), std::move(epoch), clock);
}

Result<std::unique_ptr<MessageDecoder>> make_plain_avro_decoder(std::string_view schema, const std::string& shown,
                                                                std::optional<EpochMember> epoch) {
  Result<AvroSchema> parsed = AvroSchema::parse(schema, {});
  if (!parsed) {
    return Error::usage(fmt::format("{} is no schema of Avro: {}", shown, parsed.error().message()))
        .with_help("`schema_file` is the JSON text of the record that messages were written with");
  }
  return std::unique_ptr<MessageDecoder>(std::make_unique<PlainAvroDecoder>(*std::move(parsed), std::move(epoch)));
}

}  // namespace headrace
