#pragma once

/// An HTTP/1.1 server: keep-alive, pipelining, TLS, answers that go on (HttpStream), and limits that no client can pass.
///
///   HttpCounters counters;
///   ASSIGN_OR_RETURN(auto server, HttpServer::start({.address = address, .threads = 2}, handler, counters));
///   print(server->address().shown());
///   ...
///   server->stop();   // finishes what is in work
///
/// A connection belongs to one thread, which asks the handler. Nothing of it throws: what the network does is counted,
/// what a client does wrong is answered.

#include "base/result.h"
#include "serving/http/http_handler.h"
#include "serving/http/http_limits.h"
#include "serving/http/listen_address.h"

#include <memory>
#include <optional>
#include <string>

namespace headrace {

/// Files in PEM.
struct HttpTls {
  std::string certificate_file;  // the chain, the server's own first
  std::string key_file;
};

struct HttpServerOptions {
  ListenAddress address;
  int threads = 2;
  int blocking_threads = 2;  // for requests that may wait
  int waiting_threads = 4;   // for others that turn out to have to wait
  HttpLimits limits;
  std::optional<HttpTls> tls;
  /// The handler lets nobody in without a token. Beyond loopback the server listens with this and TLS only.
  bool is_authenticated = false;
};

/// Its functions are for one thread, that of the owner.
class HttpServer {
 public:
  /// Listens, once it returns. A port that is taken is ErrorKind::kUnavailable. REQUIRES: handler and counters outlive it.
  static Result<std::unique_ptr<HttpServer>> start(const HttpServerOptions& options, HttpHandler& handler,
                                                   HttpCounters& counters);
  virtual ~HttpServer() = default;

  /// With the port that was chosen.
  virtual const ListenAddress& address() const = 0;
  /// Accepts nobody any more, lets requests in work be answered (at most for the limits' time), ends streams, returns.
  virtual void stop() = 0;
};

}  // namespace headrace
