#pragma once

/// What a client can make the server hold or wait for. Each is enforced by http_server.cc and tested by a client that
/// goes past it.

#include "data/time.h"

#include <cstddef>
#include <cstdint>

namespace headrace {

struct HttpLimits {
  size_t header_bytes_max = 16 << 10;                // of one request; beyond: 431
  size_t body_bytes_max = 16 << 20;                  // of one request; beyond: 413
  size_t body_bytes_total_max = 256 << 20;           // of all that are being received or answered; beyond: 503
  Duration receive_time_max{10 * kMicrosPerSecond};  // from a request's first byte to its last; beyond: 408
  Duration idle_time_max{60 * kMicrosPerSecond};     // between two requests of a connection; beyond: it is closed
  Duration send_time_max{30 * kMicrosPerSecond};     // for the client to take an answer; beyond: it is cut off
  Duration linger_time_max{1 * kMicrosPerSecond};    // for the client to read a refusal before the connection goes
  Duration drain_time_max{10 * kMicrosPerSecond};    // for what is in work when the server stops
  size_t connections_max = 4096;                     // beyond: 503
  size_t requests_max = 1024;                        // in work, from the last byte read to the last one sent; 503
  size_t waiting_max = 256;                          // of these, the ones that may wait, as pushes do; beyond: 429
  size_t stream_bytes_max = 1 << 20;                 // waiting to be sent to one client of a stream; it is cut off
  size_t streams_max = 256;                          // beyond: 503
  int64_t retry_after_seconds = 1;                   // what a 429 or a 503 says
};

}  // namespace headrace
