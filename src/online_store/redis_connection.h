#pragma once

/// One connection to a Redis: commands go in one after another, replies come in their order (RESP 2, read by hiredis).
///
///   ASSIGN_OR_RETURN(auto redis, RedisConnection::open({.host = "127.0.0.1", .port = "6379"}));
///   ASSIGN_OR_RETURN(auto replies, redis->ask({{"HSET", "key", "field", "value"}, {"HGET", "key", "field"}}));
///
/// Not thread-safe, but for interrupt(). After an Error of ask() nothing more can be asked.

#include "base/result.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

struct RedisServer {
  std::string host = "127.0.0.1";
  std::string port = "6379";
  bool has_tls = false;
  std::string user;      // empty: Redis's default one
  std::string password;  // empty: none is sent
  std::string ca_file;   // for TLS, PEM; empty: those that the system trusts

  /// "127.0.0.1:6379", "rediss://[::1]:6379": without who we are there.
  std::string shown() const;
};

/// HOST:PORT, HOST, or rediss://HOST:PORT for TLS. User and password are no part of it. An Error of usage for other texts.
Result<RedisServer> parse_redis_address(std::string_view text);

using RedisCommand = std::vector<std::string>;

struct RedisReply {
  enum class Kind { kNothing, kText, kInteger, kError, kList };
  Kind kind = Kind::kNothing;
  std::string text;  // of kText and kError
  int64_t integer = 0;
  std::vector<RedisReply> items;  // of kList

  bool is_error() const { return kind == Kind::kError; }
};

class RedisConnection {
 public:
  /// Connects and says who we are. kUnavailable where that fails; nothing of a secret is in a message.
  static Result<std::unique_ptr<RedisConnection>> open(const RedisServer& server);
  ~RedisConnection();
  RedisConnection(const RedisConnection&) = delete;
  RedisConnection& operator=(const RedisConnection&) = delete;

  /// Sends the commands together and gives a reply for each, which may be an error of Redis. kUnavailable where the
  /// connection is lost, or Redis is silent for kWaitSeconds.
  Result<std::vector<RedisReply>> ask(std::span<const RedisCommand> commands);

  /// Ends what ask() waits for; from any thread.
  void interrupt();

  static constexpr int kWaitSeconds = 3;

 private:
  class Transport;
  struct Reader;

  RedisConnection(const RedisServer& server, std::unique_ptr<Transport> transport);
  Status log_in(const RedisServer& server);
  Result<RedisReply> read_reply();
  Error lost(const std::string& reason) const;

  const std::string shown_;
  std::unique_ptr<Transport> transport_;
  std::unique_ptr<Reader> reader_;
};

}  // namespace headrace
