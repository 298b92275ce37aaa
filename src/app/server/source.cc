#include "app/commands/commands.h"
#include "app/option_values.h"
#include "app/server/server_client.h"
#include "app/table.h"
#include "base/printable_text.h"
#include "serving/api/live_values.h"

#include <fmt/format.h>

#include <memory>

namespace headrace {
namespace {

struct SourceOptions {
  ServerOptions server;
  std::vector<std::string> words;
  std::string to;
  bool skips = false;
};

int run_change(const SourceOptions& options, const std::string& body) {
  const std::string path = fmt::format("/v1/sources/{}/{}{}", percent_encoded(options.words[1]), options.words[0],
                                       options.skips ? "?skip=true" : "");
  const Result<std::string> text =
      ask_server(options.server, "POST", path, body.empty() ? "" : "application/json", body);
  if (!text) return report_error(text.error());
  const Result<SourceChange> change = answer_of<SourceChange>(*text);
  if (!change) return report_error(change.error());
  write_out(fmt::format("{}: {}", printable(change->source), printable(change->state)));
  if (change->since) write_out(fmt::format(" since {}", to_string(*change->since)));
  if (change->messages) write_out(fmt::format("; {} to be read again", counted(*change->messages, "message")));
  write_out(change->remark.empty() ? "\n" : fmt::format("; {}\n", printable(change->remark)));
  return kExitFine;
}

int run_rewind(const SourceOptions& options) {
  const Result<std::optional<EventTime>> to = read_time("--to", options.to);
  if (!to) return report_error(to.error());
  return run_change(options, json_document(RewindRequest{.to = **to}, JsonLayout::kLine));
}

int run_source(const CommandLine& line, const SourceOptions& options) {
  const CLI::App& command = *line.find_command("source");
  const std::string action = options.words.empty() ? "" : options.words.front();
  const bool is_known = action == "pause" || action == "resume" || action == "rewind";
  if (!is_known) {
    return line.usage_error(command,
                            action.empty() ? "`headrace source` needs an action"
                                           : fmt::format("`headrace source` cannot `{}`", printable(action)),
                            "pause NAME, resume NAME or rewind NAME --to TIME");
  }
  if (options.words.size() != 2)
    return line.usage_error(command, fmt::format("`headrace source {}` needs one source", action), "name it");
  if ((action == "rewind") == options.to.empty()) {
    return line.usage_error(command,
                            action == "rewind" ? "`headrace source rewind` needs --to"
                                               : fmt::format("--to is not of `headrace source {}`", action),
                            "--to TIME says from when on `rewind` reads again");
  }
  if (options.skips && action != "resume")
    return line.usage_error(command, fmt::format("--skip is not of `headrace source {}`", action), "leave it out");
  return action == "rewind" ? run_rewind(options) : run_change(options, "");
}

}  // namespace

void add_source_command(CommandLine& line) {
  const auto options = std::make_shared<SourceOptions>();
  CLI::App& command = line.add_command(
      {.name = "source",
       .summary = "Pause a source of a running server, let it go on, or read its topic again",
       .description =
           "pause: the source takes no events until `resume`, also after a start of the server: its topic is not read, "
           "pushes to it are refused. resume also begins a source again that failed, or that a message stopped "
           "(`on_bad_row: stop`): with --skip that message is left out. A source that is paused does not become idle: "
           "what is final waits for it. rewind reads the topic again "
           "from the first message that the broker dates at --to or later. What was taken in before is known by "
           "partition and offset and passed over; what had been left out is judged again, and enters where it can be "
           "read and is not too late now. `headrace status` says how far that is, and what came of it.",
       .examples = {{"headrace source pause pump_telemetry", "Nothing is read from its topic; reads of values go on."},
                    {"headrace source resume pump_telemetry", "From where it was."},
                    {"headrace source resume pump_telemetry --skip", "Without the message that stopped it."},
                    {"headrace source rewind pump_telemetry --to 2026-03-01T06:00:00Z",
                     "After a definition was put right: messages that could not be read are tried again."}}},
      [options, &line] { return run_source(line, *options); });
  command.add_option("ACTION", options->words, "`pause`, `resume` or `rewind`, and the name of the source");
  command.add_option("--to", options->to, "From when on a topic is read again")->type_name("TIME");
  command.add_flag("--skip", options->skips, "Leave the message out that stopped the source");
  add_server_options(command, options->server);
}

}  // namespace headrace
