#include "app/command_line.h"

#include "app/json_log.h"

#include "app/command_words.h"
#include "app/help.h"
#include "app/leading_options.h"
#include "app/terminal.h"
#include "base/printable_text.h"
#include "base/version.h"
#include "language/diagnostics/suggest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>

namespace headrace {
namespace {

std::vector<std::string> command_names(const CLI::App& program) {
  std::vector<std::string> names;
  for (const CLI::App* command : program.get_subcommands(std::function<bool(const CLI::App*)>{})) {
    names.push_back(command->get_name());
  }
  return names;
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_group().empty()) continue;  // not shown
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

/// Commands of other tools, and ours that do the same.
struct ForeignCommand {
  std::string_view name, help;
};
constexpr ForeignCommand kForeignCommands[] = {
    {"list", "`headrace graph` lists the features"},
    {"ls", "`headrace graph` lists the features"},
    {"docs", "`headrace graph` lists the features and what they read"},
    {"lineage", "`headrace graph` shows what depends on what"},
    {"preview", "`headrace show` shows values"},
    {"query", "`headrace show` shows values, `headrace dataset` attaches them to rows of yours"},
    {"get", "`headrace show --key KEY=VALUE` shows the values of one key"},
    {"head", "`headrace show` shows the last values"},
    {"tail", "`headrace show` shows the last values"},
    {"values", "`headrace show` shows values"},
    {"describe", "`headrace plan --features NAME` shows how a feature is computed"},
    {"why", "`headrace explain` shows the events behind a value"},
    {"debug", "`headrace explain` shows the events behind a value"},
    {"run", "`headrace backfill` computes features into a store, `headrace dataset` attaches them to rows of yours"},
    {"build", "`headrace backfill` computes features into a store"},
    {"apply", "`headrace backfill` computes features into a store"},
    {"materialize", "`headrace backfill` computes features into a store"},
    {"train", "`headrace dataset` attaches features to rows of yours"},
    {"join", "`headrace dataset` attaches features to rows of yours"},
    {"compile", "`headrace plan` shows the compiled plan, `headrace generate` writes code"},
    {"export", "`headrace generate` writes code for other runtimes"},
    {"status", "`headrace check --against STORE` shows which features mean something else than the values there"},
    {"validate", "`headrace check` checks the definitions"},
    {"lint", "`headrace check` checks the definitions"},
    {"parse", "`headrace check` checks the definitions"},
    {"new", "`headrace init NAME` makes a feature repository"},
    {"create", "`headrace init NAME` makes a feature repository"},
};

std::string help_for_foreign_command(const std::string& name) {
  for (const ForeignCommand& each : kForeignCommands) {
    if (each.name == name) return std::string(each.help);
  }
  return "";
}

/// "headrace backfill".
std::string full_name(const CLI::App& command) {
  const CLI::App* parent = command.get_parent();
  return parent == nullptr ? command.get_name() : full_name(*parent) + " " + command.get_name();
}

const CLI::App& chosen_command(const CLI::App& program) {
  const auto parsed = program.get_subcommands();
  return parsed.empty() ? program : *parsed.front();
}

/// The option that takes one value and was given several times; null when there is none.
const CLI::Option* repeated_option(const CLI::App& command) {
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_items_expected_max() == 1 && option->results().size() > 1) return option;
  }
  return nullptr;
}

/// The option that was given the empty text, as an unset variable in a script gives it; null when there is none.
const CLI::Option* empty_option(const CLI::App& command) {
  for (const CLI::Option* option : command.get_options()) {
    if (option->get_items_expected_max() == 0) continue;  // flags
    for (const std::string& given : option->results()) {
      if (given.empty()) return option;
    }
  }
  return nullptr;
}

void label_err(std::string_view label, Style style, const std::string& message) {
  write_err(styled(label, style, wants_color(Stream::kErr)) + ": " + printable(message) + "\n");
}

}  // namespace

CommandLine::CommandLine() : program_("Features from events: exact, point-in-time correct, from YAML", "headrace") {
  program_.formatter(std::make_shared<HelpFormatter>());
  program_.set_help_flag("-h,--help", "Show this text");
  program_.add_flag("--version", wants_version_, "Show the version");
  program_.allow_extras();
  program_.require_subcommand(0, 1);
  program_.footer("Start with `headrace init my-station`. Each command has a --help with examples.");
}

CLI::App& CommandLine::add_command(const CommandText& text, Run run) {
  CLI::App& command = *program_.add_subcommand(text.name, text.summary);
  command.set_help_flag("-h,--help", "Show this text");
  command.allow_extras();
  command.footer(help_footer(text.description, text.examples));
  command.callback([this, run = std::move(run)] { run_ = run; });
  return command;
}

const CLI::App* CommandLine::find_command(const std::string& name) const {
  for (const CLI::App* command : program_.get_subcommands(std::function<bool(const CLI::App*)>{})) {
    if (command->get_name() == name) return command;
  }
  return nullptr;
}

int CommandLine::run(int argc, const char* const* argv) {
  const int code = run_verb(argc, argv);
  // A verb that wrote into a full disk has not done what it was asked.
  const Status written = finish_out();
  return written.ok() ? code : report_error(written.error());
}

int CommandLine::run_verb(int argc, const char* const* argv) {
  std::vector<std::string> arguments = with_command_first(program_, {argv + std::min(argc, 1), argv + argc});
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 takes them
  try {
    program_.parse(std::move(arguments));
  } catch (const CLI::CallForHelp&) {
    write_out(chosen_command(program_).help("headrace"));
    return kExitFine;
  } catch (const CLI::ParseError& error) {
    const std::vector<std::string> extras = program_.remaining(true);
    return extras.empty() ? report_parse_error(error) : report_extra(extras);
  } catch (const std::exception& error) {
    return report_error(Error::environment(error.what()));
  }

  // What the parser lets through and no verb can mean.
  if (const std::vector<std::string> extras = program_.remaining(true); !extras.empty()) return report_extra(extras);
  if (const CLI::Option* option = empty_option(chosen_command(program_)); option != nullptr) {
    return usage_error(chosen_command(program_), fmt::format("{} needs a value", option->get_name()), "");
  }

  if (wants_version_) {
    write_out(fmt::format("headrace {}\n", kVersion));
    return kExitFine;
  }
  if (run_) return run_();
  write_err(program_.help("headrace"));
  return kExitUsage;
}

int CommandLine::usage_error(const CLI::App& where, const std::string& message, const std::string& help) const {
  label_err("error", Style::kRed, message);
  if (!help.empty()) label_err(" help", Style::kBold, help);
  label_err(" help", Style::kBold, fmt::format("`{} --help` shows how it is used", full_name(where)));
  return kExitUsage;
}

int CommandLine::unknown_command(const std::string& name) const {
  std::string near = help_for_foreign_command(name);
  if (near.empty()) near = did_you_mean(name, command_names(program_));
  const std::string all = fmt::format("the commands are {}", fmt::join(command_names(program_), ", "));
  return usage_error(program_, fmt::format("there is no command `{}`", name), near.empty() ? all : near);
}

int CommandLine::report_extra(const std::vector<std::string>& extras) const {
  const CLI::App& where = chosen_command(program_);
  const std::string& extra = extras.front();
  if (extra.size() > 1 && extra.front() == '-') {
    const std::string name = extra.substr(0, extra.find('='));
    std::string help = did_you_mean(name, option_names(where));
    if (help.empty()) help = fmt::format("its options are {}", fmt::join(option_names(where), ", "));
    return usage_error(where, fmt::format("`{}` has no option `{}`", full_name(where), name), help);
  }
  if (&where == &program_) return unknown_command(extra);
  return usage_error(where, fmt::format("`{}` takes no further argument, but there is `{}`", full_name(where), extra),
                     "");
}

int CommandLine::report_parse_error(const CLI::ParseError& error) const {
  const CLI::App& where = chosen_command(program_);
  std::string message = error.what();
  const size_t colon = message.find(": ");
  if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) {
    message = fmt::format("`{}` needs {}", full_name(where), missing_options(where));
  } else if (const CLI::Option* repeated = repeated_option(where); repeated != nullptr) {
    message = fmt::format("{} is given {} times", repeated->get_name(), repeated->results().size());
  } else if (dynamic_cast<const CLI::ExcludesError*>(&error) != nullptr) {
    message = fmt::format("{} is given by its earlier name too", message.substr(0, message.find(' ')));
  } else if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr && colon != std::string::npos) {
    message = fmt::format("{} needs a value", message.substr(0, colon));
  } else if (dynamic_cast<const CLI::ValidationError*>(&error) != nullptr && colon != std::string::npos) {
    message.replace(colon, 2, " ");  // what our validators say continues the option's name
  }
  return usage_error(where, message, "");
}

void add_project_option(CLI::App& command, std::string& project) {
  command
      .add_option("--project", project, "The feature repository; default: the nearest folder upward with project.yaml")
      ->type_name("DIR");
}

void add_quiet_option(CLI::App& command, bool& quiet) {
  command.add_flag("-q,--quiet", quiet, "No notes and no progress on stderr; errors and warnings stay");
}

void add_choice_option(CLI::App& command, const std::string& name, std::string& value,
                       const std::vector<std::string>& choices, const std::string& text) {
  value = choices.front();
  add_choice_without_default(command, name, value, choices, text);
}

void add_choice_without_default(CLI::App& command, const std::string& name, std::string& value,
                                const std::vector<std::string>& choices, const std::string& text) {
  const auto verdict = [name, choices](const std::string& given) -> std::string {
    if (std::find(choices.begin(), choices.end(), given) != choices.end()) return "";
    const std::string near = nearest_name(given, choices);
    const std::string help = near.empty() ? "" : fmt::format("; did you mean `{}`?", near);
    return fmt::format("is one of {}, not `{}`{}", fmt::join(choices, ", "), given, help);
  };
  command.add_option(name, value, text)
      ->type_name(fmt::format("{}", fmt::join(choices, "|")))
      ->check(CLI::Validator(verdict, "", ""));
}

void add_earlier_name(CLI::App& command, const std::string& earlier, const std::string& now, std::string& value) {
  command.add_option(earlier, value)->type_name("TEXT")->group("")->excludes(command.get_option(now));
}

void add_features_options(CLI::App& command, std::vector<std::string>& features, std::vector<std::string>& excluded) {
  command
      .add_option(
          "--features", features,
          "By commas: names, paid_*, tag:churn, owner:risk, entity:user, source:clicks; +x with all that x uses, "
          "x+ with all that use it; default: all that are not internal")
      ->type_name("a,b")
      ->delimiter(',')
      ->allow_extra_args(false);
  add_exclude_option(command, excluded);
}

void add_exclude_option(CLI::App& command, std::vector<std::string>& excluded) {
  command.add_option("--exclude", excluded, "Not these, written likewise")
      ->type_name("a,b")
      ->delimiter(',')
      ->allow_extra_args(false);
}

namespace {

void report_message(std::string_view level, Style style, const std::string& message) {
  if (are_messages_json()) return log_message(level, in_command_words(message), "");
  label_err(level, style, in_command_words(message));
}

}  // namespace

int report_error(const Error& error) {
  const Error worded = in_command_words(error);
  if (are_messages_json()) {
    log_message("error", worded.message(), worded.help());
    return exit_code_of(error.kind());
  }
  label_err("error", Style::kRed, worded.message());
  if (!worded.help().empty()) label_err(" help", Style::kBold, worded.help());
  return exit_code_of(error.kind());
}

void report_warning(const std::string& message) { report_message("warning", Style::kYellow, message); }

void report_note(const std::string& message, bool quiet) {
  if (!quiet) report_message("note", Style::kDim, message);
}

}  // namespace headrace
