#include "app/commands/commands.h"
#include "app/opened_project.h"
#include "app/server/serve_options.h"
#include "app/server/server_client.h"
#include "app/table.h"
#include "app/terminal.h"
#include "base/file_system.h"
#include "base/printable_text.h"
#include "serving/api/live_values.h"
#include "store/rocks_event_log.h"

#include <fmt/format.h>

#include <memory>

namespace headrace {
namespace {

struct StoreOptions {
  ServerOptions server;
  std::vector<std::string> words;
  std::string data;
  std::string project;
  bool quiet = false;
};

/// The folder that --data names, else the default of the project. Nothing: it was told why there is none.
std::optional<std::string> store_folder(const StoreOptions& options, int& exit_code) {
  if (!options.data.empty()) return options.data;
  const OpenedProject project = open_project(options.project, {});
  exit_code = project.exit_code;
  if (!project.session) return std::nullopt;
  return join_path(project.session->folder(), kDefaultData);
}

void tell_summary(const std::string& folder, const EventStoreSummary& found) {
  write_out(fmt::format("{}: {} kept, {} of events, {} left out; {}\n", printable(folder),
                        counted(static_cast<int64_t>(found.next - found.first), "push", "pushes"),
                        byte_count(found.record_bytes), counted(found.left_out, "event"),
                        found.checkpoint ? fmt::format("a checkpoint of {} before push {}",
                                                       byte_count(found.checkpoint_bytes), *found.checkpoint)
                                         : std::string("no checkpoint")));
}

int run_verify(const StoreOptions& options) {
  int exit_code = kExitFine;
  const std::optional<std::string> folder = store_folder(options, exit_code);
  if (!folder) return exit_code;
  const Result<EventStoreSummary> found = check_event_store(*folder);
  if (!found) return report_error(found.error());
  if (!options.quiet) tell_summary(*folder, *found);
  return kExitFine;
}

int run_backup(const StoreOptions& options) {
  const Result<std::string> body = ask_server(options.server, "POST", "/v1/store/backup");
  if (!body) return report_error(body.error());
  const Result<BackupAnswer> answer = answer_of<BackupAnswer>(*body);
  if (!answer) return report_error(answer.error());
  write_out(printable(answer->folder) + "\n");
  report_note("the copy shares files with the store: copy it to another disk", options.quiet);
  return kExitFine;
}

int run_restore(const StoreOptions& options) {
  int exit_code = kExitFine;
  const std::optional<std::string> folder = store_folder(options, exit_code);
  if (!folder) return exit_code;
  const Result<EventStoreSummary> found = restore_event_store(options.words[1], *folder);
  if (!found) return report_error(found.error());
  if (!options.quiet) tell_summary(*folder, *found);
  return kExitFine;
}

int run_compact(const StoreOptions& options) {
  int exit_code = kExitFine;
  const std::optional<std::string> folder = store_folder(options, exit_code);
  if (!folder) return exit_code;
  const Status compacted = compact_event_store(*folder);
  return compacted.ok() ? kExitFine : report_error(compacted.error());
}

int run_store(const CommandLine& line, const StoreOptions& options) {
  const CLI::App& command = *line.find_command("store");
  const std::string action = options.words.empty() ? "" : options.words.front();
  if (action == "restore" && options.words.size() == 2) return run_restore(options);
  if (action == "restore")
    return line.usage_error(command, "`headrace store restore` needs COPY, and nothing else", "");
  if (options.words.size() == 1) {
    if (action == "verify") return run_verify(options);
    if (action == "backup") return run_backup(options);
    if (action == "compact") return run_compact(options);
  }
  return line.usage_error(command,
                          action.empty() ? "`headrace store` needs an action"
                                         : fmt::format("`headrace store` cannot `{}`", printable(action)),
                          "verify, backup, restore COPY or compact");
}

}  // namespace

void add_store_command(CommandLine& line) {
  const auto options = std::make_shared<StoreOptions>();
  CLI::App& command = line.add_command(
      {.name = "store",
       .summary = "Check, copy, restore and shrink the store of `headrace serve`",
       .description =
           "verify reads all of it: checksums, each push, the checkpoint, and whether all that was acknowledged is "
           "there. backup asks the running server for a copy beside its store, whole as of one instant, and prints "
           "its folder; requests go on meanwhile. restore puts a copy in place of no store; a server that begins "
           "there goes on at its brokers behind the last events of the copy. compact gives the space of what was "
           "forgotten back to the disk. verify, restore and compact want a store that no server has open.",
       .examples = {{"headrace store backup", "A copy by the running server."},
                    {"headrace store verify --data copies/20260301T120000Z", "Whether a copy is whole."},
                    {"headrace store restore copies/20260301T120000Z --data .headrace/server",
                     "In place of no store."}}},
      [options, &line] { return run_store(line, *options); });

  command.add_option("ACTION", options->words, "`verify`, `backup`, `restore` and the folder of a copy, or `compact`");
  command.add_option("--data", options->data, "Folder of the store (default: .headrace/server of the project)")
      ->type_name("FOLDER");
  add_project_option(command, options->project);
  add_server_options(command, options->server);
  add_quiet_option(command, options->quiet);
}

}  // namespace headrace
