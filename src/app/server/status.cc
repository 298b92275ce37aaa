#include "app/commands/commands.h"
#include "app/server/server_client.h"
#include "app/table.h"
#include "app/terminal.h"
#include "serving/api/live_values.h"

#include <fmt/format.h>

#include <memory>

namespace headrace {
namespace {

struct StatusOptions {
  ServerOptions server;
  std::string format = "text";
};

/// "0.4 s", "12 min", "3.2 h".
std::string shown_seconds(const std::optional<double>& seconds) {
  if (!seconds) return "";
  if (*seconds < 120) return fmt::format("{:.1f} s", *seconds);
  if (*seconds < 7200) return fmt::format("{:.0f} min", *seconds / 60);
  if (*seconds < 2 * 86400) return fmt::format("{:.1f} h", *seconds / 3600);
  return fmt::format("{:.1f} d", *seconds / 86400);
}

std::string online_store_line(const OnlineStoreStatus& store) {
  std::string line = fmt::format("{} {}: {} rows written, {} waiting", store.name, store.address,
                                 grouped_digits(store.writes), grouped_digits(store.waiting));
  if (store.oldest_s) line += fmt::format(" (since {})", shown_seconds(store.oldest_s));
  if (store.failures > 0) line += fmt::format(", {} tries failed", grouped_digits(store.failures));
  if (store.refused > 0) line += fmt::format(", {} rows left out", grouped_digits(store.refused));
  if (!store.problem.empty()) line += fmt::format("; now: {}", store.problem);
  return line + "\n";
}

void tell_feature_log(const FeatureLogStatus& log) {
  write_out(fmt::format("feature log {}: {} in {}, {} waiting, {} dropped\n", log.folder, counted(log.rows, "read"),
                        counted(log.files, "file"), grouped_digits(log.waiting), grouped_digits(log.dropped)));
  if (!log.problem.empty()) write_out(fmt::format("feature log: {}\n", log.problem));
}

int run_status(const StatusOptions& options) {
  const Result<std::string> body = ask_server(options.server, "GET", "/v1/sources");
  if (!body) return report_error(body.error());
  if (options.format == "json") {
    write_out(*body + (body->ends_with('\n') ? "" : "\n"));
    return kExitFine;
  }

  const Result<SourceList> list = answer_of<SourceList>(*body);
  if (!list) return report_error(list.error());
  Table table({{"source"},
               {"entity"},
               {"from"},
               {"accepted", Align::kRight},
               {"a second", Align::kRight},
               {"late", Align::kRight},
               {"ahead", Align::kRight},
               {"unreadable", Align::kRight},
               {"too far", Align::kRight},
               {"lag", Align::kRight},
               {"newest event"},
               {"behind", Align::kRight},
               {"final up to"}});

  const auto time = [](const std::optional<EventTime>& when) { return when ? to_string(*when) : std::string(); };
  for (const SourceStatus& each : list->sources) {
    table.add_row({each.name, each.entity, each.feed, grouped_digits(each.accepted),
                   grouped_digits(static_cast<int64_t>(each.per_second + 0.5)), grouped_digits(each.late),
                   grouped_digits(each.ahead), grouped_digits(each.unreadable), grouped_digits(each.too_far_ahead),
                   each.lag ? grouped_digits(*each.lag) : "", time(each.newest), shown_seconds(each.behind_s),
                   time(each.watermark)});
  }

  write_out(fmt::format("the server's time is {}\n", to_string(list->now)));
  write_out(table.text(wants_color(Stream::kOut)));
  for (const SourceStatus& each : list->sources) {
    if (!each.problem.empty()) write_out(fmt::format("{}: {}\n", each.name, each.problem));
  }
  if (list->online_store) write_out(online_store_line(*list->online_store));
  if (list->feature_log) tell_feature_log(*list->feature_log);
  return kExitFine;
}

}  // namespace

void add_status_command(CommandLine& line) {
  const auto options = std::make_shared<StatusOptions>();
  CLI::App& command = line.add_command(
      {.name = "status",
       .summary = "What came to a running server: events, rates, lateness, watermarks of its sources",
       .description = "For each source: where its events come from, how many were accepted in all and a second "
                      "(of the last ten), how many are outside and were not brought yet (lag, where a broker "
                      "says it), how far its newest event is behind the server's time, and up to when values "
                      "are final. Then the Redis beside the server, if there is one: what was written, what "
                      "waits and since when, and why nothing is written at present.",
       .examples = {{"headrace status", "The sources of the server on this machine."}}},
      [options] { return run_status(*options); });
  add_server_options(command, options->server);
  add_choice_option(command, "--format", options->format, {"text", "json"}, "Form of the output");
}

}  // namespace headrace
