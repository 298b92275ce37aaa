#include "app/option_values.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace headrace {
namespace {

constexpr double kBytesMin = 1e6;
constexpr double kBytesMax = 1e15;

/// Bytes in a unit, 0 for other text.
double unit_bytes(std::string unit) {
  for (char& letter : unit) letter = static_cast<char>(letter >= 'a' && letter <= 'z' ? letter - 'a' + 'A' : letter);
  if (unit.empty() || unit == "B") return 1;
  const std::string rest = unit.substr(1);
  if (!rest.empty() && rest != "B" && rest != "IB") return 0;
  const double base = rest == "IB" ? 1024 : 1000;
  const size_t power = std::string("KMGT").find(unit.front());
  return power == std::string::npos ? 0 : std::pow(base, static_cast<double>(power + 1));
}

}  // namespace

Result<int64_t> read_byte_size(const std::string& option, const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string unit(end, text.data() + text.size());
  unit.erase(0, unit.find_first_not_of(' ') == std::string::npos ? unit.size() : unit.find_first_not_of(' '));
  const double bytes = error == std::errc() ? number * unit_bytes(unit) : 0;
  if (bytes > 0 && bytes < kBytesMin)
    return Error::usage(fmt::format("{} of {} is too little: at least 1MB", option, text));
  if (!(bytes > 0) || bytes > kBytesMax) {
    return Error::usage(fmt::format("{} takes an amount such as 4GB or 512MB, not `{}`", option, text));
  }
  return static_cast<int64_t>(bytes);
}

Result<double> read_share(const std::string& option, const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  if (unit == "%") number /= 100;
  if (error == std::errc() && (unit.empty() || unit == "%") && number > 0 && number <= 1) return number;
  return Error::usage(
      fmt::format("{} takes a share such as 5% or 0.05, above 0 and at most 1, not `{}`", option, text));
}

Result<std::optional<EventTime>> read_time(const std::string& option, const std::string& text) {
  if (text.empty()) return std::optional<EventTime>();
  const std::optional<EventTime> time = parse_timestamp(text);
  if (!time) {
    return Error::usage(
        fmt::format("{} takes a time such as 2024-03-01T12:00:00Z or 2024-03-01, not `{}`", option, text));
  }
  return time;
}

Result<std::optional<Duration>> read_duration(const std::string& option, const std::string& text) {
  if (text.empty()) return std::optional<Duration>();
  const std::optional<Duration> duration = parse_duration(text);
  if (!duration) return Error::usage(fmt::format("{} takes a duration such as 15m, 1h or 1d, not `{}`", option, text));
  return duration;
}

}  // namespace headrace
