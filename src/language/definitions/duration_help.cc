#include "language/definitions/duration_help.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdint>

namespace headrace {
namespace {

/// A unit as people write it, ours, and how many of ours it is.
struct Unit {
  std::string_view written;
  std::string_view ours;
  int64_t count = 1;
};
constexpr Unit kUnits[] = {
    {"ms", "ms"},    {"msec", "ms"},   {"millisecond", "ms"}, {"milli", "ms"},
    {"l", "ms"},     {"s", "s"},       {"sec", "s"},          {"second", "s"},
    {"m", "m"},      {"min", "m"},     {"minute", "m"},       {"t", "m"},
    {"h", "h"},      {"hr", "h"},      {"hour", "h"},         {"d", "d"},
    {"day", "d"},    {"w", "w"},       {"wk", "w"},           {"week", "w"},
    {"mo", "d", 30}, {"mon", "d", 30}, {"month", "d", 30},    {"quarter", "d", 90},
    {"q", "d", 90},  {"y", "d", 365},  {"yr", "d", 365},      {"year", "d", 365},
};

/// A unit and the next smaller one, for fractions: 1.5h is 90m.
struct Smaller {
  std::string_view unit, smaller;
  double count;
};
constexpr Smaller kSmaller[] = {{"w", "d", 7}, {"d", "h", 24}, {"h", "m", 60}, {"m", "s", 60}, {"s", "ms", 1000}};

const Unit* find_unit(std::string_view written) {
  for (const Unit& unit : kUnits) {
    if (unit.written == written) return &unit;
  }
  const bool is_plural = written.size() > 2 && written.ends_with('s');
  return is_plural ? find_unit(written.substr(0, written.size() - 1)) : nullptr;
}

/// A whole number of the unit, or of a smaller one; empty: there is none.
std::string whole_duration(double number, std::string_view unit) {
  constexpr double kNumberMax = 1e15;
  while (number != std::floor(number)) {
    const auto* const next =
        std::find_if(std::begin(kSmaller), std::end(kSmaller), [&](const Smaller& each) { return each.unit == unit; });
    if (next == std::end(kSmaller)) return "";
    number *= next->count;
    unit = next->smaller;
  }
  return number > 0 && number < kNumberMax ? fmt::format("{}{}", static_cast<int64_t>(number), unit) : "";
}

}  // namespace

std::string help_for_duration(std::string_view text) {
  std::string compact;
  for (const char byte : text) {
    if (byte != ' ' && byte != '_') compact += byte;
  }
  double number = 0;
  const char* const end = compact.data() + compact.size();
  const auto [rest, error] = std::from_chars(compact.data(), end, number);
  if (error != std::errc() || rest == end) return "";

  std::string written(rest, end);
  const bool is_capital_m = written == "M";  // of pandas and of ISO 8601: a month
  std::transform(written.begin(), written.end(), written.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const Unit* unit = find_unit(is_capital_m ? "month" : written);
  if (unit == nullptr) return "";
  const std::string ours = whole_duration(number * static_cast<double>(unit->count), unit->ours);
  if (ours.empty()) return "";
  if (is_capital_m)
    return fmt::format("a month is no duration: did you mean `{}`, or `{}m` for minutes?", ours, number);
  if (unit->count > 1) {
    const std::string_view name = unit->count == 30 ? "month" : unit->count == 90 ? "quarter" : "year";
    return fmt::format("a {} is no duration, for its length varies: did you mean `{}`?", name, ours);
  }
  return fmt::format("did you mean `{}`?", ours);
}

}  // namespace headrace
