#include "app/leading_options.h"

#include <algorithm>
#include <functional>

namespace headrace {
namespace {

std::vector<const CLI::App*> commands_of(const CLI::App& program) {
  return program.get_subcommands(std::function<bool(const CLI::App*)>{});
}

bool is_command(const CLI::App& program, const std::string& word) {
  const auto commands = commands_of(program);
  return std::any_of(commands.begin(), commands.end(),
                     [&](const CLI::App* command) { return command->get_name() == word; });
}

/// Whether an option, as some command has it, takes the argument behind it.
bool takes_value(const CLI::App& program, const std::string& argument) {
  if (argument.find('=') != std::string::npos) return false;
  const auto commands = commands_of(program);
  return std::any_of(commands.begin(), commands.end(), [&](const CLI::App* command) {
    const CLI::Option* option = command->get_option_no_throw(argument);
    return option != nullptr && option->get_items_expected_max() > 0;
  });
}

}  // namespace

std::vector<std::string> with_command_first(const CLI::App& program, std::vector<std::string> arguments) {
  size_t at = 0;
  while (at < arguments.size() && arguments[at].size() > 1 && arguments[at].front() == '-') {
    if (program.get_option_no_throw(arguments[at]) != nullptr) return arguments;
    at += takes_value(program, arguments[at]) ? 2 : 1;
  }
  if (at == 0 || at >= arguments.size() || !is_command(program, arguments[at])) return arguments;
  std::rotate(arguments.begin(), arguments.begin() + static_cast<ptrdiff_t>(at),
              arguments.begin() + static_cast<ptrdiff_t>(at) + 1);
  return arguments;
}

}  // namespace headrace
