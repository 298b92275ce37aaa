#pragma once

/// A client of bytes for tests of the server: what it sends is not always HTTP. Waits ten seconds at most for anything.

#include "base/check.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace headrace {

class RawClient {
 public:
  explicit RawClient(uint16_t port, int receive_bytes = 0) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    CHECK(socket_ >= 0);
    if (receive_bytes > 0) ::setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  RawClient(RawClient&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), is_connected_(other.is_connected_), rest_(std::move(other.rest_)) {}
  RawClient& operator=(RawClient&&) = delete;
  ~RawClient() {
    if (socket_ >= 0) ::close(socket_);
  }

  bool is_connected() const { return is_connected_; }
  bool send(std::string_view bytes) {
    return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }

  /// One answer with Content-Length, head and body; empty where the connection ended before.
  std::string answer() {
    size_t end = std::string::npos;
    while ((end = rest_.find("\r\n\r\n")) == std::string::npos) {
      if (!receive()) return "";
    }
    const size_t field = rest_.find("Content-Length: ");
    const size_t size = end + 4 + (field < end ? std::stoul(rest_.substr(field + 16)) : 0);
    while (rest_.size() < size) {
      if (!receive()) return "";
    }
    std::string out = rest_.substr(0, size);
    rest_.erase(0, size);
    return out;
  }
  /// Bytes up to and with these.
  std::string until(std::string_view end) {
    size_t place = std::string::npos;
    while ((place = rest_.find(end)) == std::string::npos) {
      if (!receive()) return std::exchange(rest_, {}) + "<end>";
    }
    std::string out = rest_.substr(0, place + end.size());
    rest_.erase(0, place + end.size());
    return out;
  }
  /// Whether the server ended the connection, with nothing more sent.
  bool is_ended() {
    while (receive()) {
    }
    return rest_.empty() && !is_patience_over_;
  }

 private:
  bool receive() {
    char bytes[65536];
    const ssize_t got = ::recv(socket_, bytes, sizeof bytes, 0);
    if (got < 0) is_patience_over_ = errno == EAGAIN || errno == EWOULDBLOCK;
    if (got <= 0) return false;
    rest_.append(bytes, static_cast<size_t>(got));
    return true;
  }

  int socket_;
  bool is_connected_ = false;
  bool is_patience_over_ = false;
  std::string rest_;
};

/// "HTTP/1.1 200", or what stands there.
inline std::string status_line(const std::string& answer) { return answer.substr(0, 12); }

inline std::string body_of(const std::string& answer) {
  const size_t end = answer.find("\r\n\r\n");
  return end == std::string::npos ? "" : answer.substr(end + 4);
}

}  // namespace headrace
