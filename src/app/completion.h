#pragma once

/// Completion scripts for shells, generated from the commands and options that the program has.

#include <CLI/CLI.hpp>

#include <string>

namespace headrace {

std::string bash_completion(const CLI::App& program);
std::string zsh_completion(const CLI::App& program);
std::string fish_completion(const CLI::App& program);

}  // namespace headrace
