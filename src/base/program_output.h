#pragma once

/// A program that is run to its end, and what it wrote.
///
///   ASSIGN_OR_RETURN(ProgramOutput git, run_program({"git", "rev-parse", "HEAD"}));
///   if (git.exit_code != 0) return Error::usage(git.said);
///
/// No shell reads the words. Thread-safe.

#include "base/result.h"

#include <string>
#include <string_view>
#include <vector>

namespace headrace {

struct ProgramOutput {
  int exit_code = 0;  // 128 and the number of the signal that ended it
  std::string out;    // its stdout
  std::string said;   // the end of its stderr, without the last line break
};

/// The most that is taken of a program's stdout.
inline constexpr size_t kProgramBytesMax = size_t{512} << 20;

/// Starts the program, found by PATH, with `input` as its stdin. One that is not there is an environment error, and so is
/// one that writes too much.
Result<ProgramOutput> run_program(const std::vector<std::string>& command, std::string_view input = {});

}  // namespace headrace
