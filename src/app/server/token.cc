#include "serving/auth/token_table.h"

#include "app/commands/commands.h"
#include "app/terminal.h"

#include <fmt/format.h>

#include <memory>

namespace headrace {
namespace {

struct TokenOptions {
  std::vector<std::string> words;
  std::string role;
  std::vector<std::string> owners;
};

int run_token(const CommandLine& line, const TokenOptions& options) {
  const CLI::App& command = *line.find_command("token");
  if (options.words.size() != 1 || options.words.front() != "new") {
    return line.usage_error(command, "`headrace token` makes tokens, and nothing else",
                            "`headrace token new --role read` makes one that may read");
  }
  for (const std::string& owner : options.owners) {
    const Status fine = check_owner(owner);
    if (!fine.ok()) return report_error(fine.error());
  }
  const NewToken made = new_token(role_from_string(options.role).value_or(Role::kRead), options.owners);
  write_out(fmt::format("{}\n{}\n", made.token, made.line));
  if (is_terminal(Stream::kOut)) {
    report_note("the first line is the token, which is shown once; the second is its line in the server's file", false);
  }
  return kExitFine;
}

}  // namespace

void add_token_command(CommandLine& line) {
  const auto options = std::make_shared<TokenOptions>();
  CLI::App& command = line.add_command(
      {.name = "token",
       .summary = "Make a token for requests to `headrace serve`",
       .description =
           "Prints two lines: the token, which is shown once and kept nowhere, and the line for the file that "
           "`headrace serve --tokens FILE` reads. The line holds the token's SHA-256 only. A role includes those "
           "before it: read (definitions, values, metrics), write (also events), admin (also the server "
           "itself). To take a token back, remove its line and send the server SIGHUP.",
       .examples = {{"headrace token new --role read", "May read everything."},
                    {"headrace token new --role write --owner risk --owner fraud",
                     "May read features of two owners, and push events that move no others."}}},
      [options, &line] { return run_token(line, *options); });
  command.add_option("ACTION", options->words, "`new`");
  add_choice_option(command, "--role", options->role, {"read", "write", "admin"}, "What the token may do");
  command.add_option("--owner", options->owners, "Only features of this owner; once for each")
      ->type_name("NAME")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

}  // namespace headrace
