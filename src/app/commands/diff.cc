#include "app/commands/commands.h"
#include "app/option_values.h"
#include "app/terminal.h"
#include "base/printable_text.h"
#include "delivery/change/compare_tables.h"

#include <memory>

namespace headrace {
namespace {

struct DiffOptions {
  CompareTables tables;
  std::string format;
  std::string sample = "100%";
};

int run_diff(const DiffOptions& options) {
  CompareTables request = options.tables;
  const Result<double> sample = read_share("--sample", options.sample);
  if (!sample) return report_error(sample.error());
  request.sample = *sample;
  const Result<TablesReport> report = compare_tables(request);
  if (!report) return report_error(report.error());
  const std::string text = options.format == "json" ? to_json(*report) : printable(to_text(*report));
  write_out(text.ends_with('\n') ? text : text + "\n");
  return report->is_equal() ? kExitFine : kExitChanges;
}

}  // namespace

void add_diff_command(CommandLine& line) {
  const auto options = std::make_shared<DiffOptions>();
  CLI::App& command = line.add_command(
      {.name = "diff",
       .summary = "Hold the values of two stored tables against each other",
       .description =
           "Two offline stores, or two files of rows (Parquet, CSV, NDJSON), such as the output of a Beam run. "
           "Rows of one key and instant are compared bit for bit, rows that only one has are counted and "
           "shown. Ends with 0 where all is equal and with 4 where something differs.",
       .examples = {{"headrace diff out/before out/now", "Two offline stores."},
                    {"headrace diff before.parquet now.csv --tolerance 1e-9",
                     "Two files, numbers that agree in nine digits being equal."}}},
      [options] { return run_diff(*options); });

  command.add_option("old", options->tables.before, "Store or file of before")->required();
  command.add_option("new", options->tables.now, "Store or file of now")->required();
  add_choice_option(command, "--format", options->format, {"text", "json"}, "Form of the output");
  command.add_option("--sample", options->sample, "Share of the keys that are compared")
      ->type_name("SHARE")
      ->capture_default_str();
  command.add_option("--tolerance", options->tables.tolerance, "Relative distance up to which numbers are equal")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command.add_option("--keys", options->tables.keys, "Key columns of files; else those before the time")
      ->type_name("NAME,..")
      ->delimiter(',');
  command.add_option("--time", options->tables.time, "Column of the time, of files")
      ->type_name("NAME")
      ->capture_default_str();
}

}  // namespace headrace
