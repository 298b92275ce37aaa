#pragma once

/// The frame around the verbs: options that they share, help with examples, and "did you mean" for wrong use.
///
/// Each file of commands/ adds one verb:
///
///   auto options = std::make_shared<CheckOptions>();  // the parser fills it, the verb reads it
///   CLI::App& command = line.add_command({.name = "check"}, [options] { return run_check(*options); });
///   add_project_option(command, options->project);

#include "app/exit_codes.h"
#include "base/result.h"

#include <CLI/CLI.hpp>

#include <functional>
#include <string>
#include <vector>

namespace headrace {

struct Example {
  std::string command;
  std::string meaning;
};

struct CommandText {
  std::string name;
  std::string summary;      // one line, without a full stop
  std::string description;  // a paragraph or more for --help; may be empty
  std::vector<Example> examples;
};

class CommandLine {
 public:
  using Run = std::function<int()>;

  CommandLine();

  CLI::App& add_command(const CommandText& text, Run run);
  /// Parses, runs the verb, and gives the exit code.
  int run(int argc, const char* const* argv);

  const CLI::App& program() const { return program_; }
  /// Null: there is none of that name.
  const CLI::App* find_command(const std::string& name) const;
  /// Wrong use: a message to stderr, exit code 2.
  int usage_error(const CLI::App& where, const std::string& message, const std::string& help) const;
  /// "did you mean" for a verb.
  int unknown_command(const std::string& name) const;

 private:
  int run_verb(int argc, const char* const* argv);
  int report_extra(const std::vector<std::string>& extras) const;
  int report_parse_error(const CLI::ParseError& error) const;

  CLI::App program_;
  bool wants_version_ = false;
  Run run_;  // of the verb that was parsed
};

/// The options that several verbs have, with the same names and words everywhere.
void add_project_option(CLI::App& command, std::string& project);
void add_quiet_option(CLI::App& command, bool& quiet);
/// One of the choices; the first is the default.
void add_choice_option(CLI::App& command, const std::string& name, std::string& value,
                       const std::vector<std::string>& choices, const std::string& text);
/// One of the choices, or empty.
void add_choice_without_default(CLI::App& command, const std::string& name, std::string& value,
                                const std::vector<std::string>& choices, const std::string& text);
/// The name that an option had before: understood for one release, not shown, never together with the option.
void add_earlier_name(CLI::App& command, const std::string& earlier, const std::string& now, std::string& value);
/// --features and --exclude: lists by commas of names and other selectors.
void add_features_options(CLI::App& command, std::vector<std::string>& features, std::vector<std::string>& excluded);
void add_exclude_option(CLI::App& command, std::vector<std::string>& excluded);

/// Tells an error of the world on stderr and gives its exit code.
int report_error(const Error& error);
/// "warning: ..." on stderr.
void report_warning(const std::string& message);
/// "note: ..." on stderr, unless `quiet`.
void report_note(const std::string& message, bool quiet);

}  // namespace headrace
