#include "app/completion.h"

#include "app/commands/commands.h"
#include "app/opened_project.h"
#include "app/terminal.h"
#include "session/project/feature_selection.h"

#include <algorithm>
#include <array>
#include <memory>
#include <set>

namespace headrace {
namespace {

/// What the scripts ask for: the words of the repository that the shell is in.
bool is_kind_of_names(const std::string& word) {
  constexpr std::array<std::string_view, 4> kKinds = {"features", "selectors", "keys", "sources"};
  return std::find(kKinds.begin(), kKinds.end(), word) != kKinds.end();
}

std::vector<std::string> names_of_kind(const Repository& repository, const std::string& kind) {
  if (kind == "features" || kind == "selectors") return selector_words(repository, kind == "selectors");
  std::set<std::string> names;
  if (kind == "keys") {
    for (const EntityDefinition& entity : repository.entities) {
      for (const std::string& key : entity.keys) names.insert(key + "=");
    }
  } else {
    for (const SourceDefinition& source : repository.sources) names.insert(source.name + "=");
  }
  return {names.begin(), names.end()};
}

/// A line for each. Whoever completes wants no messages: without a repository there are no names.
int print_names(const std::string& kind) {
  const Result<std::string> folder = project_folder("");
  if (!folder) return kExitFine;
  const Result<Session> session = Session::open(*folder);
  if (!session) return kExitFine;
  for (const std::string& name : names_of_kind(session->repository(), kind)) write_out(name + "\n");
  return kExitFine;
}

}  // namespace

void add_completion_command(CommandLine& line) {
  const auto shell = std::make_shared<std::string>();
  CLI::App& command = line.add_command(
      {.name = "completion",
       .summary = "Print a script that completes commands, options and names of features in a shell",
       .description = "",
       .examples = {{"source <(headrace completion bash)", "In this shell, or in ~/.bashrc."},
                    {"headrace completion zsh > ~/.zfunc/_headrace", "With ~/.zfunc in fpath before compinit."},
                    {"headrace completion fish > ~/.config/fish/completions/headrace.fish", "For fish."}}},
      [&line, shell] {
        if (is_kind_of_names(*shell)) return print_names(*shell);
        const CLI::App& program = line.program();
        write_out(*shell == "zsh"    ? zsh_completion(program)
                  : *shell == "fish" ? fish_completion(program)
                                     : bash_completion(program));
        return kExitFine;
      });
  const auto verdict = [](const std::string& given) -> std::string {
    if (given == "bash" || given == "zsh" || given == "fish" || is_kind_of_names(given)) return "";
    return "is one of bash, zsh, fish, not `" + given + "`";
  };
  command.add_option("SHELL", *shell, "bash, zsh or fish")->required()->check(CLI::Validator(verdict, "", ""));
}

}  // namespace headrace
