#include "base/version.h"

#include "app/commands/commands.h"
#include "app/opened_project.h"
#include "app/table.h"
#include "app/terminal.h"
#include "session/versions/version_raise.h"

#include <fmt/format.h>

#include <memory>

namespace headrace {
namespace {

struct VersionOptions {
  std::vector<std::string> words;
  std::string part;
  std::string project;
  bool is_dry_run = false;
  bool quiet = false;
};

VersionPart part_of(const std::string& word) {
  return word == "major" ? VersionPart::kMajor : word == "patch" ? VersionPart::kPatch : VersionPart::kMinor;
}

int run_raise(const VersionOptions& options) {
  const OpenedProject project = open_project(options.project);
  if (!project.session) return project.exit_code;
  RaiseJob job;
  job.features.assign(options.words.begin() + 1, options.words.end());
  job.part = part_of(options.part);
  job.writes = !options.is_dry_run;
  const Result<std::vector<RaisedVersion>> raised = raise_versions(*project.session, job);
  if (!raised) return report_error(raised.error());

  Table table({{"definition"}, {"was"}, {"is"}, {"place"}});
  for (const RaisedVersion& each : *raised) {
    table.add_row({each.definition, each.before, each.after, fmt::format("{}:{}", each.file, each.line)});
  }
  write_out(table.text(wants_color(Stream::kOut)));
  if (options.is_dry_run) report_note("nothing was written", options.quiet);
  return kExitFine;
}

int run_version(const CommandLine& line, const VersionOptions& options) {
  if (options.words.empty()) {
    write_out(fmt::format("headrace {}\n", kVersion));
    return kExitFine;
  }
  const CLI::App& command = *line.find_command("version");
  if (options.words.front() != "raise") {
    return line.usage_error(command, fmt::format("`headrace version` cannot `{}`", options.words.front()),
                            "`headrace version raise FEATURE` gives a feature its next version");
  }
  if (options.words.size() == 1) return line.usage_error(command, "`headrace version raise` needs FEATURE", "");
  return run_raise(options);
}

}  // namespace

void add_version_command(CommandLine& line) {
  const auto options = std::make_shared<VersionOptions>();
  CLI::App& command = line.add_command(
      {.name = "version",
       .summary = "Show the version of the program, or raise those of features",
       .description =
           "`version raise FEATURE..` gives features whose meaning has changed their next version, and all "
           "that use them too. It edits the definitions in place: only the digits change. Nothing is written "
           "unless the edited definitions mean the same under the new versions.",
       .examples = {{"headrace version", "The same as headrace --version."},
                    {"headrace version raise latest_mode", "From 1.0 to 1.1, with all that use it."},
                    {"headrace version raise latest_mode --part major --dry-run", "Only say what would change."}}},
      [options, &line] { return run_version(line, *options); });
  command.add_option("FEATURE", options->words, "`raise`, then features, chosen as with --features of other commands");
  add_choice_option(command, "--part", options->part, {"minor", "major", "patch"}, "Which number is raised");
  command.add_flag("--dry-run", options->is_dry_run, "Write nothing");
  add_project_option(command, options->project);
  add_quiet_option(command, options->quiet);
}

}  // namespace headrace
