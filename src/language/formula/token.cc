#include "language/formula/token.h"

#include "compute/functions/number_text.h"
#include "compute/functions/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace headrace {
namespace {

constexpr std::array<std::string_view, 8> kKeywords = {"or", "and", "not", "in", "is", "null", "true", "false"};
/// Longer ones first.
constexpr std::array<std::string_view, 18> kSymbols = {"==", "!=", "<>", "<=", ">=", "<", ">", "=", "+",
                                                       "-",  "*",  "/",  "%",  "(",  ")", "[", "]", ","};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_name_part(char c) { return is_name_start(c) || is_digit(c); }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

struct Habit {
  std::string_view written;
  std::string_view help;
};
/// What other languages write.
constexpr Habit kHabits[] = {
    {"&&", "write `and`"},
    {"&", "write `and`"},
    {"||", "write `or`, or `concat(a, b)` for strings"},
    {"|", "write `or`"},
    {"!", "write `not`, or `!=` for unequal"},
    {"^", "write `pow(x, y)` for powers"},
    {"?", "write `if(condition, a, b)`"},
    {"::", "a type is a function here: `double(x)`, `int(x)`, `string(x)` or `bool(x)`"},
    {":", "a choice is `if(condition, a, b)`"},
    {"#", "a formula has no comments; put it into the description"},
    {";", "a formula is one expression"},
    {"{{", "there are no templates; a column or a feature is named as it is"},
    {"{", "lists are written in square brackets"},
    {"}", "a formula has no braces"},
    {"${", "there are no variables; write the value itself"},
    {"$", "a name is written as it is, or in backquotes"},
    {"@", "a name is written as it is, or in backquotes"},
    {".", "a name has at most two parts: source.column"},
};

}  // namespace

bool is_keyword(std::string_view word) {
  return std::find(kKeywords.begin(), kKeywords.end(), word) != kKeywords.end();
}

Token Lexer::next() {
  while (is_space(peek())) ++position_;
  const size_t start = position_;
  if (start == text_.size()) return {.kind = Token::Kind::kEnd, .range = {start, start}};
  const char c = peek();
  if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return number(start);
  if (c == '\'' || c == '"') return string_or_backquotes(start);
  if (is_name_start(c) || c == '`') return word(start);
  return symbol(start);
}

Token Lexer::literal(size_t start, ScalarType type, Value value) const {
  return {.kind = Token::Kind::kLiteral, .range = {start, position_}, .type = {type}, .literal = std::move(value)};
}

Token Lexer::number(size_t start) {
  bool is_double = false;
  while (is_digit(peek())) ++position_;
  if (peek() == '.') {
    is_double = true;
    do ++position_;
    while (is_digit(peek()));
  }
  const size_t sign = peek(1) == '+' || peek(1) == '-' ? 1 : 0;
  if ((peek() == 'e' || peek() == 'E') && is_digit(peek(1 + sign))) {
    is_double = true;
    position_ += 1 + sign;
    while (is_digit(peek())) ++position_;
  }

  const std::string_view digits = text_.substr(start, position_ - start);
  if (is_name_part(peek()) || peek() == '.') {
    while (is_name_part(peek()) || peek() == '.') ++position_;
    const std::string_view all = text_.substr(start, position_ - start);
    const bool is_duration = parse_duration(all).has_value();
    report_.add("F104", {start, position_}, fmt::format("`{}` is not a number", shorten(all)),
                is_duration ? fmt::format("a duration is written `duration'{}'`", all)
                            : "numbers are written like 12, 1.5e3 or .5; a name does not begin with a digit");
    return invalid(start);
  }

  if (is_double) {
    if (const auto value = read_double(digits)) return literal(start, ScalarType::kDouble, {*value});
    report_.add("F103", {start, position_}, fmt::format("`{}` is past the largest double", shorten(digits)),
                "a double is at most about 1.8e308");
    return invalid(start);
  }

  if (const auto value = read_int64(digits)) return literal(start, ScalarType::kInt64, {*value});
  // Its negation may fit; the parser decides.
  if (digits.find_first_not_of('0') != std::string_view::npos &&
      digits.substr(digits.find_first_not_of('0')) == "9223372036854775808") {
    return literal(start, ScalarType::kInt64, {});
  }
  report_.add("F103", {start, position_}, fmt::format("`{}` is past the range of int64", shorten(digits)),
              fmt::format("an int64 is at most 9223372036854775807; `{}.0` is a double", shorten(digits)));
  return invalid(start);
}

bool Lexer::read_quoted(std::string& content) {
  const size_t start = position_;
  const char quote = text_[position_++];
  while (position_ < text_.size()) {
    const char c = text_[position_++];
    if (c != quote) {
      content += c;
    } else if (peek() == quote) {
      content += quote;
      ++position_;
    } else {
      return true;
    }
  }
  report_.add("F102", {start, start + 1},
              fmt::format("the {} that opens here is not closed", quote == '`' ? "backquote" : "quote"),
              fmt::format("a {0} inside the text is doubled: {0}{0}", quote));
  return false;
}

Token Lexer::string_or_backquotes(size_t start) {
  std::string content;
  if (!read_quoted(content)) return invalid(start);
  return literal(start, ScalarType::kString, {std::move(content)});
}

std::string_view Lexer::take_name() {
  const size_t start = position_;
  while (is_name_part(peek())) ++position_;
  return text_.substr(start, position_ - start);
}

Token Lexer::word(size_t start) {
  Token token{.kind = Token::Kind::kName};
  while (true) {
    std::string part;
    if (peek() == '`') {
      token.is_quoted = true;
      if (!read_quoted(part)) return invalid(start);
      if (part.empty()) {
        report_.add("F106", {start, position_}, "there is no name between the backquotes");
        return invalid(start);
      }
    } else {
      part = take_name();
    }

    // `duration` followed by a quote begins a literal.
    const bool is_first = token.text.empty();
    if (is_first && part == "duration" && !token.is_quoted && (peek() == '\'' || peek() == '"')) return duration(start);
    if (!is_first) token.qualifier = std::move(token.text);
    token.text = std::move(part);
    if (static_cast<unsigned char>(peek()) >= 0x80) return foreign_word(start);
    if (!is_first || peek() != '.' || !(is_name_start(peek(1)) || peek(1) == '`')) break;
    ++position_;
  }

  token.range = {start, position_};
  if (token.qualifier.empty() && !token.is_quoted && is_keyword(token.text)) token.kind = Token::Kind::kKeyword;
  return token;
}

/// A word like größe: all of it is marked, not only its first letter past ASCII.
Token Lexer::foreign_word(size_t start) {
  while (is_name_part(peek()) || static_cast<unsigned char>(peek()) >= 0x80) ++position_;
  const std::string word = shorten(text_.substr(start, position_ - start));
  report_.add("F101", {start, position_}, fmt::format("`{}` has other than ASCII letters", word),
              fmt::format("such a name is written in backquotes: `` `{}` ``", word));
  return invalid(start);
}

Token Lexer::duration(size_t start) {
  std::string content;
  if (!read_quoted(content)) return invalid(start);
  if (const auto value = parse_duration(content)) return literal(start, ScalarType::kDuration, {*value});
  report_.add("F105", {start, position_}, fmt::format("`{}` is not a duration", shorten(content)),
              "a duration is a positive whole number and one of ms, s, m, h, d, w: duration'15m'");
  return invalid(start);
}

Token Lexer::symbol(size_t start) {
  for (std::string_view symbol : kSymbols) {
    if (!text_.substr(start).starts_with(symbol)) continue;
    position_ += symbol.size();
    return {.kind = Token::Kind::kSymbol, .range = {start, position_}, .text = std::string(symbol)};
  }
  return unexpected_character(start);
}

Token Lexer::unexpected_character(size_t start) {
  const std::string_view rest = text_.substr(start);
  for (const Habit& habit : kHabits) {
    if (!rest.starts_with(habit.written)) continue;
    position_ += habit.written.size();
    report_.add("F101", {start, position_}, fmt::format("`{}` has no meaning in a formula", habit.written),
                std::string(habit.help));
    return invalid(start);
  }

  const CodePoint point = decode_utf8(rest);
  if (point.value >= 0xc0 && point.value < 0x2000) return foreign_word(start);

  position_ += std::max<size_t>(point.length, 1);
  if (point.length == 0) {
    report_.add("F101", {start, position_}, "the text is not valid UTF-8 here");
  } else if (point.value < 0x20 || point.value == 0x7f) {
    report_.add("F101", {start, position_},
                fmt::format("the control character U+{:04X} has no meaning in a formula", point.value));
  } else if (point.value == 0x2018 || point.value == 0x2019 || point.value == 0x201c || point.value == 0x201d) {
    report_.add("F101", {start, position_},
                fmt::format("`{}` has no meaning in a formula", rest.substr(0, point.length)),
                "strings stand in straight quotes: 'text'");
  } else {
    report_.add("F101", {start, position_},
                fmt::format("`{}` has no meaning in a formula", rest.substr(0, point.length)),
                point.value < 0x80 ? "" : "a name with such characters is written in backquotes");
  }
  return invalid(start);
}

}  // namespace headrace
