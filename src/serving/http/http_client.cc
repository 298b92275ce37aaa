#include "serving/http/http_client.h"

#include "base/clock.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>

namespace headrace {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using ErrorCode = boost::system::error_code;

Error unreachable(const ServerUrl& url, const ErrorCode& code) {
  const bool is_slow = code == asio::error::try_again || code == asio::error::timed_out;
  return Error::unavailable(fmt::format("the server at {}:{} cannot be reached: {}", url.host, url.port,
                                        is_slow ? "no answer in time" : code.message()))
      .with_help("is it running? `headrace serve` prints its address");
}

http::request<http::string_body> message_of(const ServerUrl& url, const ClientRequest& request) {
  http::request<http::string_body> message;
  message.method_string(request.method);
  message.target(request.target);
  message.version(11);
  message.set(http::field::host, url.host + ":" + url.port);
  message.set(http::field::connection, "close");
  if (!request.token.empty()) message.set(http::field::authorization, "Bearer " + std::string(request.token));
  if (!request.content_type.empty()) message.set(http::field::content_type, request.content_type);
  for (const auto& [name, value] : request.fields) message.set(name, value);
  message.body() = request.body;
  message.prepare_payload();
  return message;
}

/// Over a stream that is connected.
template <typename Stream>
Result<ClientReply> exchange(Stream& stream, const ServerUrl& url, const ClientRequest& request) {
  ErrorCode code;
  http::write(stream, message_of(url, request), code);
  if (code) return unreachable(url, code);

  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(request.reply_bytes_max);
  parser.eager(true);
  const int64_t end_us = system_clock().elapsed_us() + request.answer_seconds_max * 1'000'000;
  while (!code && !parser.is_done()) {
    http::read_some(stream, buffer, parser, code);
    if (!code && system_clock().elapsed_us() > end_us) code = asio::error::timed_out;
  }
  if (code && code != asio::ssl::error::stream_truncated) return unreachable(url, code);
  return ClientReply{static_cast<int>(parser.get().result_int()), std::move(parser.get().body())};
}

/// Likewise, of an answer that goes on.
template <typename Stream>
Result<ClientReply> follow(Stream& stream, const ServerUrl& url, const ClientRequest& request,
                           const std::function<bool(std::string_view)>& take) {
  ErrorCode code;
  http::write(stream, message_of(url, request), code);
  if (code) return unreachable(url, code);

  beast::flat_buffer buffer;
  http::response_parser<http::buffer_body> parser;
  parser.body_limit(boost::none);
  http::read_header(stream, buffer, parser, code);
  if (code) return unreachable(url, code);
  ClientReply reply{.status = static_cast<int>(parser.get().result_int())};
  std::array<char, 4096> piece;
  while (!parser.is_done()) {
    parser.get().body().data = piece.data();
    parser.get().body().size = piece.size();
    http::read_some(stream, buffer, parser, code);
    if (code == http::error::need_buffer) code = {};
    if (code) return unreachable(url, code);
    const std::string_view got(piece.data(), piece.size() - parser.get().body().size);
    if (got.empty()) continue;
    if (reply.status != 200) {
      reply.body += got;
    } else if (!take(got)) {
      return reply;
    }
  }
  return reply;
}

void limit_waiting(asio::ip::tcp::socket& socket, int seconds) {
  const timeval wait{seconds, 0};
  setsockopt(socket.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  setsockopt(socket.native_handle(), SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
}

/// What `ask` gives of a stream with TLS over the socket.
template <typename Ask>
Result<ClientReply> by_tls(asio::ip::tcp::socket socket, const ServerUrl& url, std::string_view ca, const Ask& ask) {
  ErrorCode code;
  asio::ssl::context trust(asio::ssl::context::tls_client);
  if (ca.empty()) {
    // Not set_default_verify_paths(), which also looks into OpenSSL's store of URIs: that ends the process here.
    SSL_CTX_set_default_verify_file(trust.native_handle());
    SSL_CTX_set_default_verify_dir(trust.native_handle());
  } else {
    trust.load_verify_file(std::string(ca), code);
    if (code) return Error::environment(fmt::format("the certificates in {} cannot be read: {}", ca, code.message()));
  }
  beast::ssl_stream<asio::ip::tcp::socket> stream(std::move(socket), trust);
  stream.set_verify_mode(asio::ssl::verify_peer, code);
  stream.set_verify_callback(asio::ssl::host_name_verification(url.host), code);
  SSL_set_tlsext_host_name(stream.native_handle(), url.host.c_str());
  stream.handshake(asio::ssl::stream_base::client, code);
  if (code) {
    return Error::unavailable(fmt::format("the server at {}:{} has no certificate that is trusted here: {}", url.host,
                                          url.port, code.message()))
        .with_help("SSL_CERT_FILE names a file of certificates to trust");
  }
  return ask(stream);
}

/// What `ask` gives of a stream that is connected to the server.
template <typename Ask>
Result<ClientReply> connected(const ServerUrl& url, const ClientRequest& request, const Ask& ask) {
  ErrorCode code;
  asio::io_context context;
  asio::ip::tcp::resolver resolver(context);
  const auto places = resolver.resolve(url.host, url.port, code);
  if (code) return unreachable(url, code);
  asio::ip::tcp::socket socket(context);
  for (const auto& place : places) {
    socket = asio::ip::tcp::socket(context);
    socket.open(place.endpoint().protocol(), code);
    if (code) continue;
    limit_waiting(socket, request.wait_seconds);
    socket.connect(place.endpoint(), code);
    if (!code) break;
  }
  if (code) return unreachable(url, code);
  if (url.is_tls) return by_tls(std::move(socket), url, request.ca, ask);
  return ask(socket);
}

}  // namespace

Result<ServerUrl> parse_server_url(std::string_view text) {
  ServerUrl url;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    url.is_tls = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    return Error::usage(fmt::format("`{}` is no address of a server", text))
        .with_help("write it as http://127.0.0.1:7077");
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);

  const size_t colon = rest.rfind(':');
  const bool has_port = colon != std::string_view::npos && rest.find(']', colon) == std::string_view::npos;
  url.host = rest.substr(0, has_port ? colon : rest.size());
  url.port = has_port ? std::string(rest.substr(colon + 1)) : url.is_tls ? "443" : "80";
  if (url.host.starts_with('[') && url.host.ends_with(']')) url.host = url.host.substr(1, url.host.size() - 2);
  const bool is_number = !url.port.empty() && url.port.find_first_not_of("0123456789") == std::string::npos;
  if (url.host.empty() || !is_number || rest.find('/') != std::string_view::npos) {
    return Error::usage(fmt::format("`{}` is no address of a server", text))
        .with_help("write it as http://127.0.0.1:7077");
  }
  return url;
}

Result<ClientReply> send_request(const ServerUrl& url, const ClientRequest& request) {
  return connected(url, request, [&](auto& stream) { return exchange(stream, url, request); });
}

Result<ClientReply> follow_request(const ServerUrl& url, const ClientRequest& request,
                                   const std::function<bool(std::string_view)>& take) {
  return connected(url, request, [&](auto& stream) { return follow(stream, url, request, take); });
}

}  // namespace headrace
