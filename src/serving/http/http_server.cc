#include "serving/http/http_server.h"

#include "base/threads.h"
#include "serving/http/connection.h"

#include <fmt/format.h>

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <thread>

namespace headrace {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// Connections past the limit that may be told so at the same time.
constexpr size_t kRefusedMax = 64;
constexpr int kBacklog = 1024;

Status load_tls(const HttpTls& files, asio::ssl::context& context) {
  using asio::ssl::context_base;
  boost::system::error_code code;
  context.set_options(context_base::default_workarounds | context_base::no_sslv2 | context_base::no_sslv3 |
                          context_base::no_tlsv1 | context_base::no_tlsv1_1 | context_base::single_dh_use,
                      code);
  context.use_certificate_chain_file(files.certificate_file, code);
  if (code) {
    return Error::environment(fmt::format("cannot use the certificate {}: {}", files.certificate_file, code.message()))
        .with_help("it is a PEM file with the server's certificate first, then those that signed it");
  }
  context.use_private_key_file(files.key_file, context_base::pem, code);
  if (code) {
    return Error::environment(fmt::format("cannot use the key {}: {}", files.key_file, code.message()))
        .with_help("it is the certificate's private key, a PEM file without a passphrase");
  }
  return {};
}

Status check_exposure(const HttpServerOptions& options) {
  if (options.address.is_loopback() || (options.tls && options.is_authenticated)) return {};
  return Error::usage(fmt::format("{} can be reached from other machines, and that needs TLS and tokens",
                                  options.address.shown()))
      .with_help("configure a certificate, its key and a file of tokens, or listen at 127.0.0.1");
}

class RunningHttpServer : public HttpServer {
 public:
  RunningHttpServer(const HttpServerOptions& options, HttpHandler& handler, HttpCounters& counters)
      : shared_(options, handler, counters), address_(options.address) {
    const int count = std::max(1, options.threads);
    for (int i = 0; i < count; ++i) threads_.push_back(std::make_unique<ServerThread>(shared_));
    acceptor_.emplace(threads_.front()->io());
    accept_timer_.emplace(threads_.front()->io());
  }
  ~RunningHttpServer() override { stop(); }

  Status listen() {
    if (shared_.options.tls) {
      shared_.tls.emplace(asio::ssl::context::tls_server);
      RETURN_IF_ERROR(load_tls(*shared_.options.tls, *shared_.tls));
    }
    boost::system::error_code code;
    const tcp::endpoint wanted(asio::ip::make_address(address_.host, code), address_.port);
    if (!code) acceptor_->open(wanted.protocol(), code);
    if (!code) acceptor_->set_option(asio::socket_base::reuse_address(true), code);
    if (!code) acceptor_->bind(wanted, code);
    if (!code) acceptor_->listen(kBacklog, code);
    if (code) {
      const std::string message = fmt::format("cannot listen at {}: {}", address_.shown(), code.message());
      if (code != asio::error::address_in_use) return Error::environment(message);
      return Error::unavailable(message).with_help(
          "another program listens there; choose another port, or 0 for a free one");
    }

    address_.port = acceptor_->local_endpoint(code).port();
    for (const auto& each : threads_) {
      std::vector<std::thread> started = start_threads(1, [thread = each.get()] { thread->run(); });
      if (started.empty()) return give_up();
      running_.push_back(std::move(started.front()));
    }
    asio::post(threads_.front()->io(), [this] { accept(); });
    return {};
  }

  const ListenAddress& address() const override { return address_; }

  void stop() override {
    if (running_.empty()) return;
    asio::post(threads_.front()->io(), [this] {
      boost::system::error_code ignored;
      acceptor_->close(ignored);
      accept_timer_->cancel();
      // Connections that were accepted before this are posted to their threads before the drain is.
      for (const auto& each : threads_) asio::post(each->io(), [thread = each.get()] { thread->drain(); });
    });
    for (std::thread& each : running_) each.join();
    running_.clear();
    shared_.blocking.join();
    shared_.waiting.join();
  }

 private:
  Status give_up() {
    stop();
    return Error::environment("the system gives no thread for the server")
        .with_help("raise the limits on processes, or take fewer threads");
  }

  ServerThread& least_loaded() {
    return **std::min_element(threads_.begin(), threads_.end(),
                              [](const auto& a, const auto& b) { return a->load() < b->load(); });
  }

  void accept() {
    ServerThread& thread = least_loaded();
    acceptor_->async_accept(thread.io(), [this, &thread](const boost::system::error_code& code, tcp::socket socket) {
      if (code == asio::error::operation_aborted || !acceptor_->is_open()) return;
      if (code) return accept_later();
      take(thread, std::move(socket));
      accept();
    });
  }

  /// The machine has no descriptor left, or the like: going on at once would only turn in a circle.
  void accept_later() {
    accept_timer_->expires_after(kSweepInterval);
    accept_timer_->async_wait([this](const boost::system::error_code& code) {
      if (!code && acceptor_->is_open()) accept();
    });
  }

  void take(ServerThread& thread, tcp::socket socket) {
    HttpCounters& counters = shared_.counters;
    ++counters.connections_total;
    size_t open = 0;
    for (const auto& each : threads_) open += static_cast<size_t>(each->load());
    const bool is_too_many = open >= shared_.options.limits.connections_max;
    if (open >= shared_.options.limits.connections_max + kRefusedMax) {
      ++counters.refusals[static_cast<size_t>(HttpProblem::kTooManyConnections)];
      return;
    }

    ++thread.load();
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    asio::post(thread.io(), [this, &thread, is_too_many, socket = std::move(socket)]() mutable {
      if (shared_.tls) {
        open_connection(std::make_shared<Connection<TlsSocket>>(thread, TlsSocket(std::move(socket), *shared_.tls)),
                        is_too_many);
      } else {
        open_connection(std::make_shared<Connection<PlainSocket>>(thread, std::move(socket)), is_too_many);
      }
    });
  }

  template <typename Socket>
  static void open_connection(const std::shared_ptr<Connection<Socket>>& connection, bool is_too_many) {
    if (is_too_many) return connection->refuse_at_once(HttpProblem::kTooManyConnections);
    connection->start();
  }

  HttpServerShared shared_;
  ListenAddress address_;
  std::vector<std::unique_ptr<ServerThread>> threads_;
  std::optional<tcp::acceptor> acceptor_;
  std::optional<asio::steady_timer> accept_timer_;
  std::vector<std::thread> running_;
};

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::start(const HttpServerOptions& options, HttpHandler& handler,
                                                      HttpCounters& counters) {
  RETURN_IF_ERROR(check_exposure(options));
  try {
    auto server = std::make_unique<RunningHttpServer>(options, handler, counters);
    RETURN_IF_ERROR(server->listen());
    return std::unique_ptr<HttpServer>(std::move(server));
  } catch (const std::exception& error) {
    return Error::environment(fmt::format("cannot start the server: {}", error.what()));
  }
}

}  // namespace headrace
