#include "app/completion.h"

#include "app/commands/commands.h"
#include "app/terminal.h"

#include <memory>

namespace headrace {

void add_completion_command(CommandLine& line) {
  const auto shell = std::make_shared<std::string>();
  CLI::App& command = line.add_command(
      {.name = "completion",
       .summary = "Print a script that completes commands and options in a shell",
       .description = "",
       .examples = {{"source <(headrace completion bash)", "In this shell, or in ~/.bashrc."},
                    {"headrace completion zsh > ~/.zfunc/_headrace", "With ~/.zfunc in fpath before compinit."},
                    {"headrace completion fish > ~/.config/fish/completions/headrace.fish", "For fish."}}},
      [&line, shell] {
        const CLI::App& program = line.program();
        write_out(*shell == "zsh"    ? zsh_completion(program)
                  : *shell == "fish" ? fish_completion(program)
                                     : bash_completion(program));
        return kExitFine;
      });
  const auto verdict = [](const std::string& given) -> std::string {
    if (given == "bash" || given == "zsh" || given == "fish") return "";
    return "is one of bash, zsh, fish, not `" + given + "`";
  };
  command.add_option("SHELL", *shell, "bash, zsh or fish")->required()->check(CLI::Validator(verdict, "", ""));
}

}  // namespace headrace
