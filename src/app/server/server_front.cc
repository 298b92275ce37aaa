#include "app/server/server_front.h"

#include "app/json_log.h"
#include "app/server/request_log.h"
#include "app/table.h"
#include "app/terminal.h"

#include <fmt/format.h>

namespace headrace {
namespace {

constexpr char kDefaultAddress[] = "127.0.0.1:7077";

Result<HttpServerOptions> server_options(const ServeOptions& options) {
  HttpServerOptions out;
  ASSIGN_OR_RETURN(out.address, parse_listen_address(options.listen.empty() ? kDefaultAddress : options.listen));
  if (options.certificate.empty() != options.key.empty())
    return Error::usage("--tls-certificate and --tls-key belong together: give both, or neither");
  if (!options.certificate.empty()) out.tls = HttpTls{.certificate_file = options.certificate, .key_file = options.key};
  out.is_authenticated = !options.tokens.empty();
  if (options.threads > 0) out.threads = static_cast<int>(options.threads);
  return out;
}

/// At the address, or, where nobody asked for it and it is taken, at a free port.
Result<std::unique_ptr<HttpServer>> start_server(const ServeOptions& options, FeatureApi& api, HttpCounters& counters) {
  ASSIGN_OR_RETURN(HttpServerOptions given, server_options(options));
  Result<std::unique_ptr<HttpServer>> server = HttpServer::start(given, api, counters);
  const bool is_taken = !server && server.error().kind() == ErrorKind::kUnavailable;
  if (!is_taken || !options.listen.empty()) return server;
  report_note(fmt::format("{} is taken by another program; --listen names an address", kDefaultAddress), options.quiet);
  given.address.port = 0;
  return HttpServer::start(given, api, counters);
}

void tell_reload(const ApiOr<ReloadAnswer>& answer, bool quiet) {
  const auto* taken = std::get_if<ReloadAnswer>(&answer);
  if (taken != nullptr) report_note(fmt::format("reloaded: {}", counted(taken->features, "feature")), quiet);
}

}  // namespace

ServerFront::ServerFront(const ServeOptions& options, ServedState state)
    : options_(options), state_(state), api_(std::move(state), system_clock(), counters_) {
  api_.set_reload([this] { return reload(); });
  if (options.log == "json") api_.set_request_log(log_request);
}

Status ServerFront::start() {
  if (server_) return {};
  ASSIGN_OR_RETURN(server_, start_server(options_, api_, counters_));
  return tell_start();
}

Status ServerFront::tell_start() const {
  write_out(fmt::format("{}://{}\n", options_.certificate.empty() ? "http" : "https", server_->address().shown()));
  RETURN_IF_ERROR(finish_out());
  report_note(fmt::format("{} of {}; Ctrl-C stops, SIGHUP reloads",
                          counted(static_cast<int64_t>(state_.catalog->features().size()), "feature"),
                          state_.catalog->project()),
              options_.quiet);
  return {};
}

void ServerFront::serve(std::shared_ptr<LiveValues> values, Reloading& reloading) {
  ServedState state = state_;
  state.live = std::move(values);
  api_.swap(std::move(state));
  const std::lock_guard lock(mutex_);
  reloading_ = &reloading;
}

ApiOr<ReloadAnswer> ServerFront::reload() {
  Reloading* reloading = nullptr;
  {
    const std::lock_guard lock(mutex_);
    reloading = reloading_;
  }
  if (reloading == nullptr) {
    return ApiError{.status = 503,
                    .code = "not_ready",
                    .message = "the values of these definitions are not ready yet",
                    .help = "reload once /readyz says so",
                    .retry_after_seconds = 1};
  }
  ApiOr<ReloadAnswer> answer = reloading->reload();
  tell_reload(answer, options_.quiet);
  return answer;
}

void ServerFront::stop() {
  api_.set_stopping();
  report_note("stopping: requests in work are answered; Ctrl-C again ends at once", options_.quiet);
  server_->stop();
}

}  // namespace headrace
