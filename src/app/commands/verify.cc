#include "app/command_words.h"
#include "app/commands/commands.h"
#include "app/table.h"
#include "app/terminal.h"
#include "io/offline/verify_store.h"
#include "io/remote/object_store.h"
#include "session/output/json_output.h"

#include <fmt/format.h>

#include <memory>

namespace headrace {
namespace {

struct VerifyOptions {
  std::string store;
  std::string format;
  bool quiet = false;
};

/// Files of others that a note names; the rest is counted.
constexpr size_t kStrangersNamedMax = 3;

void tell_strangers(const StoreCheck& check, bool quiet) {
  if (check.strangers.empty()) return;
  std::string names;
  for (size_t i = 0; i < std::min(check.strangers.size(), kStrangersNamedMax); ++i) {
    names += (i == 0 ? "" : ", ") + check.strangers[i];
  }
  const bool has_more = check.strangers.size() > kStrangersNamedMax;
  const std::string rest = has_more ? fmt::format(" and {} more", check.strangers.size() - kStrangersNamedMax) : "";
  report_note(in_command_words(fmt::format("not part of the store, and not judged: {}{}", names, rest)), quiet);
}

int run_verify(const VerifyOptions& options) {
  const Result<StoreCheck> check = verify_store(file_system_of(options.store), options.store);
  if (!check) return report_error(check.error());
  if (options.format == "json") {
    write_out(to_json(*check, options.store));
    return check->faults.empty() ? kExitFine : kExitProblems;
  }
  tell_strangers(*check, options.quiet);
  if (check->is_pending) {
    report_note("an interrupted run has not yet tidied up; the next backfill into the folder does", options.quiet);
  }

  if (check->is_dev) report_note("a store for exploring: its versions mean nothing", options.quiet);

  const std::string read = fmt::format("{} files, {}", grouped_digits(check->files), byte_count(check->bytes));
  if (check->faults.empty()) {
    if (!options.quiet) write_out(in_command_words(fmt::format("{}: {}, as they were written\n", options.store, read)));
    return kExitFine;
  }
  for (const StoreFault& fault : check->faults) {
    write_out(in_command_words(fmt::format("{}: {}\n", join_path(options.store, fault.file), fault.problem)));
  }
  write_err(
      fmt::format("{} of {} are damaged\n help: restore them from a copy; or remove them and run the backfill "
                  "again, which computes what is missing\n",
                  grouped_digits(static_cast<int64_t>(check->faults.size())), read));
  return kExitProblems;
}

}  // namespace

void add_verify_command(CommandLine& line) {
  const auto options = std::make_shared<VerifyOptions>();
  CLI::App& command = line.add_command(
      {.name = "verify",
       .summary = "Read an offline store and find every byte that has changed since it was written",
       .description = "Holds each file of the store against its SHA-256 in manifest.json, and manifest.json and "
                      "quality.json against their own. Changes nothing. Exit code 1 when a file is damaged or missing.",
       .examples = {{"headrace verify offline/", "After a copy, or when a disk is in doubt."},
                    {"headrace verify offline/ --format json", "For programs: the files, and what is wrong with them."},
                    {"headrace verify gs://bucket/offline/", "A store in Cloud Storage."}}},
      [options] { return run_verify(*options); });
  command.add_option("STORE", options->store, "Folder of the offline store")->required()->type_name("DIR");
  add_choice_option(command, "--format", options->format, {"text", "json"}, "Form of the verdict");
  add_quiet_option(command, options->quiet);
}

}  // namespace headrace
