#include "app/commands/commands.h"
#include "app/terminal.h"

#include <memory>

namespace headrace {

void add_help_command(CommandLine& line) {
  const auto name = std::make_shared<std::string>();
  CLI::App& command =
      line.add_command({.name = "help",
                        .summary = "Show how a command is used",
                        .description = "",
                        .examples = {{"headrace help backfill", "The same as headrace backfill --help."}}},
                       [&line, name] {
                         if (name->empty()) {
                           write_out(line.program().help("headrace"));
                           return kExitFine;
                         }
                         const CLI::App* asked = line.find_command(*name);
                         if (asked == nullptr) return line.unknown_command(*name);
                         write_out(asked->help("headrace"));
                         return kExitFine;
                       });
  command.add_option("COMMAND", *name, "The command; default: an overview");
}

}  // namespace headrace
