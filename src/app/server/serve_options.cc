#include "app/server/serve_options.h"

#include "app/count_option.h"
#include "app/opened_project.h"
#include "app/option_values.h"
#include "app/terminal.h"
#include "language/diagnostics/render.h"
#include "language/diagnostics/suggest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace headrace {
namespace {

constexpr int64_t kServerThreadsMax = 256;
/// In place of a time: from when on the topic of a source is complete.
constexpr std::string_view kOfTopic = "topic";
constexpr Duration kCheckpointEvery{300 * kMicrosPerSecond};

void take(const std::string& written, std::string& option) {
  if (option.empty()) option = written;
}

/// What is kept, and how much of it in memory.
void add_store_options(CLI::App& command, ServeOptions& options) {
  command.add_option("--data", options.data, "Folder of the server's store (default: .headrace/server in the project)")
      ->type_name("DIR");
  command
      .add_option("--history", options.history,
                  "How far back values of past times are answered (default: as far as the longest window reaches)")
      ->type_name("DURATION");
  command
      .add_option("--keep", options.keep,
                  "How long before that events stay in the store, for definitions that come later (default: for ever)")
      ->type_name("DURATION");
  command
      .add_option("--checkpoint-every", options.checkpoint_every,
                  "How often the states are saved, so that the next start is short (default: 5m)")
      ->type_name("DURATION");

  command
      .add_option(
          "--memory", options.memory,
          "What the states of entities may take, such as 4GB: those that nobody asked for longest are kept in the "
          "store alone, and come back when they are asked for (default: as much as they take)")
      ->type_name("SIZE");
  command.add_option("--rest", options.rest, "always: whatever may leave memory does, at each checkpoint")
      ->check(CLI::IsMember({"always"}))
      ->group("");
}

/// Which server of which environment this one is.
void add_options_of_place(CLI::App& command, ServeOptions& options) {
  command
      .add_option("--env", options.environment,
                  "Which environment of environments.yaml holds; other options win over it (default: dev)")
      ->type_name("NAME");
  add_choice_without_default(
      command, "--role", options.role, {"alone", "standby", "replica"},
      "alone: the only server of its environment; standby: of several, one writes for all and another "
      "takes over when it is gone; replica: it reads topics and answers (default: alone)");
}

}  // namespace

void add_options_of_serve(CLI::App& command, ServeOptions& options) {
  add_options_of_place(command, options);
  command
      .add_option("--listen", options.listen,
                  "Where to listen; a port of 0 is any free one (default: 127.0.0.1:7077, or a free port)")
      ->type_name("ADDRESS:PORT");

  // Who may ask, and how it is kept from others.
  command.add_option("--tokens", options.tokens, "File of the tokens that may ask, made with `headrace token new`")
      ->type_name("FILE");
  command.add_option("--tls-certificate", options.certificate, "The server's certificate and its chain, PEM")
      ->type_name("FILE");
  command.add_option("--tls-key", options.key, "The certificate's private key, PEM")->type_name("FILE");

  add_store_options(command, options);

  // Where events come from.
  command
      .add_option(
          "--replay", options.replay,
          "Feed the files of the sources that lie at or below this path as if their events came now; the server's "
          "time is then that of the replay, and nothing is kept")
      ->type_name("PATH");
  command
      .add_option("--speed", options.speed,
                  "How fast a replay goes: 60x, sixty times as fast as the events happened; max, as fast as they are "
                  "taken in (default: max)")
      ->type_name("SPEED");
  command
      .add_option(
          "--start", options.start,
          "From which instant on a replay goes at its speed; what was before is fed as fast as it goes (default: "
          "the first event)")
      ->type_name("TIME");
  command
      .add_option(
          "--fill-before", options.fill_before,
          "Begin with the batch files of a source up to this instant, from which on its stream has all events; "
          "without a name, of all sources that have files. `topic`: from when on its topic of Kafka is complete. A "
          "store that was filled so stays so")
      ->type_name("[SOURCE=]TIME");

  // As everywhere.
  add_source_option(command, options.sources);
  add_count_option(command, "--threads", options.threads, "threads", 1, kServerThreadsMax,
                   "Threads that answer requests (default: 2)");
  add_project_option(command, options.project);
  add_choice_without_default(command, "--on-bad-row", options.on_bad_row, {"skip", "stop"},
                             "What an event that cannot be read does: it is left out and told, or stops its source "
                             "(default: skip)");
  add_choice_option(command, "--log", options.log, {"text", "json"},
                    "Form of messages on stderr; json also has a line for each request");
  add_quiet_option(command, options.quiet);
}

Status check_replay_options(const ServeOptions& options) {
  for (const auto& [option, value] : {std::pair("--speed", &options.speed), {"--start", &options.start}}) {
    if (options.replay.empty() && !value->empty())
      return Error::usage(fmt::format("{} is of a replay: give --replay too, or leave both out", option));
  }
  if (!options.replay.empty() && !options.fill_before.empty()) {
    return Error::usage("--replay feeds the files themselves, so there is nothing to fill")
        .with_help("leave --fill-before out");
  }
  if (!options.replay.empty() && !options.memory.empty()) {
    return Error::usage("--replay keeps nothing in a store, so states cannot leave memory for --memory")
        .with_help("leave --memory out");
  }
  if (!options.replay.empty() && !options.role.empty() && options.role != "alone") {
    return Error::usage("--replay is of one server: its events are on no broker").with_help("leave --role out");
  }
  if (options.replay.empty() || options.data.empty()) return {};
  return Error::usage("--replay keeps no events, so there is no --data to keep them in")
      .with_help("leave --data out; the server's store is not touched by a replay");
}

Status set_cuts(const ServeOptions& options, const ServedEnvironment& environment, const Session& session,
                StreamSettings& settings) {
  const auto set = [&](const std::string& source, std::optional<EventTime> at) {
    const auto fill = environment.fill.find(source);
    const Duration quiet = fill == environment.fill.end() ? Duration{0} : fill->second.quiet;
    settings.live.cuts.erase(source);
    settings.topic_cuts.erase(source);
    if (at) {
      settings.live.cuts[source] = {*at, quiet};
    } else {
      settings.topic_cuts[source] = quiet;
    }
  };
  for (const auto& [source, fill] : environment.fill) set(source, fill.before);
  std::vector<std::string> names;
  for (const SourceDefinition& source : session.repository().sources) names.push_back(source.name);

  for (const std::string& given : options.fill_before) {
    const size_t sign = given.find('=');
    const std::string time = sign == std::string::npos ? given : given.substr(sign + 1);
    std::optional<EventTime> at;
    if (time != kOfTopic) {
      ASSIGN_OR_RETURN(at, read_time("--fill-before", time));
      if (!at) return Error::usage(fmt::format("--fill-before takes [SOURCE=]TIME, not `{}`", given));
    }
    if (sign == std::string::npos) {
      for (const SourceDefinition& source : session.repository().sources) {
        if (source.batch) set(source.name, at);
      }
      continue;
    }
    const std::string name = given.substr(0, sign);
    if (std::ranges::find(names, name) == names.end()) {
      const std::string guess = did_you_mean(name, names);
      return Error::usage(fmt::format("--fill-before names a source `{}`, and there is none", name))
          .with_help(guess.empty() ? fmt::format("sources are {}", fmt::join(names, ", ")) : guess);
    }
    set(name, at);
  }
  return {};
}

Result<StreamSettings> stream_settings(const ServeOptions& options, const ServedEnvironment& environment) {
  StreamSettings settings;
  settings.live.idle_after = kIdleAfter;
  settings.live.idle_after_of = environment.idle_after;
  settings.live.max_ahead = kMaxAhead;
  settings.live.max_ahead_of = environment.max_ahead;
  settings.live.dedupe_for_of = environment.dedupe_for;
  settings.live.sync_every = environment.sync_every;
  for (const auto& [source, events] : environment.ahead_events_max) settings.live.ahead_max_of[source].events = events;
  for (const auto& [source, bytes] : environment.ahead_bytes_max) settings.live.ahead_max_of[source].bytes = bytes;
  settings.live.stops_on_bad_row = options.on_bad_row == "stop";
  if (options.on_bad_row.empty()) settings.live.stops_on_bad_row_of = environment.stops_on_bad_row;
  ASSIGN_OR_RETURN(settings.live.history, read_duration("--history", options.history));
  settings.live.rests_always = !options.rest.empty();
  if (!options.memory.empty()) {
    ASSIGN_OR_RETURN(settings.live.memory_bytes, read_byte_size("--memory", options.memory));
  }
  ASSIGN_OR_RETURN(settings.live.keep, read_duration("--keep", options.keep));
  if (!settings.live.history) settings.live.history = environment.history;
  if (!settings.live.keep) settings.live.keep = environment.keep;
  ASSIGN_OR_RETURN(const auto every, read_duration("--checkpoint-every", options.checkpoint_every));
  settings.checkpoint_every = every.value_or(environment.checkpoint_every.value_or(kCheckpointEvery));
  if (settings.checkpoint_every.us >= kMicrosPerSecond) return settings;
  return Error::usage("--checkpoint-every is 1s at least");
}

std::optional<ServedEnvironment> open_environment(const Session& session, const std::string& name, int& exit_code) {
  const Result<LoadedEnvironments> loaded = read_environments(session);
  if (!loaded) {
    exit_code = report_error(loaded.error());
    return std::nullopt;
  }
  if (loaded->diagnostics.has_errors()) {
    write_err(render_text(loaded->diagnostics, loaded->files, wants_color(Stream::kErr)));
    exit_code = kExitProblems;
    return std::nullopt;
  }
  Result<ServedEnvironment> environment = serve_environment(*loaded, session, name);
  if (environment) return *std::move(environment);
  exit_code = report_error(environment.error());
  return std::nullopt;
}

void take_environment(const ServedEnvironment& environment, ServeOptions& options) {
  take(environment.listen, options.listen);
  take(environment.data, options.data);
  take(environment.tokens, options.tokens);
  if (options.certificate.empty() && options.key.empty()) {
    options.certificate = environment.certificate;
    options.key = environment.private_key;
  }
  if (options.threads == 0) options.threads = environment.threads;
}

}  // namespace headrace
