#include "codegen/sql/duckdb_text.h"

#include "codegen/sql/dialect_text.h"
#include "codegen/sql/quoting.h"
#include "data/time_format.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace headrace::sql {
namespace {

constexpr char kMonthPattern[] =
    "((?i)jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:tember)?|oct(?:ober)?|"
    "nov(?:ember)?|dec(?:ember)?)";
constexpr char kDayPattern[] =
    "(?:(?i)mon(?:day)?|tue(?:sday)?|wed(?:nesday)?|thu(?:rsday)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)";
constexpr char kMonthNames[] = "['jan','feb','mar','apr','may','jun','jul','aug','sep','oct','nov','dec']";

/// Builds the expression of a time of a strptime form: a pattern that matches the texts of the form and no others, and
/// what its groups say. Numbers outside their bounds, such as a month 13, match or end in an error of make_timestamp.
class FormedTime {
 public:
  explicit FormedTime(std::string_view form) {
    const std::string whole = TimeFormat::written_out(form);
    for (size_t i = 0; i < whole.size(); ++i) {
      if (whole[i] == '%' && whole[i + 1] != '%') {
        const char next = i + 2 < whole.size() ? whole[i + 2] : '\0';
        ++i;
        add_directive(whole[i], stands_beside_number(whole, i), next >= '0' && next <= '9');
      } else {
        add_letter(whole[whole[i] == '%' ? ++i : i]);
      }
    }
  }

  /// What cannot be said: "%j"; empty: all of it.
  const std::string& unsayable() const { return unsayable_; }
  const std::string& pattern() const { return pattern_; }

  /// Of the text `x`, as microseconds since 1970 in parts. REQUIRES: nothing is unsayable.
  std::string instant(const std::string& pattern_literal) const {
    const auto part = [&](int group) { return fmt::format("regexp_extract(trim(x), {}, {})", pattern_literal, group); };
    const auto number = [&](int group, const char* absent) {
      return group == 0 ? std::string(absent) : fmt::format("CAST({} AS BIGINT)", part(group));
    };
    std::string year = number(year_, "1970");
    if (is_short_year_) year = fmt::format("({0} + CASE WHEN {0} < 69 THEN 2000 ELSE 1900 END)", year);
    const std::string month = is_month_named_
                                  ? fmt::format("list_position({}, lower(substr({}, 1, 3)))", kMonthNames, part(month_))
                                  : number(month_, "1");
    std::string hour = number(hour_, "0");
    if (half_ != 0) hour = fmt::format("({} % 12 + CASE WHEN lower({}) = 'pm' THEN 12 ELSE 0 END)", hour, part(half_));
    std::string out = fmt::format("make_timestamp({}, {}, {}, {}, {}, {})", year, month, number(day_, "1"), hour,
                                  number(minute_, "0"), number(second_, "0"));
    if (fraction_ != 0) {
      // Rounded up, so that no event is seen before it happened.
      out += fmt::format(
          "\n    + to_microseconds(CAST(substr(rpad({0}, 6, '0'), 1, 6) AS BIGINT)"
          " + CASE WHEN regexp_matches(substr({0}, 7), '[1-9]') THEN 1 ELSE 0 END)",
          part(fraction_));
    }
    if (zone_ != 0) {
      const auto or_zero = [&](int group) { return fmt::format("CAST('0' || {} AS BIGINT)", part(group)); };
      out += fmt::format("\n    - to_minutes(({} * 60 + {}) * CASE WHEN {} = '-' THEN -1 ELSE 1 END)",
                         or_zero(zone_ + 1), or_zero(zone_ + 2), part(zone_));
    }
    return out;
  }

 private:
  static bool is_number(char directive) {
    return std::string_view("YymdejHIMSf").find(directive) != std::string_view::npos;
  }

  /// Of numbers that stand side by side, each has all of its digits.
  static bool stands_beside_number(const std::string& whole, size_t directive) {
    const bool is_before =
        directive + 2 < whole.size() && whole[directive + 1] == '%' && is_number(whole[directive + 2]);
    const bool is_behind = directive >= 3 && whole[directive - 3] == '%' && whole[directive - 1] == '%' &&
                           is_number(whole[directive - 2]) && !(directive >= 4 && whole[directive - 4] == '%');
    return is_before || is_behind;
  }

  int add_group(const std::string& pattern) {
    pattern_ += pattern;
    return ++groups_;
  }

  void add_directive(char directive, bool is_wide, bool is_before_digit) {
    // A number takes all digits that it can, which a pattern does not where digits follow.
    if (is_number(directive) && is_before_digit) unsayable_ = fmt::format("`%{}` before a digit", directive);
    const std::string two = is_wide ? "(\\d{2})" : "(\\d{1,2})";
    switch (directive) {
      case 'Y': year_ = add_group("(\\d{3}[1-9]|\\d{2}[1-9]\\d|\\d[1-9]\\d{2}|[1-9]\\d{3})"); break;
      case 'y':
        year_ = add_group("(\\d{2})");
        is_short_year_ = true;
        break;
      case 'm': month_ = add_group(two); break;
      case 'd': day_ = add_group(two); break;
      case 'e': day_ = add_group(" ?(\\d{1,2})"); break;
      case 'b':
      case 'B':
        month_ = add_group(kMonthPattern);
        is_month_named_ = true;
        break;
      case 'a':
      case 'A': pattern_ += kDayPattern; break;

      // Clock.
      case 'H': hour_ = add_group(two); break;
      case 'I': hour_ = add_group(is_wide ? "(0[1-9]|1[0-2])" : "(1[0-2]|0?[1-9])"); break;
      case 'p': half_ = add_group("((?i)[ap]m)"); break;
      case 'M': minute_ = add_group(two); break;
      case 'S': second_ = add_group(is_wide ? "([0-5]\\d)" : "([0-5]?\\d)"); break;
      case 'f': fraction_ = add_group("(\\d+)"); break;
      case 'z':
        zone_ = add_group("(?:[Zz]|([+-])([01]\\d|2[0-3]):?([0-5]\\d)?)");
        groups_ += 2;
        break;
      case 'Z': pattern_ += "(?:UTC|GMT)"; break;
      default: unsayable_ = fmt::format("`%{}`", directive);
    }
  }

  void add_letter(char letter) {
    if (letter == ' ') {
      pattern_ += " +";
      return;
    }
    if (std::string_view("\\.+*?()|[]{}^$").find(letter) != std::string_view::npos) pattern_ += '\\';
    pattern_ += letter;
  }

  std::string pattern_;
  std::string unsayable_;
  int groups_ = 0;
  int year_ = 0, month_ = 0, day_ = 0, hour_ = 0, half_ = 0, minute_ = 0, second_ = 0, fraction_ = 0, zone_ = 0;
  bool is_short_year_ = false;
  bool is_month_named_ = false;
};

}  // namespace

std::vector<std::string> unread_by_duckdb(const PlanSource& source, const std::map<std::string, SourceFiles>& files) {
  std::vector<std::string> words;
  if (!source.batch) return words;
  const TextForm& form = source.batch->text;
  if (!form.has_header && form.header.empty()) words.emplace_back("`header: false` (name the columns in a list)");
  // Its reader has no windows-1252, and of UTF-16 only one order of bytes.
  if (form.encoding == TextEncoding::kWindows1252 || form.encoding == TextEncoding::kUtf16)
    words.push_back(fmt::format("`encoding: {}`", to_string(form.encoding)));
  if (!form.nulls.empty() && source.batch->format == FileFormat::kNdjson) words.emplace_back("`nulls` of ndjson");
  if (!form.time_format.empty()) {
    const FormedTime time(form.time_format);
    if (!time.unsayable().empty()) words.push_back(fmt::format("`time_format` with {}", time.unsayable()));
  }

  const auto found = files.find(source.name);
  if (found == files.end()) return words;
  for (const std::string& column : found->second.mixed_columns)
    words.push_back(fmt::format("folders `{}=..` beside a field of that name", column));
  return words;
}

std::string csv_form_options(const TextForm& form, bool has_tabs) {
  const char delimiter = form.delimiter != 0 ? form.delimiter : has_tabs ? '\t' : ',';
  const auto literal = [](const std::string& text) { return string_literal(SqlDialect::kDuckDb, text); };
  const std::string delim = delimiter == '\t' ? "'\\t'" : literal(std::string(1, delimiter));
  const std::string quote = form.quote == 0 ? "''" : literal(std::string(1, form.quote));
  std::string out = fmt::format("delim = {}, quote = {}, escape = {}", delim, quote, quote);
  if (form.has_header) {
    out += ", header = true";
  } else {
    std::vector<std::string> names;
    for (const std::string& name : form.header) names.push_back(literal(name));
    out += fmt::format(", header = false, names = [{}]", fmt::join(names, ", "));
  }
  if (form.encoding == TextEncoding::kLatin1) out += ", encoding = 'latin-1'";
  return out;
}

std::string without_null_words(const TextForm& form, const std::string& text) {
  std::string out = text;
  for (const std::string& word : form.nulls)
    out = fmt::format("nullif({}, {})", out, string_literal(SqlDialect::kDuckDb, word));
  return out;
}

std::string time_macro_name(const PlanSource& source) { return "instant_of_" + source.name; }

std::string time_macro(const PlanSource& source) {
  const std::string& form = source.batch->text.time_format;
  if (form.empty()) return {};
  const FormedTime time(form);
  const std::string pattern = string_literal(SqlDialect::kDuckDb, time.pattern());
  return fmt::format(
      "CREATE OR REPLACE MACRO {}(x) AS CASE\n  WHEN x IS NULL OR trim(x) = '' THEN NULL\n"
      "  WHEN NOT regexp_full_match(trim(x), {})\n    THEN error({} || x)\n  ELSE {}\nEND;\n\n",
      time_macro_name(source), pattern,
      string_literal(SqlDialect::kDuckDb, fmt::format("not a time of the form {}: ", form)), time.instant(pattern));
}

}  // namespace headrace::sql
