#include "app/help.h"

#include "app/terminal.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace headrace {
namespace {

constexpr int kTextColumnMax = 34;
constexpr int kHelpWidth = 110;
/// Options of this group are for tests and are not shown.
constexpr std::string_view kHiddenGroup = "";

/// Breaks a text into lines of at most `width`, at blanks.
std::vector<std::string> wrapped(const std::string& text, int width) {
  std::vector<std::string> lines(1);
  size_t at = 0;
  while (at < text.size()) {
    const size_t end = std::min(text.find(' ', at), text.size());
    const std::string word = text.substr(at, end - at);
    if (!lines.back().empty() && display_width(lines.back()) + 1 + display_width(word) > width) lines.emplace_back();
    lines.back() += (lines.back().empty() ? "" : " ") + word;
    at = end + 1;
  }
  return lines;
}

std::string two_columns(const std::vector<std::pair<std::string, std::string>>& rows) {
  int column = 0;
  for (const auto& [left, right] : rows) column = std::max(column, std::min(kTextColumnMax, display_width(left) + 4));
  std::string out;
  for (const auto& [left, right] : rows) {
    std::string line = "  " + left;
    if (display_width(line) + 2 > column) {
      out += line + "\n";
      line.clear();
    }
    for (const std::string& part : wrapped(right, kHelpWidth - column)) {
      line.resize(line.size() + static_cast<size_t>(column - display_width(line)), ' ');
      out += line + part + "\n";
      line.clear();
    }
  }
  return out;
}

std::string joined_signatures(const CLI::App& command, const std::function<bool(const CLI::Option*)>& wanted) {
  std::string out;
  for (const CLI::Option* option : command.get_options()) {
    if (wanted(option)) out += (out.empty() ? "" : " ") + option_signature(*option);
  }
  return out;
}

}  // namespace

std::string option_signature(const CLI::Option& option) {
  if (option.get_positional() && option.get_lnames().empty()) {
    const std::string name = option.get_name(true);
    return option.get_items_expected_max() > 1 ? name + ".." : name;
  }
  std::string text = option.get_lnames().empty() ? "" : "--" + option.get_lnames().front();
  for (const std::string& name : option.get_snames()) text = "-" + name + (text.empty() ? "" : ", ") + text;
  if (option.get_items_expected_max() > 0 && !option.get_type_name().empty()) text += " " + option.get_type_name();
  return text;
}

std::string required_options(const CLI::App& command) {
  return joined_signatures(command, [](const CLI::Option* option) { return option->get_required(); });
}

std::string missing_options(const CLI::App& command) {
  return joined_signatures(command,
                           [](const CLI::Option* option) { return option->get_required() && option->count() == 0; });
}

std::string help_footer(const std::string& description, const std::vector<Example>& examples) {
  std::string out;
  for (const std::string& line : wrapped(description, kHelpWidth)) out += line + "\n";
  out = description.empty() ? "" : out + "\n";
  if (!examples.empty()) out += "Examples:\n";
  for (const Example& example : examples) out += fmt::format("  {}\n      {}\n", example.command, example.meaning);
  while (!out.empty() && out.back() == '\n') out.pop_back();
  return out;
}

std::string HelpFormatter::make_help(const CLI::App* app, std::string /*name*/, CLI::AppFormatMode /*mode*/) const {
  const bool is_program = app->get_parent() == nullptr;
  const std::string name = is_program ? app->get_name() : app->get_parent()->get_name() + " " + app->get_name();
  std::string out = app->get_description() + ".\n\nUsage: " + name;
  if (is_program) out += " COMMAND";
  if (const std::string required = required_options(*app); !required.empty()) out += " " + required;

  // What may be given as an argument stands in the line of usage, and every option in a row of its own.
  std::vector<std::pair<std::string, std::string>> rows;
  for (const CLI::Option* option : app->get_options()) {
    if (option->get_group() == kHiddenGroup) continue;
    rows.emplace_back(option_signature(*option), option->get_description());
    if (option->get_positional() && !option->get_required()) out += " [" + option_signature(*option) + "]";
  }
  out += " [OPTIONS]\n";

  const auto commands = app->get_subcommands(std::function<bool(const CLI::App*)>{});
  if (!commands.empty()) {
    std::vector<std::pair<std::string, std::string>> verbs;
    for (const CLI::App* command : commands) verbs.emplace_back(command->get_name(), command->get_description());
    out += "\nCommands:\n" + two_columns(verbs);
  }
  out += "\nOptions:\n" + two_columns(rows);

  if (!app->get_footer().empty()) {
    std::string footer = app->get_footer();
    footer.erase(0, footer.find_first_not_of('\n'));
    out += "\n" + footer + "\n";
  }
  return out;
}

}  // namespace headrace
