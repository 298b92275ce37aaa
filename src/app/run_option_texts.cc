#include "app/run_option_texts.h"

#include "app/option_values.h"

namespace headrace {

constexpr int kThreadsMax = 1024;

void add_run_options(CLI::App& command, RunOptionTexts& texts) {
  command.add_option("--threads", texts.threads, "Threads to compute with; default: all that are usable")
      ->type_name("N")
      ->check(CLI::Range(1, kThreadsMax));
  command.add_option("--memory", texts.memory, "Memory to stay under, such as 4GB; default: half of the machine's or container's")
      ->type_name("SIZE");
  command.add_option("--step-rows", texts.step_rows, "Rows taken through the plan at once")->type_name("N")->group("");
}

Result<RunOptions> read_run_options(const RunOptionTexts& texts) {
  RunOptions options{.threads = texts.threads, .memory_bytes = 0, .step_rows = texts.step_rows};
  if (!texts.memory.empty()) {
    ASSIGN_OR_RETURN(options.memory_bytes, read_byte_size("--memory", texts.memory));
  }
  return options;
}

}  // namespace headrace
