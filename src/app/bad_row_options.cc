#include "app/bad_row_options.h"

namespace headrace {

void add_bad_row_options(CLI::App& command, BadRowOptions& options) {
  add_choice_option(command, "--on-bad-row", options.on_bad_row, {"stop", "skip"},
                    "What to do with events that cannot be read");
  command.add_option("--bad-rows", options.file, "Where to put skipped rows (.csv or .ndjson)")->type_name("FILE");
}

Status check_bad_row_options(const BadRowOptions& options) {
  if (!options.file.empty() && !options.skips()) return Error::usage("--bad-rows needs --on-bad-row skip");
  return {};
}

}  // namespace headrace
