#include "app/commands/commands.h"
#include "app/count_option.h"
#include "app/opened_project.h"
#include "app/option_values.h"
#include "app/server/checkpoints.h"
#include "app/server/served_features.h"
#include "app/server/served_replay.h"
#include "app/stop_signals.h"
#include "app/table.h"
#include "app/terminal.h"
#include "base/file_system.h"
#include "language/diagnostics/render.h"
#include "serving/api/feature_api.h"
#include "serving/http/http_server.h"
#include "store/rocks_event_log.h"

#include <fmt/format.h>

#include <memory>

namespace headrace {
namespace {

constexpr char kDefaultAddress[] = "127.0.0.1:7077";
constexpr int64_t kServerThreadsMax = 256;

struct ServeOptions {
  std::string project;
  std::string listen;  // empty: not given
  std::string tokens;
  std::string certificate, key;
  std::string data;    // folder of the event log; empty: that of the project
  std::string replay;  // where the files lie that are fed; empty: no replay
  std::string speed;
  std::vector<std::string> sources;
  std::string history, keep;            // empty: not given
  std::string checkpoint_every = "5m";  // between two of them
  int64_t threads = 0;                  // 0: not given
  bool quiet = false;
};

Result<std::shared_ptr<const TokenTable>> read_tokens(const std::string& file) {
  if (file.empty()) return std::shared_ptr<const TokenTable>();
  ASSIGN_OR_RETURN(const std::string text, real_file_system().read_file(file));
  ASSIGN_OR_RETURN(TokenTable table, TokenTable::parse(text, file));
  return std::make_shared<const TokenTable>(std::move(table));
}

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

/// The event log of the server, below the project unless another folder is named.
Result<std::unique_ptr<EventLog>> open_log(const ServeOptions& options, const std::string& project) {
  const std::string folder = options.data.empty() ? join_path(project, ".headrace/server") : options.data;
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

/// What is wrong in the definitions, as `headrace check` tells it.
void tell_problems(const Session& session) {
  write_err(render_text(session.diagnostics(), session.loaded().files, wants_color(Stream::kErr)));
}

/// Null without --replay.
Result<std::unique_ptr<ServedReplay>> open_replay(const ServeOptions& options, const Session& session) {
  if (options.replay.empty()) {
    if (!options.speed.empty()) return Error::usage("--speed is of a replay: give --replay too, or leave both out");
    return std::unique_ptr<ServedReplay>();
  }
  if (!options.data.empty()) {
    return Error::usage("--replay keeps no events, so there is no --data to keep them in")
        .with_help("leave --data out; the server's store is not touched by a replay");
  }
  return ServedReplay::open(session, options.replay, options.speed.empty() ? "max" : options.speed, options.quiet);
}

/// Reads definitions and tokens anew. What cannot be used is told, and everything stays as it was.
void reload(const ServeOptions& options, const std::string& folder, FeatureApi& api,
            const std::shared_ptr<ServedFeatures>& values) {
  const auto keep = [&] { report_warning("nothing was reloaded: requests are answered as before"); };
  Result<Session> session = Session::open(folder);
  if (!session) {
    report_error(session.error());
    return keep();
  }
  if (session->diagnostics().has_errors()) {
    tell_problems(*session);
    return keep();
  }
  const Status placed = session->place_sources(options.sources);
  if (!placed.ok()) {
    report_error(placed.error());
    return keep();
  }
  Result<std::shared_ptr<const TokenTable>> tokens = read_tokens(options.tokens);
  if (!tokens) {
    report_error(tokens.error());
    return keep();
  }
  const Status taken = values->reload(*session);
  if (!taken.ok()) {
    report_error(taken.error());
    return keep();
  }
  const auto catalog = std::make_shared<const FeatureCatalog>(session->repository());
  const size_t features = catalog->features().size();
  api.swap({.catalog = catalog, .tokens = *std::move(tokens), .live = values});
  report_note(fmt::format("reloaded: {}", counted(static_cast<int64_t>(features), "feature")), options.quiet);
}

struct StreamSettings {
  LiveOptions live;
  Duration checkpoint_every;
};

Result<StreamSettings> stream_settings(const ServeOptions& options) {
  StreamSettings settings;
  ASSIGN_OR_RETURN(settings.live.history, read_duration("--history", options.history));
  ASSIGN_OR_RETURN(settings.live.keep, read_duration("--keep", options.keep));
  ASSIGN_OR_RETURN(const auto every, read_duration("--checkpoint-every", options.checkpoint_every));
  if (!every || every->us < kMicrosPerSecond) return Error::usage("--checkpoint-every is 1s at least");
  settings.checkpoint_every = *every;
  return settings;
}

int run_serve(const ServeOptions& options) {
  const OpenedProject project = open_project(options.project, options.sources);
  if (!project.session) return project.exit_code;
  Result<std::shared_ptr<const TokenTable>> tokens = read_tokens(options.tokens);
  if (!tokens) return report_error(tokens.error());
  const Result<std::unique_ptr<ServedReplay>> replay = open_replay(options, *project.session);
  if (!replay) return report_error(replay.error());
  Result<StreamSettings> settings = stream_settings(options);
  if (!settings) return report_error(settings.error());

  // From here on signals wait, in all threads: those of the store are the first.
  StopSignals signals;
  std::unique_ptr<EventLog> log;
  if (*replay) {
    settings->live.clock = &(*replay)->clock();
  } else {
    Result<std::unique_ptr<EventLog>> opened = open_log(options, project.session->folder());
    if (!opened) return report_error(opened.error());
    log = *std::move(opened);
    settings->live.log = log.get();
  }
  settings->live.is_stopped = [&signals] { return signals.is_stop_pending(); };
  const Result<std::shared_ptr<ServedFeatures>> values = ServedFeatures::open(*project.session, settings->live);
  if (!values && values.error().kind() == ErrorKind::kStopped) {
    report_note("stopped before all was fed; nothing is lost", options.quiet);
    return kExitFine;
  }
  if (!values) return report_error(values.error());
  tell_replay(*(*values)->live(), options.quiet);
  const auto catalog = std::make_shared<const FeatureCatalog>(project.session->repository());

  HttpCounters counters;
  FeatureApi api({.catalog = catalog, .tokens = *std::move(tokens), .live = *values}, system_clock(), counters);
  const Result<std::unique_ptr<HttpServer>> server = start_server(options, api, counters);
  if (!server) return report_error(server.error());
  write_out(fmt::format("{}://{}\n", options.certificate.empty() ? "http" : "https", (*server)->address().shown()));
  const Status said = finish_out();
  if (!said.ok()) return report_error(said.error());
  report_note(fmt::format("{} of {}; Ctrl-C stops, SIGHUP reloads",
                          counted(static_cast<int64_t>(catalog->features().size()), "feature"), catalog->project()),
              options.quiet);
  if (*replay) (*replay)->begin(**values);

  const Checkpoints checkpoints(*values, settings->checkpoint_every);
  while (signals.wait() == StopSignals::Kind::kReload) reload(options, project.session->folder(), api, *values);
  api.set_stopping();
  report_note("stopping: requests in work are answered; Ctrl-C again ends at once", options.quiet);
  (*server)->stop();
  (*values)->stop_feeding();
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
           "has them "
           "again. Answers requests until Ctrl-C or SIGTERM; then those in work are finished, and the exit code is 0. "
           "The "
           "first "
           "line of the output is the address. SIGHUP reads definitions and tokens anew: requests go on meanwhile, and "
           "where there is an error everything stays as it was. Everybody on this machine may ask, unless there are "
           "tokens; other machines can ask only where there are tokens and TLS.",
       .examples = {{"headrace serve", "At 127.0.0.1:7077, or a free port where that is taken."},
                    {"curl http://127.0.0.1:7077/v1/features", "What is served; /openapi.json lists the paths."},
                    {"headrace push pump_telemetry events.ndjson", "Events for it; `headrace get` reads values."},
                    {"headrace serve --replay data/ --speed 60x", "The files of the sources as if they came now."},
                    {"headrace serve --listen 127.0.0.1:0 --project examples/pumps", "At any free port."},
                    {"headrace serve --listen 0.0.0.0:7077 --tokens tokens.txt --tls-certificate server.pem --tls-key "
                     "server.key",
                     "For other machines."}}},
      [options] { return run_serve(*options); });

  command
      .add_option("--listen", options->listen,
                  "Where to listen; a port of 0 is any free one (default: 127.0.0.1:7077, or a free port)")
      ->type_name("ADDRESS:PORT");
  command.add_option("--tokens", options->tokens, "File of the tokens that may ask, made with `headrace token new`")
      ->type_name("FILE");
  command.add_option("--tls-certificate", options->certificate, "The server's certificate and its chain, PEM")
      ->type_name("FILE");
  command.add_option("--tls-key", options->key, "The certificate's private key, PEM")->type_name("FILE");
  command
      .add_option("--data", options->data, "Folder of the server's store (default: .headrace/server in the project)")
      ->type_name("DIR");
  command
      .add_option("--history", options->history,
                  "How far back values of past times are answered (default: as far as the longest window reaches)")
      ->type_name("DURATION");
  command
      .add_option("--keep", options->keep,
                  "How long before that events stay in the store, for definitions that come later (default: for ever)")
      ->type_name("DURATION");
  command
      .add_option("--checkpoint-every", options->checkpoint_every,
                  "How often the states are saved, so that the next start is short (default: 5m)")
      ->type_name("DURATION");
  command
      .add_option(
          "--replay", options->replay,
          "Feed the files of the sources that lie at or below this path as if their events came now; the server's "
          "time is then that of the replay, and nothing is kept")
      ->type_name("PATH");
  command
      .add_option("--speed", options->speed,
                  "How fast a replay goes: 60x, sixty times as fast as the events happened; max, as fast as they are "
                  "taken in (default: max)")
      ->type_name("SPEED");
  add_source_option(command, options->sources);
  add_count_option(command, "--threads", options->threads, "threads", 1, kServerThreadsMax,
                   "Threads that answer requests (default: 2)");
  add_project_option(command, options->project);
  add_quiet_option(command, options->quiet);
}

}  // namespace headrace
