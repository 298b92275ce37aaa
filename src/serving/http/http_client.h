#pragma once

/// One request to a server of ours, and its answer: what the commands push, get and status need.

#include "base/result.h"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace headrace {

struct ServerUrl {
  std::string host;
  std::string port;
  bool is_tls = false;
};

/// "http://127.0.0.1:7077", "https://features.example.com". An Error of usage for anything else.
Result<ServerUrl> parse_server_url(std::string_view text);

struct ClientRequest {
  std::string_view method;
  std::string_view target;
  std::string_view content_type;  // empty: no body
  std::string_view body;
  std::string_view token;                                            // empty: none
  std::span<const std::pair<std::string, std::string>> fields = {};  // further ones of the header
  int wait_seconds = 30;                                             // for each piece of the answer
  int64_t answer_seconds_max = INT64_MAX / 2'000'000;                // for all of it, by send_request
  uint64_t reply_bytes_max = uint64_t{256} << 20;
  std::string_view ca = {};  // file of the certificates that are trusted; empty: those of the system
};

struct ClientReply {
  int status = 0;
  std::string body;
};

/// Connects, asks, waits no longer than is said to connect, for each piece of the answer and for all of it. Certificates are verified by
/// those that are trusted. A server that cannot be reached, or whose answer is too long, is kUnavailable.
Result<ClientReply> send_request(const ServerUrl& url, const ClientRequest& request);

/// The same for an answer that goes on: hands its pieces over as they come, until it ends or `take` gives false. Of an
/// answer that is no 200 the reply has the body, and nothing is handed over.
Result<ClientReply> follow_request(const ServerUrl& url, const ClientRequest& request,
                                   const std::function<bool(std::string_view)>& take);

}  // namespace headrace
