#include "app/commands/commands.h"
#include "app/server/server_client.h"
#include "app/table.h"
#include "app/terminal.h"
#include "serving/api/live_values.h"

#include <memory>

namespace headrace {
namespace {

struct StatusOptions {
  ServerOptions server;
  std::string format = "text";
};

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
               {"accepted", Align::kRight},
               {"late", Align::kRight},
               {"ahead", Align::kRight},
               {"unreadable", Align::kRight},
               {"newest event"},
               {"final up to"}});
  const auto time = [](const std::optional<EventTime>& when) { return when ? to_string(*when) : std::string(); };
  for (const SourceStatus& each : list->sources) {
    table.add_row({each.name, each.entity, grouped_digits(each.accepted), grouped_digits(each.late),
                   grouped_digits(each.ahead), grouped_digits(each.unreadable), time(each.newest),
                   time(each.watermark)});
  }
  write_out(table.text(wants_color(Stream::kOut)));
  return kExitFine;
}

}  // namespace

void add_status_command(CommandLine& line) {
  const auto options = std::make_shared<StatusOptions>();
  CLI::App& command =
      line.add_command({.name = "status",
                        .summary = "What came to a running server: events, lateness, watermarks of its sources",
                        .description = "",
                        .examples = {{"headrace status", "The sources of the server on this machine."}}},
                       [options] { return run_status(*options); });
  add_server_options(command, options->server);
  add_choice_option(command, "--format", options->format, {"text", "json"}, "Form of the output");
}

}  // namespace headrace
