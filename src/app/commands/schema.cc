#include "app/commands/commands.h"
#include "app/terminal.h"
#include "casefiles/schema_json.h"
#include "io/offline/manifest.h"
#include "language/definitions/schema_json.h"
#include "language/environments/environments.h"
#include "session/output/json_output.h"

#include <algorithm>
#include <memory>

namespace headrace {
namespace {

std::string schema_of(const std::string& what) {
  if (what == "definitions") return definitions_json_schema();
  if (what == "tests") return tests_json_schema();
  if (what == "environments") return environments_json_schema();
  if (what == "manifest") return std::string(manifest_json_schema());
  return json_output_schema(what.substr(0, what.find('-')));
}

}  // namespace

void add_schema_command(CommandLine& line, const std::vector<FurtherSchema>& further) {
  const auto what = std::make_shared<std::string>();
  CLI::App& command = line.add_command(
      {.name = "schema",
       .summary = "Print the JSON Schema of the YAML, for editors, and of outputs, for programs",
       .description = "An editor that knows the schema completes keys and marks misspelt ones while you write. What "
                      "the words mean "
                      "together is known to `headrace check` only.",
       .examples = {{"headrace schema > headrace.schema.json", "For project.yaml and features/*.yaml."},
                    {"headrace schema --of tests > tests.schema.json", "For tests/*.yaml."},
                    {"headrace schema --of environments", "For environments.yaml."},
                    {"headrace schema --of test-output", "For programs that read `headrace test --format json`."}}},
      [what, further] {
        const auto found =
            std::find_if(further.begin(), further.end(), [&](const auto& each) { return each.name == *what; });
        write_out(found == further.end() ? schema_of(*what) : found->make());
        return kExitFine;
      });

  std::vector<std::string> names = {"definitions",     "tests",          "environments",   "manifest",
                                    "check-output",    "graph-output",   "plan-output",    "test-output",
                                    "backfill-output", "dataset-output", "explain-output", "show-output",
                                    "generate-output", "verify-output",  "parity-output",  "quality-output"};
  std::string about = "Which files; X-output is what the command X prints with --format json";
  for (const FurtherSchema& each : further) {
    names.push_back(each.name);
    about += "; " + each.about;
  }
  add_choice_option(command, "--of", *what, names, about);
}

}  // namespace headrace
