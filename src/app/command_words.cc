#include "app/command_words.h"

#include "base/printable_text.h"
#include "language/diagnostics/in_words.h"

#include <fmt/format.h>

namespace headrace {
namespace {

std::string_view name_of(OptionName name) {
  switch (name) {
    case OptionName::kBadRows: return "--on-bad-row skip --bad-rows FILE";
    case OptionName::kBadRowsFile: return "--bad-rows";
    case OptionName::kDev: return "--dev";
    case OptionName::kEnd: return "--end";
    case OptionName::kEvery: return "--every";
    case OptionName::kFeatures: return "--features";
    case OptionName::kForce: return "--force";
    case OptionName::kKey: return "--key";
    case OptionName::kMemory: return "--memory";
    case OptionName::kObservationsForm: return "--observations-form";
    case OptionName::kOutput: return "--output";
    case OptionName::kOutputFormat: return "--output-format";
    case OptionName::kPartition: return "--partition";
    case OptionName::kProject: return "--project";
    case OptionName::kPython: return "--python";
    case OptionName::kReplace: return "--replace";
    case OptionName::kSkipRefused: return "--skip-refused";
    case OptionName::kSource: return "--source";
    case OptionName::kStart: return "--start";
    case OptionName::kTimeColumn: return "--time-column";
  }

  return "";
}

/// "a,b" -> "--key a=VALUE --key b=VALUE".
std::string key_options(std::string_view names) {
  std::string out;
  while (!names.empty()) {
    const size_t comma = names.find(',');
    out += (out.empty() ? "--key " : " --key ") + std::string(names.substr(0, comma)) + "=VALUE";
    names.remove_prefix(comma == std::string_view::npos ? names.size() : comma + 1);
  }
  return out;
}

std::string option_word(OptionName name, std::string_view value) {
  if (name == OptionName::kKey && !value.empty()) return key_options(value);
  if (name == OptionName::kObservationsForm && !value.empty()) return fmt::format("--observations-form '{}'", value);
  std::string word(name_of(name));
  return value.empty() ? word : word + " " + std::string(value);
}

std::string request_word(RequestName name, std::string_view argument) {
  const std::string what(argument);
  switch (name) {
    case RequestName::kBackfill: return what.empty() ? "headrace backfill" : "headrace backfill --output " + what;
    case RequestName::kGenerate: return "headrace generate " + what;
    case RequestName::kInit: return "headrace init " + what;
    case RequestName::kRaiseVersion: return "headrace version raise " + what;
    case RequestName::kListFeatures: return "headrace graph";
    case RequestName::kNewToken: return "headrace token new";
  }
  return "";
}

}  // namespace

const SurfaceWords& command_words() {
  static constexpr SurfaceWords kWords = {.option = option_word, .request = request_word};
  return kWords;
}

std::string in_command_words(std::string_view text) { return printable(in_words_of(command_words(), text)); }

Error in_command_words(const Error& error) {
  return Error(error.kind(), in_command_words(error.message())).with_help(in_command_words(error.help()));
}

Diagnostics in_command_words(const Diagnostics& diagnostics) { return in_words_of(command_words(), diagnostics); }

}  // namespace headrace
