#include "app/commands/commands.h"
#include "app/server/server_client.h"
#include "app/table.h"
#include "app/terminal.h"
#include "serving/api/live_values.h"

#include <fmt/format.h>

#include <cmath>
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

/// "telemetry: read again from ..: all 1,200 messages; 1,180 were kept, of 20 that were left out 3 are taken now, ..".
std::string rewind_line(const std::string& source, const RewindStatus& rewind) {
  const int64_t left_out = rewind.read - rewind.kept_before;
  const std::string read =
      rewind.is_over ? counted(rewind.read, "message")
                     : fmt::format("{} of {}", grouped_digits(rewind.read), counted(rewind.messages, "message"));
  return fmt::format(
      "{}: {} from {} on read again{}: {} had been taken, {} left out; of these {} taken now, {} late, "
      "{} unreadable, {} too far ahead\n",
      source, read, to_string(rewind.to), rewind.is_over ? "" : " so far", grouped_digits(rewind.kept_before),
      grouped_digits(left_out), grouped_digits(rewind.accepted), grouped_digits(rewind.late),
      grouped_digits(rewind.unreadable), grouped_digits(rewind.too_far_ahead));
}

/// "store .headrace/server: 1.2 GB, 80 GB free; 120 MB a day: full in 650 days; telemetry 1.1 GB, repairs 90 MB".
std::string store_line(const SourceList& list) {
  const StoreStatus& store = *list.store;
  std::string line =
      fmt::format("store {}: {}, {} free", store.folder, byte_count(store.bytes), byte_count(store.free_bytes));
  if (store.bytes_per_day) line += fmt::format("; {} a day", byte_count(*store.bytes_per_day));
  if (store.days_until_full) line += fmt::format(": full in {:.0f} days", *store.days_until_full);
  std::string sources;
  for (const SourceStatus& each : list.sources) {
    if (each.kept_bytes > 0)
      sources += fmt::format("{}{} {}", sources.empty() ? "; " : ", ", each.name, byte_count(each.kept_bytes));
  }
  return line + sources + "\n";
}

/// "standby, the owner since 2026-03-01T12:00:00Z", "standby, not the owner: another server is: headrace a:7077 at /10.0.0.3".
std::string ownership_line(const OwnershipStatus& ownership) {
  std::string line = ownership.role + (ownership.is_owner ? ", the owner" : ", not the owner");
  if (ownership.since) line += " since " + to_string(*ownership.since);
  if (!ownership.reason.empty()) line += ": " + ownership.reason;
  return line + "\n";
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

/// "pump: 1,200 entities in memory, 300 in the store alone; since the start 310 left memory (300 forgotten, 10 for --memory), 5 came back".
std::string entity_line(const EntityStatus& entity) {
  std::string line = fmt::format("{}: {} in memory", entity.name, counted(entity.in_memory, "entity", "entities"));
  if (entity.at_rest > 0) line += fmt::format(", {} in the store alone", grouped_digits(entity.at_rest));
  if (entity.forgotten + entity.paged + entity.woken == 0) return line + "\n";
  return line +
         fmt::format("; since the start {} left memory ({} that no window needs, {} for --memory), {} came back\n",
                     grouped_digits(entity.forgotten + entity.paged), grouped_digits(entity.forgotten),
                     grouped_digits(entity.paged), grouped_digits(entity.woken));
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
               {"covered", Align::kRight},
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
                   grouped_digits(std::llround(each.per_second)), grouped_digits(each.late),
                   grouped_digits(each.covered), grouped_digits(each.ahead), grouped_digits(each.unreadable),
                   grouped_digits(each.too_far_ahead), each.lag ? grouped_digits(*each.lag) : "", time(each.newest),
                   shown_seconds(each.behind_s), time(each.watermark)});
  }

  write_out(fmt::format("the server's time is {}\n", to_string(list->now)));
  write_out(table.text(wants_color(Stream::kOut)));
  for (const SourceStatus& each : list->sources) {
    if (!each.problem.empty()) write_out(fmt::format("{}: {}\n", each.name, each.problem));
    if (each.repeated.value_or(0) > 0) {
      write_out(fmt::format("{}: {} came again and counted once\n", each.name, counted(*each.repeated, "message")));
    }
    if (each.rewind) write_out(rewind_line(each.name, *each.rewind));
    if (each.filled_before) {
      write_out(fmt::format("{}: filled from {} of its files, before {}; they end at {}\n", each.name,
                            counted(each.filled_rows.value_or(0), "row"), to_string(*each.filled_before),
                            time(each.files_end)));
    }
  }
  for (const EntityStatus& each : list->entities) write_out(entity_line(each));
  if (list->ownership) write_out(ownership_line(*list->ownership));
  if (list->store) write_out(store_line(*list));
  if (list->reload_progress) write_out(fmt::format("a reload fills from files: {}\n", *list->reload_progress));
  if (list->online_store) write_out(online_store_line(*list->online_store));
  if (list->values_file) write_out(online_store_line(*list->values_file));
  if (list->feature_log) tell_feature_log(*list->feature_log);
  return kExitFine;
}

}  // namespace

void add_status_command(CommandLine& line) {
  const auto options = std::make_shared<StatusOptions>();
  CLI::App& command = line.add_command(
      {.name = "status",
       .summary = "What came to a running server: events, rates, lateness, watermarks of its sources",
       .description =
           "For each source: where its events come from, how many were accepted in all and a second "
           "(of the last ten), how many are outside and were not brought yet (lag, where a broker "
           "says it), how far its newest event is behind the server's time, and up to when values "
           "are final. Events of a source that was filled from its files up to a time, and that came of its stream "
           "nevertheless, are covered: the files have them. Then the Redis and the values file beside the server, "
           "where "
           "there are: what was written, what waits and since when, and why nothing is written at present.",
       .examples = {{"headrace status", "The sources of the server on this machine."}}},
      [options] { return run_status(*options); });
  add_server_options(command, options->server);
  add_choice_option(command, "--format", options->format, {"text", "json"}, "Form of the output");
}

}  // namespace headrace
