#include "online_store/redis_transport.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <arpa/inet.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace headrace {
namespace {

struct AddressesFree {
  void operator()(addrinfo* addresses) const { freeaddrinfo(addresses); }
};

std::string reason_of(int code) {
  const bool is_slow = code == EAGAIN || code == EWOULDBLOCK || code == EINPROGRESS || code == ETIMEDOUT;
  return is_slow ? "no answer in time" : std::strerror(code);
}

void set_waits(int socket) {
  timeval wait{};
  wait.tv_sec = RedisConnection::kWaitSeconds;
  setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
  setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait));  // of connecting too
  const int yes = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
}

/// At the first of the host's addresses that answers; the reason where none does.
int connected_socket(const RedisServer& server, std::string& reason) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int code = getaddrinfo(server.host.c_str(), server.port.c_str(), &wanted, &found); code != 0) {
    reason = gai_strerror(code);
    return -1;
  }
  const std::unique_ptr<addrinfo, AddressesFree> addresses(found);
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    const int socket = ::socket(each->ai_family, each->ai_socktype | SOCK_CLOEXEC, each->ai_protocol);
    if (socket < 0) {
      reason = reason_of(errno);
      continue;
    }
    set_waits(socket);
    if (::connect(socket, each->ai_addr, each->ai_addrlen) == 0) return socket;
    reason = reason_of(errno);
    ::close(socket);
  }
  return -1;
}

bool is_number(const std::string& host) {
  std::array<unsigned char, sizeof(in6_addr)> bytes;
  return inet_pton(AF_INET, host.c_str(), bytes.data()) == 1 || inet_pton(AF_INET6, host.c_str(), bytes.data()) == 1;
}

/// The first error that OpenSSL noted, which is the cause.
std::string noted_reason() {
  std::array<char, 256> text{};
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "the connection was closed";
  const char* reason = ERR_reason_error_string(code);
  if (reason != nullptr) return reason;
  ERR_error_string_n(code, text.data(), text.size());
  return text.data();
}

}  // namespace

Result<std::unique_ptr<RedisConnection::Transport>> RedisConnection::Transport::connect(const RedisServer& server) {
  std::string reason;
  const int socket = connected_socket(server, reason);
  if (socket < 0) return Error::unavailable(fmt::format("{} cannot be reached: {}", server.shown(), reason));
  std::unique_ptr<Transport> transport(new Transport(socket));
  if (server.has_tls) RETURN_IF_ERROR(transport->begin_tls(server));
  return transport;
}

RedisConnection::Transport::~Transport() { ::close(socket_); }

Status RedisConnection::Transport::begin_tls(const RedisServer& server) {
  context_.reset(SSL_CTX_new(TLS_client_method()));
  if (!context_) return Error::environment("OpenSSL cannot begin: " + noted_reason());
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
  // Not SSL_CTX_set_default_verify_paths(), which also looks into OpenSSL's store of URIs: that ends the process here.
  const bool has_trust = server.ca_file.empty() ? SSL_CTX_set_default_verify_file(context_.get()) == 1 &&
                                                      SSL_CTX_set_default_verify_dir(context_.get()) == 1
                                                : SSL_CTX_load_verify_file(context_.get(), server.ca_file.c_str()) == 1;
  if (!has_trust)
    return Error::environment(
        fmt::format("{} has no certificate that can be read: {}", server.ca_file, noted_reason()));

  tls_.reset(SSL_new(context_.get()));
  X509_VERIFY_PARAM* const expected = SSL_get0_param(tls_.get());
  if (is_number(server.host)) {
    X509_VERIFY_PARAM_set1_ip_asc(expected, server.host.c_str());
  } else {
    SSL_set_tlsext_host_name(tls_.get(), server.host.c_str());
    SSL_set1_host(tls_.get(), server.host.c_str());
  }
  SSL_set_fd(tls_.get(), socket_);
  ERR_clear_error();
  if (const int code = SSL_connect(tls_.get()); code != 1) {
    const long verified = SSL_get_verify_result(tls_.get());
    const std::string reason = verified == X509_V_OK ? reason_of_tls(code) : X509_verify_cert_error_string(verified);
    return Error::unavailable(fmt::format("{} is not trusted, or speaks no TLS: {}", server.shown(), reason));
  }
  return {};
}

std::string RedisConnection::Transport::reason_of_tls(int code) const {
  const int why = SSL_get_error(tls_.get(), code);
  if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE) return "no answer in time";
  if (why == SSL_ERROR_SYSCALL && errno != 0) return reason_of(errno);
  return noted_reason();
}

std::optional<std::string> RedisConnection::Transport::write(std::string_view bytes) {
  while (!bytes.empty()) {
    ssize_t sent = 0;
    if (tls_) {
      ERR_clear_error();
      sent = SSL_write(tls_.get(), bytes.data(), static_cast<int>(std::min<size_t>(bytes.size(), 1 << 20)));
      if (sent <= 0) return reason_of_tls(static_cast<int>(sent));
    } else {
      sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent < 0) return reason_of(errno);
    }
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return std::nullopt;
}

std::string_view RedisConnection::Transport::read(std::string& reason) {
  while (true) {
    ssize_t got = 0;
    if (tls_) {
      ERR_clear_error();
      got = SSL_read(tls_.get(), buffer_.data(), static_cast<int>(buffer_.size()));
      if (got <= 0) reason = reason_of_tls(static_cast<int>(got));
    } else {
      got = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) reason = reason_of(errno);
      if (got == 0) reason = "the connection was closed";
    }
    return got > 0 ? std::string_view(buffer_).substr(0, static_cast<size_t>(got)) : std::string_view();
  }
}

void RedisConnection::Transport::interrupt() { ::shutdown(socket_, SHUT_RDWR); }

}  // namespace headrace
