#pragma once

/// Where a server listens, as people write it: "127.0.0.1:7077", "[::1]:0", "localhost:7077".

#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace headrace {

struct ListenAddress {
  std::string host = "127.0.0.1";  // a number, as IPv4 or IPv6 have it
  uint16_t port = 0;               // 0: any free one

  bool is_loopback() const;
  /// "127.0.0.1:7077", "[::1]:7077".
  std::string shown() const;
};

/// An Error of usage for anything else. Names other than localhost are not looked up: what they mean may change.
Result<ListenAddress> parse_listen_address(std::string_view text);

/// Whether the value of a request's field Host is a number or localhost, as it is for those who asked for this machine and
/// never for a page of a site whose name was made to point here.
bool is_local_host(std::string_view host);

}  // namespace headrace
