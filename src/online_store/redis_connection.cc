#include "online_store/redis_connection.h"

#include "base/check.h"
#include "online_store/redis_transport.h"

#include <fmt/format.h>
#include <hiredis/hiredis.h>

#include <algorithm>
#include <charconv>

namespace headrace {
namespace {

constexpr std::string_view kTlsScheme = "rediss://";
constexpr std::string_view kPlainScheme = "redis://";

/// The command as Redis reads it.
std::string wire_form(const RedisCommand& command) {
  std::vector<const char*> parts;
  std::vector<size_t> sizes;
  for (const std::string& part : command) {
    parts.push_back(part.data());
    sizes.push_back(part.size());
  }
  char* text = nullptr;
  const int size = redisFormatCommandArgv(&text, static_cast<int>(parts.size()), parts.data(), sizes.data());
  CHECK(size >= 0);
  std::string out(text, static_cast<size_t>(size));
  redisFreeCommand(text);
  return out;
}

RedisReply reply_of(const redisReply& given) {
  RedisReply reply;
  switch (given.type) {
    case REDIS_REPLY_INTEGER:
      reply.kind = RedisReply::Kind::kInteger;
      reply.integer = given.integer;
      break;
    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_ERROR:
      reply.kind = given.type == REDIS_REPLY_ERROR ? RedisReply::Kind::kError : RedisReply::Kind::kText;
      reply.text.assign(given.str, given.len);
      break;
    case REDIS_REPLY_ARRAY:
      reply.kind = RedisReply::Kind::kList;
      for (size_t i = 0; i < given.elements; ++i) reply.items.push_back(reply_of(*given.element[i]));
      break;
    default: break;  // nil
  }
  return reply;
}

struct ReplyFree {
  void operator()(void* reply) const { freeReplyObject(reply); }
};

bool is_port(std::string_view text) {
  int port = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), port);
  return problem == std::errc() && end == text.data() + text.size() && port > 0 && port < 65536;
}

bool has_only_of_host(std::string_view host, bool is_number) {
  const std::string_view others = is_number ? ":.%" : ".-_";
  return !host.empty() && std::ranges::all_of(host, [&](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           others.find(c) != std::string_view::npos;
  });
}

}  // namespace

struct RedisConnection::Reader {
  struct Free {
    void operator()(redisReader* reader) const { redisReaderFree(reader); }
  };
  std::unique_ptr<redisReader, Free> replies{redisReaderCreate()};
};

std::string RedisServer::shown() const {
  const bool is_number = host.find(':') != std::string::npos;
  return fmt::format("{}{}:{}", has_tls ? kTlsScheme : "", is_number ? "[" + host + "]" : host, port);
}

Result<RedisServer> parse_redis_address(std::string_view text) {
  const Error problem = Error::usage(fmt::format("`{}` is no address of a Redis", text))
                            .with_help(
                                "write HOST:PORT, or rediss://HOST:PORT for TLS; user and password have keys of "
                                "their own");
  RedisServer server;
  std::string_view rest = text;
  server.has_tls = rest.starts_with(kTlsScheme);
  if (server.has_tls) {
    rest.remove_prefix(kTlsScheme.size());
  } else if (rest.starts_with(kPlainScheme)) {
    rest.remove_prefix(kPlainScheme.size());
  }
  if (rest.find('@') != std::string_view::npos) {
    return Error::usage("the address of the Redis has a user or a password in it").with_help(problem.help());
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);

  const bool is_number = rest.starts_with('[');
  const size_t end = is_number ? rest.find(']') : rest.find(':');
  if (is_number && end == std::string_view::npos) return problem;
  server.host = rest.substr(is_number ? 1 : 0, is_number ? end - 1 : end);
  rest.remove_prefix(std::min(rest.size(), is_number ? end + 1 : end));
  if (rest.starts_with(':')) {
    server.port = rest.substr(1);
    rest = {};
  }
  if (!rest.empty() || !has_only_of_host(server.host, is_number) || !is_port(server.port)) return problem;
  return server;
}

RedisConnection::RedisConnection(const RedisServer& server, std::unique_ptr<Transport> transport)
    : shown_(server.shown()), transport_(std::move(transport)), reader_(std::make_unique<Reader>()) {}

RedisConnection::~RedisConnection() = default;

Result<std::unique_ptr<RedisConnection>> RedisConnection::open(const RedisServer& server) {
  ASSIGN_OR_RETURN(std::unique_ptr<Transport> transport, Transport::connect(server));
  std::unique_ptr<RedisConnection> connection(new RedisConnection(server, std::move(transport)));
  RETURN_IF_ERROR(connection->log_in(server));
  return connection;
}

Status RedisConnection::log_in(const RedisServer& server) {
  RedisCommand command = {"PING"};
  if (!server.password.empty()) {
    command = {"AUTH"};
    if (!server.user.empty()) command.push_back(server.user);
    command.push_back(server.password);
  }
  ASSIGN_OR_RETURN(const std::vector<RedisReply> replies, ask(std::span(&command, 1)));
  if (replies[0].is_error()) return Error::unavailable(fmt::format("{} answers: {}", shown_, replies[0].text));
  return {};
}

Result<std::vector<RedisReply>> RedisConnection::ask(std::span<const RedisCommand> commands) {
  std::string bytes;
  for (const RedisCommand& command : commands) bytes += wire_form(command);
  if (const std::optional<std::string> reason = transport_->write(bytes)) return lost(*reason);
  std::vector<RedisReply> replies;
  while (replies.size() < commands.size()) {
    ASSIGN_OR_RETURN(RedisReply reply, read_reply());
    replies.push_back(std::move(reply));
  }
  return replies;
}

Result<RedisReply> RedisConnection::read_reply() {
  while (true) {
    void* found = nullptr;
    if (redisReaderGetReply(reader_->replies.get(), &found) != REDIS_OK) return lost(reader_->replies->errstr);
    if (found != nullptr) {
      const std::unique_ptr<void, ReplyFree> reply(found);
      return reply_of(*static_cast<const redisReply*>(found));
    }
    std::string reason;
    const std::string_view bytes = transport_->read(reason);
    if (bytes.empty()) return lost(reason);
    redisReaderFeed(reader_->replies.get(), bytes.data(), bytes.size());
  }
}

Error RedisConnection::lost(const std::string& reason) const {
  return Error::unavailable(fmt::format("the connection to {} is lost: {}", shown_, reason));
}

void RedisConnection::interrupt() { transport_->interrupt(); }

}  // namespace headrace
