#include "app/server/served_messages.h"

#include "base/base64.h"
#include "base/file_system.h"
#include "brokers/messages/message_decoders.h"
#include "serving/http/http_client.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

namespace headrace {
namespace {

constexpr int kRegistryWaitSeconds = 5;
constexpr uint64_t kRegistryReplyBytesMax = uint64_t{16} << 20;

/// A registry's address: a server, and the path before `/schemas`.
struct RegistryAddress {
  ServerUrl server;
  std::string path;
};

Result<RegistryAddress> parse_registry_url(const std::string& text) {
  RegistryAddress address;
  const size_t scheme = text.find("://");
  const size_t slash = scheme == std::string::npos ? std::string::npos : text.find('/', scheme + 3);
  Result<ServerUrl> server = parse_server_url(text.substr(0, slash));
  if (!server) return server.error().with_context("`registry` of `kafka`");
  address.server = *std::move(server);
  if (slash != std::string::npos) address.path = text.substr(slash);
  while (address.path.ends_with('/')) address.path.pop_back();
  const bool is_plain = address.path.find_first_of(" \t\r\n?#") == std::string::npos;
  if (!is_plain) return Error::usage(fmt::format("`registry` of `kafka`: `{}` is no address of a registry", text));
  return address;
}

Result<AskRegistry> asker_of(const RegistryEnvironment& registry) {
  ASSIGN_OR_RETURN(const RegistryAddress address, parse_registry_url(registry.url));
  std::vector<std::pair<std::string, std::string>> fields = {
      {"Accept", "application/vnd.schemaregistry.v1+json, application/json"}};
  if (!registry.user.empty() || !registry.password.empty()) {
    fields.emplace_back("Authorization", "Basic " + to_base64(registry.user + ":" + registry.password));
  }
  return AskRegistry([address, fields, ca = registry.ca](const std::string& path) -> Result<RegistryReply> {
    const std::string target = address.path + path;
    Result<ClientReply> reply = send_request(address.server, {.method = "GET",
                                                              .target = target,
                                                              .content_type = {},
                                                              .body = {},
                                                              .token = {},
                                                              .fields = fields,
                                                              .wait_seconds = kRegistryWaitSeconds,
                                                              .answer_seconds_max = kRegistryWaitSeconds,
                                                              .reply_bytes_max = kRegistryReplyBytesMax,
                                                              .ca = ca});
    // Whatever it is, the next try may find it mended.
    if (!reply) return Error::unavailable("the schema registry: " + reply.error().message());
    return RegistryReply{.status = reply->status, .body = std::move(reply->body)};
  });
}

}  // namespace

Result<std::unique_ptr<MessageDecoder>> open_decoder(const ServedEnvironment& environment, const PlanSource& source) {
  const auto found = environment.messages.find(source.name);
  if (found == environment.messages.end()) return std::unique_ptr<MessageDecoder>();
  const MessagesEnvironment& messages = found->second;
  std::optional<EpochMember> epoch;
  if (source.unit) epoch = EpochMember{.name = source.event_time, .unit = *source.unit};
  AskRegistry ask;
  const bool has_file = !messages.schema_file.empty() || !messages.descriptor_file.empty();
  if (messages.format != MessageFormat::kJson && !has_file) {
    ASSIGN_OR_RETURN(ask, asker_of(environment.kafka->registry.value_or(RegistryEnvironment())));
  }

  switch (messages.format) {
    case MessageFormat::kJson:
      return messages.is_framed ? make_framed_json_decoder() : std::unique_ptr<MessageDecoder>();
    case MessageFormat::kAvro: {
      if (!has_file) return make_registered_avro_decoder(std::move(ask), std::move(epoch), system_clock());
      ASSIGN_OR_RETURN(const std::string schema, real_file_system().read_file(messages.schema_file));
      return make_plain_avro_decoder(schema, messages.schema_file, std::move(epoch));
    }
    case MessageFormat::kProtobuf: {
      if (!has_file) return make_registered_protobuf_decoder(std::move(ask), std::move(epoch), system_clock());
      ASSIGN_OR_RETURN(std::string descriptors, real_file_system().read_file(messages.descriptor_file));
      const ProtobufFile file{.descriptors = std::move(descriptors),
                              .shown = messages.descriptor_file,
                              .message = messages.message,
                              .is_framed = messages.is_framed};
      return make_protobuf_decoder(file, std::move(epoch));
    }
  }
  return std::unique_ptr<MessageDecoder>();
}

}  // namespace headrace
