#include "binding/python_words.h"

#include <string>
#include <string_view>

namespace headrace {
namespace {

std::string_view name_of(OptionName name) {
  switch (name) {
    case OptionName::kBadRows: return "skip_bad_rows=True";
    case OptionName::kBadRowsFile: return "bad_rows=";
    case OptionName::kDev: return "dev=True";
    case OptionName::kEnd: return "end=";
    case OptionName::kEvery: return "every=";
    case OptionName::kFeatures: return "features=";
    case OptionName::kForce: return "overwrite=True";
    case OptionName::kKey: return "key=";
    case OptionName::kMemory: return "memory=";
    case OptionName::kOutput: return "output=";
    case OptionName::kObservationsForm: return "a table that you read yourself";
    case OptionName::kOutputFormat: return "format=";
    case OptionName::kPartition: return "partition=";
    case OptionName::kProject: return "headrace.open(FOLDER)";
    case OptionName::kPython: return "python=";
    case OptionName::kReplace: return "replace=True";
    case OptionName::kSkipRefused: return "skip_refused=True";
    case OptionName::kSource: return "sources=";
    case OptionName::kStart: return "start=";
    case OptionName::kTimeColumn: return "time_column=";
  }

  return "";
}

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

/// "a,b" -> `key={"a": VALUE, "b": VALUE}`.
std::string key_argument(std::string_view names) {
  std::string out = "key={";
  while (!names.empty()) {
    const size_t comma = names.find(',');
    out += (out.ends_with('{') ? "" : ", ") + quoted(names.substr(0, comma)) + ": VALUE";
    names.remove_prefix(comma == std::string_view::npos ? names.size() : comma + 1);
  }
  return out + "}";
}

std::string option_word(OptionName name, std::string_view value) {
  if (name == OptionName::kKey && !value.empty()) return key_argument(value);
  const std::string word(name_of(name));
  return value.empty() || !word.ends_with('=') ? word : word + quoted(value);
}

std::string request_word(RequestName name, std::string_view argument) {
  switch (name) {
    case RequestName::kBackfill: return "repo.backfill(" + (argument.empty() ? "" : quoted(argument)) + ")";
    case RequestName::kGenerate: return "repo.generate(" + quoted(argument) + ", FOLDER)";
    case RequestName::kInit: return "headrace.init(" + quoted(argument) + ")";
    case RequestName::kListFeatures: return "repo.features";
    case RequestName::kNewToken: return "headrace token new";  // of the command line
    case RequestName::kRaiseVersion: return "headrace version raise " + std::string(argument);
  }
  return "";
}

}  // namespace

const SurfaceWords& python_words() {
  static constexpr SurfaceWords kWords = {.option = option_word, .request = request_word};
  return kWords;
}

}  // namespace headrace
