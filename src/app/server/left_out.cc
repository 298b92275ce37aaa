#include "app/commands/commands.h"
#include "app/count_option.h"
#include "app/server/server_client.h"
#include "app/table.h"
#include "app/terminal.h"
#include "base/base64.h"
#include "base/printable_text.h"
#include "serving/api/live_values.h"

#include <fmt/format.h>

#include <memory>

namespace headrace {
namespace {

constexpr int64_t kPageEvents = 500;
constexpr size_t kShownBytes = 100;

struct LeftOutOptions {
  ServerOptions server;
  std::string source;
  std::string format = "text";
  std::string reason;
  int64_t limit = 0;
};

/// Hands all that are kept over, page by page, until `take` gives false.
Status visit_left_out(const LeftOutOptions& options, const std::function<bool(const LeftOutRecord&)>& take) {
  const std::string path = "/v1/sources/" + percent_encoded(options.source) + "/left-out";
  std::string after;
  while (true) {
    const std::string target = fmt::format("{}?limit={}{}{}", path, kPageEvents, after.empty() ? "" : "&after=", after);
    ASSIGN_OR_RETURN(const std::string body, ask_server(options.server, "GET", target));
    ASSIGN_OR_RETURN(const LeftOutAnswer page, answer_of<LeftOutAnswer>(body));
    for (const LeftOutRecord& event : page.events) {
      if (!options.reason.empty() && event.reason != options.reason) continue;
      if (!take(event)) return {};
    }
    if (!page.next || page.events.empty()) return {};
    after = *page.next;
  }
}

std::string shown_record(const LeftOutRecord& event) {
  if (event.record.size() <= kShownBytes) return printable(event.record);
  size_t end = kShownBytes;
  while (end > 0 && (static_cast<unsigned char>(event.record[end]) & 0xC0) == 0x80) --end;
  return printable(event.record.substr(0, end)) + "...";
}

int run_left_out(const LeftOutOptions& options) {
  Table table({{"came at"}, {"why"}, {"problem"}, {"event"}});
  std::optional<Error> problem;
  int64_t count = 0;
  const Status status = visit_left_out(options, [&](const LeftOutRecord& event) {
    if (options.limit > 0 && count == options.limit) return false;
    ++count;
    if (options.format == "text") {
      table.add_row({to_string(event.came_at), event.reason, printable(event.problem), shown_record(event)});
      return true;
    }
    const std::optional<std::string> record = event.is_base64 ? from_base64(event.record) : event.record;
    if (!record) problem = Error::unavailable("the server's answer cannot be read: a record is no Base64");
    if (record) write_out(*record + "\n");
    return record.has_value();
  });
  if (!status.ok()) return report_error(status.error());
  if (problem) return report_error(*problem);

  if (options.format != "text") return kExitFine;
  if (count == 0) {
    write_out(fmt::format("no event of {} that was left out is kept\n", printable(options.source)));
    return kExitFine;
  }
  write_out(table.text(wants_color(Stream::kOut)));
  if (count == options.limit) write_out(fmt::format("the oldest {}; --limit shows more\n", counted(count, "event")));
  return kExitFine;
}

}  // namespace

void add_left_out_command(CommandLine& line) {
  const auto options = std::make_shared<LeftOutOptions>();
  CLI::App& command = line.add_command(
      {.name = "left-out",
       .summary = "Events of a source that a running server did not take in: late, unreadable, too far ahead",
       .description =
           "Each with the reason, in the order in which they came. With --format ndjson as they came and nothing "
           "else, so that they can be repaired and pushed again. Of each source the newest 100,000 are kept, up to "
           "64 MB; `headrace status` counts all.",
       .examples = {{"headrace left-out pump_telemetry", "What was left out, and why."},
                    {"headrace left-out pump_telemetry --reason unreadable --format ndjson > repair.ndjson",
                     "As they came, to repair and push."}}},
      [options] { return run_left_out(*options); });
  command.add_option("SOURCE", options->source, "Source as the definitions name it")->required();
  add_choice_without_default(command, "--reason", options->reason, {"late", "unreadable", "ahead"}, "Only those");
  add_choice_option(command, "--format", options->format, {"text", "ndjson"}, "Form of the output");
  add_count_option(command, "--limit", options->limit, "events", 1, 1'000'000'000, "At most so many, the oldest first");
  add_server_options(command, options->server);
}

}  // namespace headrace
