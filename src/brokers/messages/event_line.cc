#include "brokers/messages/event_line.h"

#include "base/base64.h"
#include "base/utf8.h"
#include "data/time.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>

namespace headrace {
namespace {

constexpr int64_t kSecondsPerDay = 86'400;

int digits_of(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kSeconds: return 0;
    case TimeUnit::kMilliseconds: return 3;
    case TimeUnit::kMicroseconds: return 6;
    case TimeUnit::kNanoseconds: return 9;
  }
  return 0;
}

/// The fewest digits of a fraction of a second that say all of it: none, 3, 6 or 9.
std::string fraction_text(int32_t nanoseconds) {
  if (nanoseconds == 0) return {};
  if (nanoseconds % 1'000'000 == 0) return fmt::format(".{:03}", nanoseconds / 1'000'000);
  if (nanoseconds % 1'000 == 0) return fmt::format(".{:06}", nanoseconds / 1'000);
  return fmt::format(".{:09}", nanoseconds);
}

/// How many units an instant is from 1970, with a fraction where it is not a whole number of them.
std::string epoch_text(int64_t seconds, int32_t nanoseconds, TimeUnit unit) {
  // An instant before 1970 counts down: -1.5 s is 2 seconds down and half a second up.
  const bool is_negative = seconds < 0;
  if (is_negative && nanoseconds > 0) {
    ++seconds;
    nanoseconds = 1'000'000'000 - nanoseconds;
  }
  std::string digits = fmt::format("{}{:09}", std::abs(seconds), nanoseconds);
  const size_t point = digits.size() - 9 + static_cast<size_t>(digits_of(unit));
  std::string whole = digits.substr(0, point), rest = digits.substr(point);
  whole.erase(0, std::min(whole.find_first_not_of('0'), whole.size() - 1));
  rest.resize(rest.find_last_not_of('0') + 1);  // npos + 1 is 0
  return fmt::format("{}{}{}{}", is_negative ? "-" : "", whole, rest.empty() ? "" : ".", rest);
}

}  // namespace

void EventLine::integer(int64_t value) { fmt::format_to(std::back_inserter(out_), "{}", value); }

void EventLine::natural(uint64_t value) { fmt::format_to(std::back_inserter(out_), "{}", value); }

void EventLine::number(double value) {
  if (!std::isfinite(value)) {
    out_ += std::isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
    return;
  }
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  const std::string_view text(digits, static_cast<size_t>(end - digits));
  out_ += text;
  if (text.find_first_of(".e") == std::string_view::npos) out_ += ".0";
}

bool EventLine::text(std::string_view value) {
  if (!is_valid_utf8(value)) return false;
  out_ += '"';
  size_t begin = 0;
  for (size_t at = 0; at < value.size(); ++at) {
    const auto byte = static_cast<unsigned char>(value[at]);
    if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
    out_ += value.substr(begin, at - begin);
    begin = at + 1;
    if (byte >= 0x20) {
      out_ += '\\';
      out_ += value[at];
    } else {
      fmt::format_to(std::back_inserter(out_), "\\u{:04x}", byte);
    }
  }
  out_ += value.substr(begin);
  out_ += '"';
  return true;
}

void EventLine::bytes(std::string_view value) {
  out_ += '"';
  out_ += to_base64(value);
  out_ += '"';
}

bool EventLine::instant(int64_t seconds, int32_t nanoseconds, bool has_zone) {
  constexpr int64_t kSecondsMin = kTimestampMicrosMin / kMicrosPerSecond;
  constexpr int64_t kSecondsMax = kTimestampMicrosMax / kMicrosPerSecond;
  if (seconds < kSecondsMin || seconds > kSecondsMax) return false;
  if (unit_) {
    out_ += epoch_text(seconds, nanoseconds, *unit_);
    return true;
  }
  const int64_t days = floor_divide(seconds, kSecondsPerDay);
  const int64_t of_day = seconds - days * kSecondsPerDay;
  const CivilDate date = civil_from_days(days);
  fmt::format_to(std::back_inserter(out_), "\"{:04}-{:02}-{:02}T{:02}:{:02}:{:02}{}{}\"", date.year, date.month,
                 date.day, of_day / 3600, of_day / 60 % 60, of_day % 60, fraction_text(nanoseconds),
                 has_zone ? "Z" : "");
  return true;
}

}  // namespace headrace
