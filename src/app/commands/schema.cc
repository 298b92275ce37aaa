#include "app/commands/commands.h"
#include "app/terminal.h"
#include "session/yaml_schema.h"

#include <memory>

namespace headrace {

void add_schema_command(CommandLine& line) {
  const auto what = std::make_shared<std::string>();
  CLI::App& command = line.add_command(
      {.name = "schema",
       .summary = "Print the JSON Schema of the YAML, for editors",
       .description = "An editor that knows the schema completes keys and marks misspelt ones while you write. What the words mean "
                      "together is known to `headrace check` only.",
       .examples = {{"headrace schema > headrace.schema.json", "For project.yaml and features/*.yaml."},
                    {"headrace schema --of tests > tests.schema.json", "For tests/*.yaml."}}},
      [what] {
        write_out(yaml_schema(*what == "tests" ? SchemaOf::kTests : SchemaOf::kDefinitions));
        return kExitFine;
      });
  add_choice_option(command, "--of", *what, {"definitions", "tests"}, "Which files");
}

}  // namespace headrace
