#pragma once

/// Bytes to and from a Redis: a socket that waits for a few seconds at most, with TLS where it is asked for.
///
/// Internal to online_store/.

#include "online_store/redis_connection.h"

#include <openssl/ssl.h>

#include <optional>

namespace headrace {

class RedisConnection::Transport {
 public:
  static Result<std::unique_ptr<Transport>> connect(const RedisServer& server);
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  /// The reason where it fails.
  std::optional<std::string> write(std::string_view bytes);
  /// At least one byte; nothing where it fails, with the reason.
  std::string_view read(std::string& reason);
  void interrupt();

 private:
  struct SslFree {
    void operator()(SSL* tls) const { SSL_free(tls); }
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };

  explicit Transport(int socket) : socket_(socket) {}
  Status begin_tls(const RedisServer& server);
  std::string reason_of_tls(int code) const;

  static constexpr size_t kReadBytes = 16 << 10;

  const int socket_;
  std::unique_ptr<SSL_CTX, SslFree> context_;
  std::unique_ptr<SSL, SslFree> tls_;
  std::string buffer_ = std::string(kReadBytes, '\0');
};

}  // namespace headrace
