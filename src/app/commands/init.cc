#include "app/commands/commands.h"
#include "app/terminal.h"
#include "session/new_repository/new_repository.h"
#include "session/new_repository/repository_from_data.h"

#include <fmt/format.h>

#include <memory>

namespace headrace {
namespace {

struct InitOptions {
  std::string folder;
  std::string kind;
  std::vector<std::string> files;
  InferenceHints hints;
  bool quiet = false;
};

int report_written(const Result<std::vector<std::string>>& written, const InitOptions& options,
                   const std::string& commands) {
  if (!written) return report_error(written.error());
  for (const std::string& path : *written) write_out(path + "\n");
  const std::string enter = options.folder == "." ? "" : fmt::format("cd {} && ", options.folder);
  report_note(fmt::format("try: {}{}", enter, commands), options.quiet);
  return kExitFine;
}

int run_init_from(const InitOptions& options) {
  const Result<std::vector<InferredSource>> sources = infer_sources(options.files, options.hints);
  if (!sources) return report_error(sources.error());
  for (const InferredSource& each : *sources) report_note(found_text(each), options.quiet);
  return report_written(
      create_repository(options.folder, files_for_sources(project_name_of(options.folder), options.folder, *sources)),
      options, "headrace check && headrace show");
}

int run_init(const CommandLine& line, InitOptions options) {
  const CLI::App& command = *line.find_command("init");
  const bool is_from_data = !options.files.empty();
  if (options.folder.empty() && !is_from_data) return line.usage_error(command, "`headrace init` needs NAME", "");
  if (is_from_data && command.get_option("--template")->count() > 0) {
    return line.usage_error(command, "--from and --template are two ways to begin: give one of the two", "");
  }
  if (!is_from_data && !(options.hints.keys.empty() && options.hints.event_time.empty())) {
    return line.usage_error(command, "--key and --time-column are for --from", "");
  }
  if (options.folder.empty()) options.folder = ".";
  if (is_from_data) return run_init_from(options);
  return report_written(create_repository(options.folder, options.kind), options,
                        "headrace check && headrace test && headrace backfill --output offline/");
}

}  // namespace

void add_init_command(CommandLine& line) {
  const auto options = std::make_shared<InitOptions>();
  CLI::App& command = line.add_command(
      {.name = "init",
       .summary = "Make a feature repository: from your data, or a small one with data and a test",
       .description = "The repository works at once: check it, show values, backfill it. With --from, sources, types, "
                      "keys and two features of each source are written as found in the data, for you to correct. "
                      "Nothing is overwritten.",
       .examples = {{"headrace init my-station", "A new folder my-station, about pumps."},
                    {"headrace init shop --template payments", "The same about customers and payments."},
                    {"headrace init --from data/*.parquet", "Into the working folder, for these files."},
                    {"headrace init lake --from events.csv --key user_id --time-column at",
                     "Where it is said which column is what."}}},
      [options, &line] { return run_init(line, *options); });

  command.add_option("NAME", options->folder, "The folder to make; with --from the working folder, if it is not given");
  command
      .add_option("--from", options->files, "Files with events: Parquet, CSV or NDJSON; several, folders' globs too")
      ->type_name("FILE")
      ->expected(1, 1'000'000);
  command.add_option("--key", options->hints.keys, "With --from: a column that tells one thing from another")
      ->type_name("COLUMN")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);

  command.add_option("--time-column", options->hints.event_time, "With --from: the column that says when")
      ->type_name("COLUMN");
  add_choice_option(command, "--template", options->kind, repository_templates(), "What the small one is about");
  add_quiet_option(command, options->quiet);
}

}  // namespace headrace
