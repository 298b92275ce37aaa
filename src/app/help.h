#pragma once

/// How `--help` looks: summary, usage, options in two columns, then what the command does and examples.

#include "app/command_line.h"

#include <CLI/CLI.hpp>

#include <string>
#include <vector>

namespace headrace {

class HelpFormatter : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override;
};

/// The description and the examples, as they stand below the options.
std::string help_footer(const std::string& description, const std::vector<Example>& examples);

/// "--output DIR" of the options that a command requires, for usage lines and for messages.
std::string required_options(const CLI::App& command);
/// Those of them that were not given.
std::string missing_options(const CLI::App& command);

/// "--format text|json", "FILE..".
std::string option_signature(const CLI::Option& option);

}  // namespace headrace
