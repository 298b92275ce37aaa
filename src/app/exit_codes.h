#pragma once

/// How the program ends: a number that a shell, a scheduler or CI acts on.
///
/// A scheduler may repeat what ended in 3, and only that: nothing in the definitions, the data or the request has to
/// change for it to succeed.

#include "base/result.h"

namespace headrace {

inline constexpr int kExitFine = 0;
inline constexpr int kExitProblems = 1;     // in the definitions or in data, also in what is stored
inline constexpr int kExitUsage = 2;        // the command was used wrongly, or names what does not exist
inline constexpr int kExitEnvironment = 3;  // a file is missing, a disk is full, a server does not answer
inline constexpr int kExitChanges = 4;      // nothing is wrong, and what was held against each other differs
inline constexpr int kExitStopped = 130;    // by Ctrl-C: 128 and the number of the signal, as shells say it

int exit_code_of(ErrorKind kind);

}  // namespace headrace
