#include "app/commands/commands.h"
#include "app/json_log.h"
#include "app/opened_project.h"
#include "app/option_values.h"
#include "app/server/arrow_forms.h"
#include "app/server/checkpoints.h"
#include "app/server/logged_reads.h"
#include "app/server/reloading.h"
#include "app/server/request_log.h"
#include "app/server/serve_options.h"
#include "app/server/served_features.h"
#include "app/server/served_redis.h"
#include "app/server/served_replay.h"
#include "app/server/served_topics.h"
#include "app/server/served_traces.h"
#include "app/stop_signals.h"
#include "app/table.h"
#include "app/terminal.h"
#include "base/file_system.h"
#include "serving/http/http_server.h"
#include "store/rocks_event_log.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>

namespace headrace {
namespace {

namespace fs = std::filesystem;

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

/// The folder of the server's store, below the project unless another one is named.
std::string data_folder(const ServeOptions& options, const std::string& project) {
  return fs::absolute(options.data.empty() ? join_path(project, kDefaultData) : options.data).lexically_normal();
}

/// Null for a replay, which keeps no events.
Result<std::unique_ptr<EventLog>> open_log(const std::string& folder, const ServedReplay* replay) {
  if (replay != nullptr) return std::unique_ptr<EventLog>();
  RETURN_IF_ERROR(real_file_system().make_folders(folder));
  return open_rocks_event_log(folder);
}

/// What was in the log, for those who watch the start.
void tell_replay(const LiveFeatures& live, bool quiet) {
  if (live.replayed() > 0)
    report_note(fmt::format("{} of the store fed again", counted(live.replayed(), "push", "pushes")), quiet);
  if (live.not_replayed() > 0) {
    report_warning(fmt::format("{} of them are of sources that no feature reads any more; they stay in the store",
                               grouped_digits(live.not_replayed())));
  }
}

/// Null without --replay.
Result<std::unique_ptr<ServedReplay>> open_replay(const ServeOptions& options, const Session& session) {
  if (options.replay.empty()) return std::unique_ptr<ServedReplay>();
  ASSIGN_OR_RETURN(const std::optional<EventTime> start, read_time("--start", options.start));
  const std::string speed = options.speed.empty() ? "max" : options.speed;
  return ServedReplay::open(session, options.replay, speed, start, options.quiet);
}

/// Nothing in a replay: a Redis has what is durable.
Result<std::optional<ServedRedis>> find_redis(const ServeOptions& options, const ServedEnvironment& environment,
                                              const Session& session) {
  if (options.replay.empty()) return redis_of(environment, session.repository().project_name);
  if (environment.redis) report_note("a replay writes nothing into the environment's Redis", options.quiet);
  return std::optional<ServedRedis>();
}

void tell_reload(const ApiOr<ReloadAnswer>& answer, bool quiet) {
  const auto* taken = std::get_if<ReloadAnswer>(&answer);
  if (taken != nullptr) report_note(fmt::format("reloaded: {}", counted(taken->features, "feature")), quiet);
}

/// Null without a log, as in a replay.
Result<std::unique_ptr<ServedTopics>> feed_topics(const ServedEnvironment& environment, const EventLog* log,
                                                  ServedFeatures& values) {
  if (log == nullptr) return std::unique_ptr<ServedTopics>();
  ASSIGN_OR_RETURN(ServedTopics topics, ServedTopics::open(environment, *log));
  RETURN_IF_ERROR(topics.feed(values));
  return std::make_unique<ServedTopics>(std::move(topics));
}

/// Where the environment says so.
Status begin_feature_log(const ServedEnvironment& environment, const Session& session, ServedFeatures& values) {
  ASSIGN_OR_RETURN(std::unique_ptr<FeatureLog> log, open_feature_log(environment, session));
  values.log_reads_in(std::move(log));
  return {};
}

/// The address first, for those who read it from the output.
Status tell_start(const ServeOptions& options, const HttpServer& server, const FeatureCatalog& catalog) {
  write_out(fmt::format("{}://{}\n", options.certificate.empty() ? "http" : "https", server.address().shown()));
  RETURN_IF_ERROR(finish_out());
  report_note(fmt::format("{} of {}; Ctrl-C stops, SIGHUP reloads",
                          counted(static_cast<int64_t>(catalog.features().size()), "feature"), catalog.project()),
              options.quiet);
  return {};
}

int run_serve(ServeOptions options) {
  const OpenedProject project = open_project(options.project, options.sources);
  if (!project.session) return project.exit_code;
  int exit_code = kExitFine;
  const std::optional<ServedEnvironment> environment =
      open_environment(*project.session, options.environment, exit_code);
  if (!environment) return exit_code;
  if (const Status sound = check_replay_options(options); !sound.ok()) return report_error(sound.error());
  take_environment(*environment, options);
  Result<std::shared_ptr<const TokenTable>> tokens = read_tokens(options.tokens);
  if (!tokens) return report_error(tokens.error());
  const Result<std::unique_ptr<ServedReplay>> replay = open_replay(options, *project.session);
  if (!replay) return report_error(replay.error());
  Result<StreamSettings> settings = stream_settings(options, *environment);
  if (!settings) return report_error(settings.error());
  const Result<std::optional<ServedRedis>> redis = find_redis(options, *environment, *project.session);
  if (!redis) return report_error(redis.error());

  // From here on signals wait, in all threads: those of the traces and of the store are the first.
  StopSignals signals;
  const Result<std::unique_ptr<OtlpExporter>> traces = begin_traces(*environment);
  if (!traces) return report_error(traces.error());
  const std::string data = data_folder(options, project.session->folder());
  const Result<std::unique_ptr<EventLog>> log = open_log(data, replay->get());
  if (!log) return report_error(log.error());
  settings->live.log = log->get();
  if (*replay) settings->live.clock = &(*replay)->clock();
  settings->live.is_stopped = [&signals] { return signals.is_stop_pending(); };
  const Result<std::shared_ptr<ServedFeatures>> values =
      ServedFeatures::open(*project.session, settings->live, data + "-backups", traces->get());
  if (!values && values.error().kind() == ErrorKind::kStopped) {
    report_note("stopped before all was fed; nothing is lost", options.quiet);
    return kExitFine;
  }
  if (!values) return report_error(values.error());
  const Status logs = begin_feature_log(*environment, *project.session, **values);
  if (!logs.ok()) return report_error(logs.error());
  tell_replay(*(*values)->live(), options.quiet);
  const Result<std::unique_ptr<ServedTopics>> topics = feed_topics(*environment, log->get(), **values);
  if (!topics) return report_error(topics.error());
  std::unique_ptr<OnlineWriter> writer = begin_writing(*redis, *values, *settings->live.clock);
  const auto catalog = std::make_shared<const FeatureCatalog>(project.session->repository());

  HttpCounters counters;
  FeatureApi api({.catalog = catalog, .tokens = *std::move(tokens), .live = *values, .arrow = &arrow_forms()},
                 system_clock(), counters);
  Reloading reloading({project.session->folder(), options.sources, options.tokens}, api, *values, topics->get());
  const auto reload = [&] {
    ApiOr<ReloadAnswer> answer = reloading.reload();
    tell_reload(answer, options.quiet);
    return answer;
  };
  api.set_reload(reload);
  if (options.log == "json") api.set_request_log(log_request);
  follow_requests(api, traces->get());
  const Result<std::unique_ptr<HttpServer>> server = start_server(options, api, counters);
  if (!server) return report_error(server.error());
  const Status said = tell_start(options, **server, *catalog);
  if (!said.ok()) return report_error(said.error());
  if (*replay) (*replay)->begin(**values);

  const Checkpoints checkpoints(*values, settings->checkpoint_every);
  while (signals.wait() == StopSignals::Kind::kReload) reload();
  api.set_stopping();
  report_note("stopping: requests in work are answered; Ctrl-C again ends at once", options.quiet);
  (*server)->stop();
  (*values)->stop_feeding();
  writer.reset();
  return kExitFine;
}

}  // namespace

void add_serve_command(CommandLine& line) {
  const auto options = std::make_shared<ServeOptions>();
  CLI::App& command = line.add_command(
      {.name = "serve",
       .summary = "Take events and serve values of features over HTTP",
       .description =
           "Events that are pushed are in the values at once, and durable when the push is answered: the next start "
           "has them again. Answers requests until Ctrl-C or SIGTERM; then those in work are finished, and the exit "
           "code is 0. The first line of the output is the address. SIGHUP reads definitions and tokens anew: requests "
           "go on meanwhile, and "
           "where there is an error everything stays as it was. Everybody on this machine may ask, unless there are "
           "tokens; other machines can ask only where there are tokens and TLS.",
       .examples = {{"headrace serve", "At 127.0.0.1:7077, or a free port where that is taken."},
                    {"curl http://127.0.0.1:7077/v1/features", "What is served; /openapi.json lists the paths."},
                    {"headrace push pump_telemetry events.ndjson", "Events for it; `headrace get` reads values."},
                    {"headrace serve --replay data/ --speed 60x", "The files of the sources as if they came now."},
                    {"headrace serve --env prod", "As environments.yaml says of `prod`."},
                    {"headrace serve --listen 127.0.0.1:0 --project examples/pumps", "At any free port."},
                    {"headrace serve --listen 0.0.0.0:7077 --tokens tokens.txt --tls-certificate server.pem --tls-key "
                     "server.key",
                     "For other machines."}}},
      [options] {
        if (options->log == "json") write_messages_as_json();
        return run_serve(*options);
      });

  add_options_of_serve(command, *options);
}

}  // namespace headrace
