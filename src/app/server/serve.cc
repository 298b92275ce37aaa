#include "app/commands/commands.h"
#include "app/json_log.h"
#include "app/opened_project.h"
#include "app/option_values.h"
#include "app/progress.h"
#include "app/server/arrow_forms.h"
#include "app/server/checkpoints.h"
#include "app/server/logged_reads.h"
#include "app/server/online_stores.h"
#include "app/server/reloading.h"
#include "app/server/serve_options.h"
#include "app/server/served_features.h"
#include "app/server/served_replay.h"
#include "app/server/served_topics.h"
#include "app/server/served_traces.h"
#include "app/server/server_front.h"
#include "app/server/server_role.h"
#include "app/server/shared_server.h"
#include "app/server/topic_cuts.h"
#include "app/stop_signals.h"
#include "app/table.h"
#include "app/terminal.h"
#include "base/file_system.h"
#include "store/rocks_event_log.h"

#include <fmt/format.h>

#include <filesystem>
#include <memory>

namespace headrace {
namespace {

namespace fs = std::filesystem;

/// The folder of the server's store, below the project unless another one is named.
std::string data_folder(const ServeOptions& options, const std::string& project) {
  return fs::absolute(options.data.empty() ? join_path(project, kDefaultData) : options.data).lexically_normal();
}

/// A replay is filled from nothing: it feeds the files themselves.
Result<StreamSettings> settings_of(const ServeOptions& options, const ServedEnvironment& environment,
                                   const Session& session) {
  ASSIGN_OR_RETURN(StreamSettings settings, stream_settings(options, environment));
  if (options.replay.empty()) {
    RETURN_IF_ERROR(set_cuts(options, environment, session, settings));
  }
  return settings;
}

/// Null for a replay, which keeps no events.
Result<std::unique_ptr<EventLog>> open_log(const std::string& folder, const ServedReplay* replay,
                                           const StreamSettings& settings) {
  if (replay != nullptr) return std::unique_ptr<EventLog>();
  RETURN_IF_ERROR(real_file_system().make_folders(folder));
  return open_rocks_event_log(folder, settings.live.sync_every ? StoreDurability::kInterval : StoreDurability::kSync);
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

/// None in a replay: they have what is durable.
Result<OnlineStores> find_online_stores(const ServeOptions& options, const ServedEnvironment& environment,
                                        const Session& session) {
  if (options.replay.empty()) {
    ASSIGN_OR_RETURN(OnlineStores stores, online_stores_of(environment, session.repository().project_name));
    const bool is_replica = role_of(options, environment) == ServerRole::kReplica;
    if (is_replica && stores.redis) report_note("a replica writes nothing into the environment's Redis", options.quiet);
    if (is_replica) stores.redis.reset();
    return stores;
  }
  if (environment.redis) report_note("a replay writes nothing into the environment's Redis", options.quiet);
  if (environment.values_file) report_note("a replay keeps no values file", options.quiet);
  return OnlineStores();
}

/// Null without a log, as in a replay.
Result<std::unique_ptr<ServedTopics>> feed_topics(const ServedEnvironment& environment, ServerRole role, EventLog* log,
                                                  ServedFeatures& values) {
  if (log == nullptr) return std::unique_ptr<ServedTopics>();
  auto topics = std::make_unique<ServedTopics>(environment, role, *log);
  values.set_topics(topics.get());
  RETURN_IF_ERROR(values.feed_topics());
  return topics;
}

/// A feature log is where the environment says so. `data`: the folder of the store.
Status begin_beside(const ServedEnvironment& environment, const Session& session, const OnlineStores& stores,
                    const std::string& data, ServedFeatures& values) {
  values.set_store_folder(data);
  if (stores.redis) values.set_rows_outlive();
  ASSIGN_OR_RETURN(std::unique_ptr<FeatureLog> log, open_feature_log(environment, session));
  values.log_reads_in(std::move(log));
  return values.finish_forgetting();
}

/// Cuts between files and streams are as the topics tell, where nobody else does.
Result<LiveBeginning> find_beginning(const ServedEnvironment& environment, const ServeOptions& options,
                                     const Session& session, StreamSettings& settings) {
  RETURN_IF_ERROR(find_topic_cuts(environment, options, session, settings));
  return LiveBeginning::find(session, settings.live);
}

/// Requests are answered that values are not ready yet meanwhile.
Status fill_from_files(LiveBeginning& beginning, ServerFront& front, JobProgress& progress, bool quiet) {
  if (!beginning.needs_files()) return {};
  progress.start_stage("starting to fill from files");
  RETURN_IF_ERROR(front.start());
  report_note(fmt::format("{} filled from files", beginning.entities_to_fill()), quiet);
  {
    const ProgressBar bar(progress, quiet);
    RETURN_IF_ERROR(beginning.fill(progress, 0));
  }
  progress.start_stage("events of the store are fed again");
  for (const auto& [entity, filled] : beginning.filled) {
    for (const auto& [source, cut] : filled.cuts) {
      report_note(fmt::format("`{}`: {} of its files, before {}", source, counted(cut.rows, "row"), to_string(cut.at)),
                  quiet);
    }
    if (filled.bad_rows > 0) {
      report_warning(
          fmt::format("{} of the files of `{}` could not be read and were left out; `headrace backfill` says "
                      "where they are",
                      counted(filled.bad_rows, "row"), entity));
    }
  }
  return {};
}

/// An Error, or the end that was asked for meanwhile: its signal is taken, or it would end the process.
int not_begun(const Error& error, StopSignals& signals, bool quiet) {
  if (error.kind() != ErrorKind::kStopped) return report_error(error);
  while (signals.wait() == StopSignals::Kind::kReload) {
  }
  report_note("stopped before all was fed; nothing is lost", quiet);
  return kExitFine;
}

/// The environment for a server of its role, and what is not given as an option taken from it. Nothing: it was told why not,
/// and `exit_code` is how to exit.
std::optional<ServedEnvironment> environment_to_serve(const Session& session, ServeOptions& options, int& exit_code) {
  std::optional<ServedEnvironment> environment = open_environment(session, options.environment, exit_code);
  if (!environment) return std::nullopt;
  Status fits = check_replay_options(options);
  if (fits.ok()) {
    take_environment(*environment, options);
    fits =
        fit_environment(role_of(options, *environment), data_folder(options, session.folder()), session, *environment);
  }
  if (fits.ok()) return environment;
  exit_code = report_error(fits.error());
  return std::nullopt;
}

int run_serve(ServeOptions options) {
  const OpenedProject project = open_project(options.project, options.sources);
  if (!project.session) return project.exit_code;
  int exit_code = kExitFine;
  const std::optional<ServedEnvironment> environment = environment_to_serve(*project.session, options, exit_code);
  if (!environment) return exit_code;
  Result<std::shared_ptr<const TokenTable>> tokens = read_tokens(options.tokens);
  if (!tokens) return report_error(tokens.error());
  const Result<std::unique_ptr<ServedReplay>> replay = open_replay(options, *project.session);
  if (!replay) return report_error(replay.error());
  Result<StreamSettings> settings = settings_of(options, *environment, *project.session);
  if (!settings) return report_error(settings.error());
  const Result<OnlineStores> stores = find_online_stores(options, *environment, *project.session);
  if (!stores) return report_error(stores.error());

  // From here on signals wait, in all threads: those of the traces and of the store are the first.
  StopSignals signals;
  const Result<std::unique_ptr<OtlpExporter>> traces = begin_traces(*environment);
  if (!traces) return report_error(traces.error());
  const std::string data = data_folder(options, project.session->folder());
  const Result<std::unique_ptr<EventLog>> log = open_log(data, replay->get(), *settings);
  if (!log) return report_error(log.error());
  settings->live.log = log->get();
  settings->live.followers = stores->count();
  if (*replay) settings->live.clock = &(*replay)->clock();
  settings->live.is_stopped = [&signals] { return signals.is_stop_pending(); };
  const auto progress = std::make_shared<JobProgress>();
  ServerFront front(options, {.catalog = std::make_shared<const FeatureCatalog>(project.session->repository()),
                              .tokens = *std::move(tokens),
                              .live = std::make_shared<ValuesToCome>(progress),
                              .arrow = &arrow_forms()});

  // Values of before this start first, then what feeds them on.
  Result<LiveBeginning> beginning = find_beginning(*environment, options, *project.session, *settings);
  if (!beginning) return report_error(beginning.error());
  const Status filled = fill_from_files(*beginning, front, *progress, options.quiet);
  if (!filled.ok()) return not_begun(filled.error(), signals, options.quiet);
  const Result<std::shared_ptr<ServedFeatures>> values =
      ServedFeatures::open(*project.session, settings->live, *std::move(beginning), data + "-backups", traces->get());
  if (!values) return not_begun(values.error(), signals, options.quiet);
  const Status beside = begin_beside(*environment, *project.session, *stores, data, **values);
  if (!beside.ok()) return report_error(beside.error());
  tell_replay(*(*values)->live(), options.quiet);
  const Result<std::unique_ptr<ServedTopics>> topics =
      feed_topics(*environment, role_of(options, *environment), log->get(), **values);
  if (!topics) return report_error(topics.error());
  Result<std::unique_ptr<SharedServer>> shared =
      SharedServer::open({role_of(options, *environment), options.listen, settings->live.history}, *environment,
                         *values, topics->get(), log->get(), *settings->live.clock);
  if (!shared) return report_error(shared.error());
  Result<std::vector<std::unique_ptr<OnlineWriter>>> writers =
      begin_writing(*stores, *values, *settings->live.clock, *shared ? (*shared)->ownership() : nullptr);
  if (!writers) return report_error(writers.error());

  Reloading reloading({project.session->folder(), options.sources, options.tokens}, front.api(), *values);
  follow_requests(front.api(), traces->get());
  front.serve(*values, reloading);
  if (const Status said = front.start(); !said.ok()) return report_error(said.error());
  if (*replay) (*replay)->begin(**values);
  if (*shared) (*shared)->begin();

  const Checkpoints checkpoints(*values, settings->checkpoint_every);
  while (signals.wait() == StopSignals::Kind::kReload) front.reload();
  (*values)->stop_filling();
  front.stop();
  (*values)->stop_feeding();
  writers->clear();
  shared->reset();  // another server may be the owner now
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
                    {"headrace serve --fill-before 2026-11-30",
                     "Values begin with the sources' files up to that day, and "
                     "go on with the streams."},
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
