#include "base/version.h"
#include "app/commands/commands.h"
#include "app/terminal.h"

#include <fmt/format.h>

namespace headrace {

void add_version_command(CommandLine& line) {
  line.add_command({.name = "version",
                    .summary = "Show the version",
                    .description = "",
                    .examples = {{"headrace version", "The same as headrace --version."}}},
                   [] {
                     write_out(fmt::format("headrace {}\n", kVersion));
                     return kExitFine;
                   });
}

}  // namespace headrace
