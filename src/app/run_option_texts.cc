#include "app/run_option_texts.h"

#include "app/option_values.h"

#include <fmt/format.h>

#include <charconv>

namespace headrace {

namespace {

constexpr int kThreadsMax = 1024;

/// What is wrong with a number of threads; empty: nothing.
std::string judge_threads(const std::string& text) {
  int threads = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), threads);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  if (is_number && threads >= 1 && threads <= kThreadsMax) return "";
  return fmt::format("takes a number from 1 to {}, not `{}`", kThreadsMax, text);
}

}  // namespace

void add_run_options(CLI::App& command, RunOptionTexts& texts) {
  command.add_option("--threads", texts.threads, "Threads to compute with; default: all that are usable")
      ->type_name("N")
      ->check(CLI::Validator(judge_threads, "", ""));
  command.add_option("--memory", texts.memory, "Memory to stay under, such as 4GB; default: half of what there is")
      ->type_name("SIZE");
  command.add_option("--step-rows", texts.step_rows, "Rows taken through the plan at once")->type_name("N")->group("");
  command.add_option("--kernels", texts.kernels, "sliding, or recompute for every window anew")
      ->check(CLI::IsMember({"sliding", "recompute"}))
      ->group("");
}

void add_meter_option(CLI::App& command, RunOptionTexts& texts) {
  command.add_flag("--meter", texts.is_metered, "Show what each feature took: processor time, rows, bytes, state");
}

Result<RunOptions> read_run_options(const RunOptionTexts& texts) {
  RunOptions options{
      .threads = texts.threads, .memory_bytes = 0, .is_metered = texts.is_metered, .step_rows = texts.step_rows};
  if (texts.kernels == "recompute") options.kernels = KernelChoice::kRecompute;
  if (!texts.memory.empty()) {
    ASSIGN_OR_RETURN(options.memory_bytes, read_byte_size("--memory", texts.memory));
  }
  return options;
}

}  // namespace headrace
