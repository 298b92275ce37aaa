#include "app/server/server_client.h"

#include "base/file_system.h"
#include "serving/api/api_error.h"
#include "serving/http/http_client.h"

#include <fmt/format.h>

#include <cstdlib>

namespace headrace {
namespace {

constexpr const char* kDefaultUrl = "http://127.0.0.1:7077";

std::string environment_or(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

Result<std::string> token_of(const ServerOptions& options) {
  if (options.token_file.empty()) return environment_or("HEADRACE_TOKEN", "");
  ASSIGN_OR_RETURN(std::string token, real_file_system().read_file(options.token_file));
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r' || token.back() == ' ')) token.pop_back();
  return token;
}

Result<ServerUrl> place_of(const ServerOptions& options) {
  return parse_server_url(options.url.empty() ? environment_or("HEADRACE_SERVER", kDefaultUrl) : options.url);
}

Error refusal_of(const ClientReply& reply) {
  std::string problem;
  const std::optional<JsonDocument> document = JsonDocument::parse(reply.body);
  const auto error = document ? read_json<ApiError>(document->root(), problem) : std::nullopt;
  if (!error) return Error::unavailable(fmt::format("the server answers with status {}", reply.status));
  const std::string message = "the server says: " + error->message;
  Error own = reply.status == 400 || reply.status == 401 || reply.status == 403 ? Error::usage(message)
              : reply.status == 404 || reply.status == 410                      ? Error::not_found(message)
              : reply.status == 409                                             ? Error::conflict(message)
              : reply.status == 422                                             ? Error::data(message)
                                                                                : Error::unavailable(message);
  if (!error->help.empty()) own = own.with_help(error->help);
  return own;
}

}  // namespace

void add_server_options(CLI::App& command, ServerOptions& options) {
  command
      .add_option("--server", options.url, "Address of the server; default HEADRACE_SERVER, else http://127.0.0.1:7077")
      ->type_name("URL");
  command.add_option("--token-file", options.token_file, "File with a token; default the variable HEADRACE_TOKEN")
      ->type_name("FILE");
}

Result<std::string> ask_server(const ServerOptions& options, std::string_view method, std::string_view target,
                               std::string_view content_type, std::string_view body) {
  ASSIGN_OR_RETURN(const ServerUrl place, place_of(options));
  ASSIGN_OR_RETURN(const std::string token, token_of(options));
  ASSIGN_OR_RETURN(ClientReply reply, send_request(place, {method, target, content_type, body, token}));
  if (reply.status < 200 || reply.status > 299) return refusal_of(reply);
  return std::move(reply.body);
}

Status follow_server(const ServerOptions& options, std::string_view target,
                     const std::function<bool(std::string_view)>& take) {
  ASSIGN_OR_RETURN(const ServerUrl place, place_of(options));
  ASSIGN_OR_RETURN(const std::string token, token_of(options));
  ASSIGN_OR_RETURN(const ClientReply reply,
                   follow_request(place, {.method = "GET", .target = target, .token = token}, take));
  if (reply.status != 200) return refusal_of(reply);
  return {};
}

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
    out += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace headrace
