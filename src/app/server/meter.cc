#include "app/commands/commands.h"
#include "app/meter_table.h"
#include "app/server/server_client.h"
#include "app/terminal.h"
#include "engine/meter/meter_report_json.h"

#include <memory>

namespace headrace {
namespace {

struct MeterOptions {
  ServerOptions server;
  std::string format = "text";
};

int run_meter(const MeterOptions& options) {
  const Result<std::string> body = ask_server(options.server, "GET", "/v1/meter");
  if (!body) return report_error(body.error());
  if (options.format == "json") {
    write_out(*body + (body->ends_with('\n') ? "" : "\n"));
    return kExitFine;
  }
  const Result<MeterReport> report = answer_of<MeterReport>(*body);
  if (!report) return report_error(report.error());
  write_out(meter_text(*report, wants_color(Stream::kOut)));
  return kExitFine;
}

}  // namespace

void add_meter_command(CommandLine& line) {
  const auto options = std::make_shared<MeterOptions>();
  CLI::App& command = line.add_command(
      {.name = "meter",
       .summary = "What the features of a running server took: processor time, rows, bytes, state, values",
       .description =
           "Since the server's start, a line for each feature, those that took most first. What several "
           "features share is divided among them by equal parts, so that the lines add up to the whole exactly; "
           "what no feature has to do with is a line of its own. With --format json the numbers are whole "
           "nanoseconds, rows and bytes, and the nodes of the plan are there too.",
       .examples = {{"headrace meter", "The server on this machine."},
                    {"headrace meter --format json", "Whole numbers, also by node of the plan."},
                    {"headrace backfill --output null: --meter", "The same of a backfill."}}},
      [options] { return run_meter(*options); });
  add_server_options(command, options->server);
  add_choice_option(command, "--format", options->format, {"text", "json"}, "Form of the output");
}

}  // namespace headrace
