#pragma once

/// Options and requests by meaning, for the remedies of messages.
///
/// Whoever notices a problem knows what would help, but not who asks: for the command line an option is `--start`, for
/// Python `start=`. So a text has a place, and the surface that shows the text puts its own word there:
///
///   Error::usage("the day has earlier rows").with_help("begin with the day: " + option(OptionName::kStart,
///   "2024-03-01"))
///
/// Invariants: (1) a text without places is shown as it is; (2) what looks like a place and is none stays as it is.
/// Pure functions, for any thread.

#include <string>
#include <string_view>

namespace headrace {

enum class OptionName {
  kBadRows,  // what becomes of rows that cannot be read: leaving them out, and where to put them
  kBadRowsFile,
  kDev,
  kEnd,
  kEvery,
  kFeatures,
  kForce,
  kKey,  // its value: names of key columns by commas
  kMemory,
  kObservationsForm,  // its value: words of `batch`
  kOutput,
  kOutputFormat,
  kPartition,
  kProject,
  kPython,
  kReplace,
  kSkipRefused,
  kSource,  // its value: NAME=PATH
  kStart,
  kTimeColumn,
};

/// What can be asked of the program as a whole.
enum class RequestName {
  kBackfill,      // argument: the folder of the store
  kGenerate,      // argument: the target
  kInit,          // argument: the folder
  kListFeatures,  // no argument
  kNewToken,      // no argument
  kRaiseVersion,  // argument: names of features by blanks
};

/// The place of an option, or of an option with a value, in a text.
std::string option(OptionName name, std::string_view value = {});
std::string way_to(RequestName name, std::string_view argument = {});

/// The words of one surface. `value` and `argument` are empty where the name alone is meant.
struct SurfaceWords {
  std::string (*option)(OptionName name, std::string_view value);
  std::string (*request)(RequestName name, std::string_view argument);
};

/// The text with a surface's words in the places.
std::string in_words_of(const SurfaceWords& words, std::string_view text);

}  // namespace headrace
