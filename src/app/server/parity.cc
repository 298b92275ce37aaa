#include "session/parity/parity.h"
#include "app/commands/commands.h"
#include "app/opened_project.h"
#include "app/server/logged_reads.h"
#include "app/server/parity_servers.h"
#include "app/server/serve_options.h"
#include "app/table.h"
#include "app/terminal.h"
#include "base/file_system.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <memory>

namespace headrace {
namespace {

struct ParityOptions {
  ServerOptions server;
  std::string project, environment;
  std::string data, feature_log;  // empty: not given
  std::vector<std::string> sources, features, allowed;
  std::string sample = "100%";
  std::string against, served, format;
  int64_t examples = 3, instants = 64;
  bool quiet = false;
};

/// "1%": 0.01.
Result<double> share_of_sample(const std::string& text) {
  double percent = 0;
  const char* const end = text.data() + text.size() - (text.ends_with('%') ? 1 : 0);
  const auto [last, problem] = std::from_chars(text.data(), end, percent);
  const bool is_sound = text.ends_with('%') && problem == std::errc() && last == end && percent > 0 && percent <= 100;
  if (is_sound) return percent / 100;
  return Error::usage(fmt::format("--sample takes a share above 0% and up to 100%, such as 1%, not `{}`", text));
}

/// Causes that do not count, by their words; "unexplained" is never among them.
Status check_allowed(const std::vector<std::string>& allowed) {
  std::vector<std::string> words;
  for (const ParityCause cause : JsonWords<ParityCause>::all) {
    if (cause != ParityCause::kUnexplained) words.emplace_back(to_string(cause));
  }
  for (const std::string& each : allowed) {
    if (std::ranges::find(words, each) != words.end()) continue;
    return Error::usage(fmt::format("--allow takes causes, and `{}` is none that can be allowed", each))
        .with_help(fmt::format("there are: {}", fmt::join(words, ", ")));
  }
  return {};
}

/// A store of this machine, where one is named or, with no server that answers, where the environment's lies.
Result<std::unique_ptr<ParityServer>> server_of(const ParityOptions& options, const Session& session,
                                                const ServedEnvironment& environment, const LiveOptions& live,
                                                std::string& served_from) {
  std::string data = options.data;
  if (data.empty()) {
    auto remote = std::make_unique<RemoteParityServer>(options.server);
    const Result<ServerState> state = remote->state();
    const bool is_named = !options.server.url.empty() || std::getenv("HEADRACE_SERVER") != nullptr;
    const std::string folder =
        environment.data.empty() ? join_path(session.folder(), ".headrace/server") : environment.data;
    const auto is_there = real_file_system().exists(join_path(folder, "CURRENT"));
    if (state) {
      served_from = "server";
      return std::unique_ptr<ParityServer>(std::move(remote));
    }
    if (is_named || !is_there || !*is_there || state.error().kind() != ErrorKind::kUnavailable) return state.error();
    report_note(fmt::format("no server answers: the store {} is read as one would", folder), options.quiet);
    data = folder;
  }
  ASSIGN_OR_RETURN(const bool is_there, real_file_system().exists(join_path(data, "CURRENT")));
  if (!is_there) {
    return Error::not_found(fmt::format("there is no server's store in `{}`", data))
        .with_help("name the folder that `headrace serve --data` was given");
  }
  served_from = "store";
  ASSIGN_OR_RETURN(std::unique_ptr<StoredParityServer> stored, StoredParityServer::open(session, data, live));
  return std::unique_ptr<ParityServer>(std::move(stored));
}

/// Empty: values are read from the server.
Result<std::string> log_folder(const ParityOptions& options, const Session& session,
                               const ServedEnvironment& environment) {
  if (options.served == "reads") {
    if (options.feature_log.empty()) return std::string();
    return Error::usage("--served reads takes no --feature-log").with_help("leave one of them out");
  }
  const std::string folder =
      options.feature_log.empty() ? feature_log_folder(environment, session) : options.feature_log;
  if (has_feature_log(folder)) return folder;
  if (options.served == "auto" && options.feature_log.empty()) return std::string();
  return Error::not_found(fmt::format("there is no feature log in `{}`", folder))
      .with_help("serve with `feature_log` in environments.yaml, or compare with --served reads");
}

std::string shown_key(const ParityDifference& difference) {
  std::string out;
  for (const auto& [name, value] : difference.key) {
    const auto* text = std::get_if<std::string>(&value.data);
    out += fmt::format("{}{}={}", out.empty() ? "" : " ", name, text != nullptr ? *text : to_json(value));
  }
  return out;
}

void tell_differences(const ParityReport& report) {
  Table table({{"cause"}, {"feature"}, {"key"}, {"at"}, {"served", Align::kRight}, {"computed", Align::kRight}});
  for (const ParityDifference& each : report.differences) {
    table.add_row({fmt::format("{}", fmt::join(each.causes, " + ")), each.feature, shown_key(each), to_string(each.at),
                   to_json(each.served), to_json(each.computed)});
  }
  write_out("\n" + table.text(wants_color(Stream::kOut)) + "\n");
  for (const ParityDifference& each : report.differences) {
    if (!each.event && each.note.empty()) continue;
    std::string line = fmt::format("{}: {} {}", each.cause, shown_key(each), each.feature);
    if (each.event) line += fmt::format(", by {} of `{}`", *each.event, each.source.value_or(""));
    if (each.position) line += fmt::format(", push {}", *each.position);
    if (!each.note.empty()) line += ": " + each.note;
    write_out(line + "\n");
  }
}

void tell(const ParityReport& report) {
  const std::string reference = report.against == "log" ? "the events that the server took" : "the sources' files";
  write_out(fmt::format("{} of {} over {}, from the {}, against a batch run over {}\n",
                        counted(report.compared, "value"), counted(report.entities, "entity", "entities"),
                        counted(report.reads, "read"), report.served_from, reference));
  Table table({{""}, {"values", Align::kRight}, {""}});
  table.add_row({"equal", grouped_digits(report.equal), ""});
  for (const ParityCauseCount& each : report.causes) {
    const int64_t beside = each.involved - each.values;
    table.add_row({each.cause, grouped_digits(each.values),
                   beside > 0 ? fmt::format("and {} beside others", grouped_digits(beside)) : ""});
  }
  if (report.unexplained == 0) table.add_row({"unexplained", "0", ""});
  if (report.not_comparable > 0) table.add_row({"not comparable", grouped_digits(report.not_comparable), ""});
  write_out(table.text(wants_color(Stream::kOut)));
  if (!report.differences.empty()) tell_differences(report);
}

Result<ParityReport> compare_values(const ParityOptions& options, const Session& session,
                                    const ServedEnvironment& environment) {
  ParityJob job;
  job.features = options.features;
  job.against = options.against == "log" ? ParityAgainst::kLog : ParityAgainst::kBatch;
  job.instants = static_cast<size_t>(options.instants);
  job.examples_max = static_cast<size_t>(options.examples);
  ASSIGN_OR_RETURN(job.sample, share_of_sample(options.sample));
  ASSIGN_OR_RETURN(const StreamSettings settings, stream_settings({}, environment));
  job.stream.idle_after = settings.live.idle_after;
  job.stream.idle_after_of = settings.live.idle_after_of;
  job.stream.max_ahead = settings.live.max_ahead;
  job.stream.max_ahead_of = settings.live.max_ahead_of;
  ASSIGN_OR_RETURN(job.feature_log, log_folder(options, session, environment));
  ASSIGN_OR_RETURN(const std::unique_ptr<ParityServer> server,
                   server_of(options, session, environment, settings.live, job.served_from));
  return run_parity(session, job, *server);
}

int run_parity_command(const ParityOptions& options) {
  if (const Status allowed = check_allowed(options.allowed); !allowed.ok()) return report_error(allowed.error());
  const OpenedProject project = open_project(options.project, options.sources);
  if (!project.session) return project.exit_code;
  int exit_code = kExitFine;
  const auto environment = open_environment(*project.session, options.environment, exit_code);
  if (!environment) return exit_code;
  const Result<ParityReport> report = compare_values(options, *project.session, *environment);
  if (!report) return report_error(report.error());

  for (const std::string& note : report->notes) report_note(note, options.quiet);
  if (options.format == "json") {
    write_out(to_json(*report));
  } else {
    tell(*report);
  }
  return is_allowed(*report, options.allowed) ? kExitFine : kExitProblems;
}

}  // namespace

void add_parity_command(CommandLine& line) {
  const auto options = std::make_shared<ParityOptions>();
  CLI::App& command = line.add_command(
      {.name = "parity",
       .summary = "Hold values that were served against a batch run, and say why some differ",
       .description =
           "Compares to the last bit. Served values are those of the feature log (`feature_log` in environments.yaml) "
           "or, where there is none, read from the server at its time and at instants of events back to where its "
           "history ends. A batch run computes them over the events that the server took (--against log), or over "
           "the files of the sources (--against batch). Each difference has a cause: duplicate, shifted time, "
           "changed value, bad row, late, missing in batch, missing in stream, other order, other version, stale "
           "value, or unexplained. A cause of events is proven: with the events changed by it alone, the batch run "
           "gives the value that was served. Asks the server with a token of role admin; with --data, or where no "
           "server answers, reads the store itself. Exit code 1 when a value differs for a cause that is not allowed.",
       .examples = {{"headrace parity", "All values of the server on this machine, against its own events."},
                    {"headrace parity --sample 1% --against batch", "One entity in a hundred, against the files."},
                    {"headrace parity --feature flow_mean_24h --format json", "For programs: one feature."},
                    {"headrace parity --against batch --allow late", "In CI, where late events are expected."},
                    {"headrace parity --data /var/lib/headrace", "A store whose server is stopped."}}},
      [options] { return run_parity_command(*options); });

  // What is compared.
  add_choice_option(command, "--against", options->against, {"log", "batch"},
                    "What the batch run reads: the events that the server took, or the files of the sources");
  add_choice_option(command, "--served", options->served, {"auto", "log", "reads"},
                    "Where served values come from: the feature log, or reads; auto: the log where there is one");
  command.add_option("--sample", options->sample, "Share of the entities, by a hash of their keys (default: 100%)")
      ->type_name("PERCENT");
  command.add_option("--feature", options->features, "Only this feature; once for each")->type_name("NAME");
  command
      .add_option("--allow", options->allowed, "A cause that is expected and no reason for exit code 1; once for each")
      ->type_name("CAUSE");

  // How much of it, and how much is told.
  command
      .add_option("--instants", options->instants,
                  "Instants at which values are read from a server, at most (default: 64)")
      ->check(CLI::Range(int64_t{1}, int64_t{100'000}))
      ->type_name("NUMBER");
  command.add_option("--examples", options->examples, "Differences of each cause that are shown (default: 3)")
      ->check(CLI::Range(int64_t{0}, int64_t{1000}))
      ->type_name("NUMBER");

  // Where it lies.
  command
      .add_option("--feature-log", options->feature_log,
                  "Folder of the feature log (default: that of the environment, or .headrace/feature-log)")
      ->type_name("DIR");
  command.add_option("--data", options->data, "Folder of a server's store that no server has open")->type_name("DIR");
  command.add_option("--env", options->environment, "Which environment of environments.yaml holds (default: dev)")
      ->type_name("NAME");
  add_server_options(command, options->server);
  add_source_option(command, options->sources);
  add_project_option(command, options->project);
  add_choice_option(command, "--format", options->format, {"text", "json"}, "Form of the report");
  add_quiet_option(command, options->quiet);
}

}  // namespace headrace
