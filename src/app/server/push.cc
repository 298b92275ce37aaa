#include "app/commands/commands.h"
#include "app/server/server_client.h"
#include "app/table.h"
#include "app/terminal.h"
#include "base/file_system.h"
#include "base/printable_text.h"
#include "serving/api/live_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <iterator>
#include <memory>

namespace headrace {
namespace {

/// Larger files are sent in several requests, cut between lines.
constexpr size_t kPieceBytes = size_t{4} << 20;

struct PushOptions {
  ServerOptions server;
  std::string source;
  std::string file;
  bool quiet = false;
};

Result<std::string> text_of(const std::string& file) {
  if (file != "-") return real_file_system().read_file(file);
  return std::string(std::istreambuf_iterator<char>(std::cin), {});
}

/// An array goes as it is; lines go in pieces.
Result<PushAnswer> push_all(const PushOptions& options, std::string_view text) {
  const std::string target = "/v1/sources/" + percent_encoded(options.source) + "/events";
  const bool is_array =
      text.substr(0, 256).find_first_not_of(" \t\r\n") < text.size() && text[text.find_first_not_of(" \t\r\n")] == '[';
  PushAnswer sum;
  int64_t lines = 0;  // that the server has taken
  do {
    size_t end = text.size();
    if (!is_array && text.size() > kPieceBytes) {
      const size_t line = text.rfind('\n', kPieceBytes);
      end = line == std::string_view::npos ? std::min(text.find('\n'), text.size() - 1) + 1 : line + 1;
    }

    const std::string_view type = is_array ? "application/json" : "application/x-ndjson";
    const Result<std::string> body = ask_server(options.server, "POST", target, type, text.substr(0, end));
    if (!body && sum.accepted + sum.late + sum.unreadable + sum.too_far_ahead == 0) return body.error();
    if (!body) {
      return body.error().with_context(fmt::format("{} accepted before this; line {} is the first that was not taken",
                                                   counted(sum.accepted, "event"), grouped_digits(lines + 1)));
    }

    ASSIGN_OR_RETURN(const PushAnswer answer, answer_of<PushAnswer>(*body));
    sum.accepted += answer.accepted;
    sum.late += answer.late;
    sum.ahead += answer.ahead;
    sum.unreadable += answer.unreadable;
    sum.too_far_ahead += answer.too_far_ahead;
    sum.watermark = answer.watermark;
    if (sum.help.empty()) sum.help = answer.help;
    lines += std::count(text.begin(), text.begin() + static_cast<int64_t>(end), '\n');
    text.remove_prefix(end);
  } while (!text.empty());
  return sum;
}

int run_push(const PushOptions& options) {
  const Result<std::string> text = text_of(options.file);
  if (!text) return report_error(text.error());
  const Result<PushAnswer> answer = push_all(options, *text);
  if (!answer) return report_error(answer.error());
  if (!options.quiet) {
    write_out(fmt::format("{} accepted", counted(answer->accepted, "event")));
    if (answer->ahead > 0) write_out(fmt::format(", {} of them ahead of the clock", grouped_digits(answer->ahead)));
    if (answer->late > 0) write_out(fmt::format(", {} too late", grouped_digits(answer->late)));
    if (answer->unreadable > 0) write_out(fmt::format(", {} unreadable", grouped_digits(answer->unreadable)));
    if (answer->too_far_ahead > 0) {
      write_out(fmt::format(", {} too far ahead", grouped_digits(answer->too_far_ahead)));
    }
    write_out("\n");
  }
  if (!answer->help.empty()) report_warning(answer->help);
  if (answer->late + answer->unreadable + answer->too_far_ahead == 0) return kExitFine;
  report_note(fmt::format("`headrace left-out {}` shows what was left out", printable(options.source)), options.quiet);
  return kExitProblems;
}

}  // namespace

void add_push_command(CommandLine& line) {
  const auto options = std::make_shared<PushOptions>();
  CLI::App& command = line.add_command(
      {.name = "push",
       .summary = "Send events of a source to a running server",
       .description =
           "Events are JSON objects, one a line, or one array of them. Returns when they are durable. Exit code 1 "
           "when some are too late, too far ahead of the server's clock, or cannot be read.",
       .examples = {{"headrace push pump_telemetry events.ndjson", "Events of a file."},
                    {"jq -c .events[] export.json | headrace push pump_telemetry -", "Of standard input."}}},
      [options] { return run_push(*options); });
  command.add_option("SOURCE", options->source, "Source as the definitions name it")->required();
  command.add_option("FILE", options->file, "NDJSON or a JSON array; - for standard input")->required();
  add_server_options(command, options->server);
  add_quiet_option(command, options->quiet);
}

}  // namespace headrace
