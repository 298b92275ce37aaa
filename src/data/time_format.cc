#include "data/time_format.h"

#include "base/check.h"

#include <fmt/format.h>

#include <array>

namespace headrace {
namespace {

constexpr std::string_view kDirectives = "YymdejbBaAHIpMSfzZ";
constexpr std::array<std::string_view, 12> kMonths = {"january",   "february", "march",    "april",
                                                      "may",       "june",     "july",     "august",
                                                      "september", "october",  "november", "december"};
constexpr std::array<std::string_view, 7> kWeekDays = {"monday", "tuesday",  "wednesday", "thursday",
                                                       "friday", "saturday", "sunday"};

bool is_form_digit(char letter) { return letter >= '0' && letter <= '9'; }
char lower_of(char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter + 32) : letter; }

/// What has been read of a text.
struct Fields {
  int year = 0;
  int month = 1;
  int day = 1;
  int day_of_year = 0;
  int hour = 0;
  int half = -1;  // of the day: 0 AM, 1 PM
  int minute = 0;
  int second = 0;
  int64_t zone_us = 0;
  FineTime fraction;
};

/// Takes up to `most` digits, all of them where the number is wide.
std::optional<int> take_number(std::string_view& text, size_t most, bool is_wide) {
  size_t count = 0;
  int number = 0;
  while (count < most && count < text.size() && is_form_digit(text[count]))
    number = number * 10 + (text[count++] - '0');
  if (count == 0 || (is_wide && count < most)) return std::nullopt;
  text.remove_prefix(count);
  return number;
}

/// Takes a name or its first three letters; its place, or nothing.
template <size_t Count>
std::optional<int> take_name(std::string_view& text, const std::array<std::string_view, Count>& names) {
  for (size_t i = 0; i < Count; ++i) {
    size_t same = 0;
    while (same < names[i].size() && same < text.size() && lower_of(text[same]) == names[i][same]) ++same;
    if (same < 3) continue;
    text.remove_prefix(same == names[i].size() ? same : 3);
    return static_cast<int>(i);
  }
  return std::nullopt;
}

bool take_form_fraction(std::string_view& text, FineTime& fraction) {
  int64_t nanoseconds = 0;
  int64_t scale = 100'000'000;
  size_t count = 0;
  for (; count < text.size() && is_form_digit(text[count]); ++count, scale /= 10) {
    nanoseconds += (text[count] - '0') * scale;
    fraction.has_more |= scale == 0 && text[count] != '0';
  }
  text.remove_prefix(count);
  fraction.floored.us = nanoseconds / 1000;
  fraction.nanoseconds = static_cast<int>(nanoseconds % 1000);
  return count > 0;
}

bool take_offset(std::string_view& text, int64_t& zone_us) {
  if (text.starts_with('Z') || text.starts_with('z')) {
    text.remove_prefix(1);
    return true;
  }
  if (text.empty() || (text[0] != '+' && text[0] != '-')) return false;
  const bool is_west = text[0] == '-';
  text.remove_prefix(1);
  const auto hours = take_number(text, 2, true);
  if (!hours || *hours > 23) return false;
  if (text.starts_with(':')) text.remove_prefix(1);
  int minutes = 0;
  if (!text.empty() && is_form_digit(text[0])) {
    const auto read = take_number(text, 2, true);
    if (!read || *read > 59) return false;
    minutes = *read;
  }
  zone_us = (int64_t{*hours} * 60 + minutes) * 60 * kMicrosPerSecond * (is_west ? -1 : 1);
  return true;
}

bool take_zone_name(std::string_view& text) {
  if (!text.starts_with("UTC") && !text.starts_with("GMT")) return false;
  text.remove_prefix(3);
  return true;
}

/// Takes a number within its bounds into `field`.
bool take_into(std::string_view& text, int& field, size_t digits, bool is_wide, int least, int most) {
  const auto number = take_number(text, digits, is_wide);
  if (!number || *number < least || *number > most) return false;
  field = *number;
  return true;
}

bool take_directive(char directive, bool is_wide, std::string_view& text, Fields& fields) {
  switch (directive) {
    case 'Y': return take_into(text, fields.year, 4, true, 1, 9999);
    case 'y':
      if (!take_into(text, fields.year, 2, true, 0, 99)) return false;
      fields.year += fields.year < 69 ? 2000 : 1900;
      return true;
    case 'm': return take_into(text, fields.month, 2, is_wide, 1, 12);
    case 'e':
      if (text.starts_with(' ')) text.remove_prefix(1);
      return take_into(text, fields.day, 2, false, 1, 31);
    case 'd': return take_into(text, fields.day, 2, is_wide, 1, 31);
    case 'j': return take_into(text, fields.day_of_year, 3, is_wide, 1, 366);

    // Clock.
    case 'H': return take_into(text, fields.hour, 2, is_wide, 0, 23);
    case 'I': return take_into(text, fields.hour, 2, is_wide, 1, 12);
    case 'M': return take_into(text, fields.minute, 2, is_wide, 0, 59);
    case 'S': return take_into(text, fields.second, 2, is_wide, 0, 59);
    case 'f': return take_form_fraction(text, fields.fraction);
    case 'z': return take_offset(text, fields.zone_us);
    case 'Z': return take_zone_name(text);

    // Words.
    case 'a':
    case 'A': return take_name(text, kWeekDays).has_value();
    case 'b':
    case 'B': {
      const auto month = take_name(text, kMonths);
      fields.month = month.value_or(0) + 1;
      return month.has_value();
    }
    case 'p': {
      if (text.size() < 2 || lower_of(text[1]) != 'm' || (lower_of(text[0]) != 'a' && lower_of(text[0]) != 'p'))
        return false;
      fields.half = lower_of(text[0]) == 'p' ? 1 : 0;
      text.remove_prefix(2);
      return true;
    }

    default: return false;
  }
}

std::optional<FineTime> instant_of(const Fields& fields) {
  int64_t days = 0;
  if (fields.day_of_year > 0) {
    if (fields.day_of_year > 337 + days_in_month(fields.year, 2)) return std::nullopt;
    days = days_from_civil({fields.year, 1, 1}) + fields.day_of_year - 1;
  } else {
    if (fields.day > days_in_month(fields.year, fields.month)) return std::nullopt;
    days = days_from_civil({fields.year, fields.month, fields.day});
  }
  const int hour = fields.half < 0 ? fields.hour : fields.hour % 12 + 12 * fields.half;
  FineTime time = fields.fraction;
  time.floored.us += days * kMicrosPerDay - fields.zone_us +
                     ((int64_t{hour} * 60 + fields.minute) * 60 + fields.second) * kMicrosPerSecond;
  if (!is_valid_timestamp(time.floored.us)) return std::nullopt;
  return time;
}

}  // namespace

std::string TimeFormat::written_out(std::string_view form) {
  std::string out;
  for (size_t i = 0; i < form.size(); ++i) {
    const char next = form[i] == '%' && i + 1 < form.size() ? form[i + 1] : '\0';
    const std::string_view meant = next == 'T' ? "%H:%M:%S" : next == 'F' ? "%Y-%m-%d" : next == 'D' ? "%m/%d/%y" : "";
    if (!meant.empty()) {
      out += meant;
      ++i;
    } else {
      out += form[i];
      if (next != '\0') out += form[++i];
    }
  }
  return out;
}

std::string TimeFormat::problem_of(std::string_view form) {
  const std::string whole = written_out(form);
  std::string seen;
  for (size_t i = 0; i < whole.size(); ++i) {
    if (whole[i] != '%') continue;
    if (i + 1 == whole.size()) return "ends in `%`";
    const char directive = whole[++i];
    if (directive == '%') continue;
    if (kDirectives.find(directive) == std::string_view::npos) return fmt::format("has no directive `%{}`", directive);
    if (seen.find(directive) != std::string::npos) return fmt::format("has `%{}` twice", directive);
    seen += directive;
  }
  const auto has = [&](std::string_view any) { return seen.find_first_of(any) != std::string::npos; };
  if (!has("Yy")) return "says no year (`%Y`)";
  if (!has("j") && !has("mbB")) return "says no month (`%m`)";
  if (!has("j") && !has("de")) return "says no day (`%d`)";
  if (has("I") != has("p")) return "needs `%I` and `%p` together";
  return {};
}

TimeFormat::TimeFormat(std::string_view form) {
  CHECK(problem_of(form).empty());
  const auto is_number = [](const Part& part) {
    return part.directive != 0 && std::string_view("YymdejHIMSf").find(part.directive) != std::string_view::npos;
  };
  const std::string whole = written_out(form);
  for (size_t i = 0; i < whole.size(); ++i) {
    Part part;
    if (whole[i] == '%' && whole[i + 1] != '%') {
      part.directive = whole[++i];
    } else {
      part.letter = whole[whole[i] == '%' ? ++i : i];
    }
    // Of numbers that stand side by side, each has all of its digits.
    if (is_number(part) && !parts_.empty() && is_number(parts_.back())) parts_.back().is_wide = part.is_wide = true;
    parts_.push_back(part);
  }
}

std::optional<FineTime> TimeFormat::parse(std::string_view text) const {
  Fields fields;
  for (const Part& part : parts_) {
    if (part.directive != 0) {
      if (!take_directive(part.directive, part.is_wide, text, fields)) return std::nullopt;
    } else if (part.letter == ' ') {
      if (!text.starts_with(' ')) return std::nullopt;
      while (text.starts_with(' ')) text.remove_prefix(1);
    } else {
      if (!text.starts_with(part.letter)) return std::nullopt;
      text.remove_prefix(1);
    }
  }
  return text.empty() ? instant_of(fields) : std::nullopt;
}

}  // namespace headrace
