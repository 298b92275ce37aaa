#include "app/commands/commands.h"
#include "app/terminal.h"
#include "session/new_repository.h"

#include <fmt/format.h>

#include <memory>

namespace headrace {
namespace {

struct InitOptions {
  std::string folder;
  bool quiet = false;
};

int run_init(const InitOptions& options) {
  const Result<std::vector<std::string>> written = create_repository(options.folder);
  if (!written) return report_error(written.error());
  for (const std::string& path : *written) write_out(path + "\n");
  const std::string enter = options.folder == "." ? "" : fmt::format("cd {} && ", options.folder);
  report_note(fmt::format("try: {}headrace check && headrace test && headrace backfill --output offline/", enter),
              options.quiet);
  return kExitFine;
}

}  // namespace

void add_init_command(CommandLine& line) {
  const auto options = std::make_shared<InitOptions>();
  CLI::App& command = line.add_command({.name = "init",
                                        .summary = "Make a feature repository with a source, features, a test and data",
                                        .description = "The repository works at once: check, test and backfill it, "
                                                       "then replace its parts by yours. Nothing is overwritten.",
                                        .examples = {{"headrace init my-station", "A new folder my-station."},
                                                     {"headrace init .", "Into the working folder."}}},
                                       [options] { return run_init(*options); });
  command.add_option("NAME", options->folder, "The folder to make")->required();
  add_quiet_option(command, options->quiet);
}

}  // namespace headrace
