#include "app/count_option.h"

#include <fmt/format.h>

#include <charconv>

namespace headrace {
namespace {

std::string judge_count(const std::string& given, const std::string& things, int64_t min, int64_t max) {
  int64_t count = 0;
  const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), count);
  const bool is_number = error == std::errc() && end == given.data() + given.size();
  if (is_number && count >= min && count <= max) return "";
  return fmt::format("takes a number of {} from {} to {}, not `{}`", things, min, max, given);
}

}  // namespace

CLI::Option* add_count_option(CLI::App& command, const std::string& name, int64_t& value, const std::string& things,
                              int64_t min, int64_t max, const std::string& text) {
  return command.add_option(name, value, text)
      ->type_name("N")
      ->check(CLI::Validator([=](const std::string& given) { return judge_count(given, things, min, max); }, "", ""));
}

}  // namespace headrace
