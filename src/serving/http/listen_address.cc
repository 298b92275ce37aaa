#include "serving/http/listen_address.h"

#include "serving/http/http_message.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <optional>

namespace headrace {
namespace {

constexpr char kAddressHelp[] = "write it as ADDRESS:PORT, for example 127.0.0.1:7077 or [::1]:7077";

bool is_ipv4(const std::string& host) {
  in_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1;
}

bool is_ipv6(const std::string& host) {
  in6_addr address{};
  return ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

std::optional<uint16_t> read_port(std::string_view text) {
  uint16_t port = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return port;
}

/// The host without brackets and without ":PORT".
std::string host_part(std::string_view text) {
  if (text.starts_with('[')) return std::string(text.substr(1, text.find(']') - 1));
  return std::string(text.substr(0, text.rfind(':')));
}

}  // namespace

bool ListenAddress::is_loopback() const {
  in_addr v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  return ::inet_pton(AF_INET6, host.c_str(), &v6) == 1 && std::memcmp(&v6, &in6addr_loopback, sizeof v6) == 0;
}

std::string ListenAddress::shown() const {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port);
}

Result<ListenAddress> parse_listen_address(std::string_view text) {
  const Error wrong = Error::usage(fmt::format("`{}` is no address to listen at", text)).with_help(kAddressHelp);
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || text.find('\0') != std::string_view::npos) return wrong;
  const std::optional<uint16_t> port = read_port(text.substr(colon + 1));
  if (!port) return wrong;

  const std::string_view before = text.substr(0, colon);
  const bool has_brackets = before.starts_with('[') && before.ends_with(']');
  std::string host = has_brackets ? std::string(before.substr(1, before.size() - 2)) : std::string(before);
  if (host == "localhost") host = "127.0.0.1";
  if (has_brackets ? !is_ipv6(host) : !is_ipv4(host)) return wrong;
  return ListenAddress{.host = std::move(host), .port = *port};
}

bool is_local_host(std::string_view host) {
  if (host.empty() || host.find('\0') != std::string_view::npos) return false;
  const std::string name = host_part(host);
  return is_same_word(name, "localhost") || is_ipv4(name) || is_ipv6(name);
}

}  // namespace headrace
