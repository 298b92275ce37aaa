#include "codegen/python_text.h"

#include "codegen/visible_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace headrace {
namespace {

const std::set<std::string>& keywords() {
  static const std::set<std::string> words = {
      "False",  "None",     "True",   "and", "as",   "assert", "async",  "await",    "break", "case",
      "class",  "continue", "def",    "del", "elif", "else",   "except", "finally",  "for",   "from",
      "global", "if",       "import", "in",  "is",   "lambda", "match",  "nonlocal", "not",   "or",
      "pass",   "raise",    "return", "try", "type", "while",  "with",   "yield"};
  return words;
}

std::string escaped(uint32_t point) {
  switch (point) {
    case '\n': return "\\n";
    case '\t': return "\\t";
    case '\r': return "\\r";
    default: break;
  }
  if (point < 0x100) return fmt::format("\\x{:02x}", point);
  return point < 0x10000 ? fmt::format("\\u{:04x}", point) : fmt::format("\\U{:08x}", point);
}

std::string quoted(char quote, std::string_view text) {
  std::string plain(1, quote);
  for (const char c : text) {
    if (c == quote || c == '\\') plain += '\\';
    plain += c;
  }
  return with_visible(plain, escaped) + quote;
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

}  // namespace

std::string python_string(std::string_view text) { return quoted('"', text); }

std::string formatted_python_string(std::string_view text) {
  const auto doubles = std::count(text.begin(), text.end(), '"');
  return quoted(doubles <= std::count(text.begin(), text.end(), '\'') ? '"' : '\'', text);
}

std::string python_int(int64_t value) {
  std::string digits = std::to_string(value);
  const std::string sign = value < 0 ? "-" : "";
  digits = digits.substr(sign.size());
  if (digits.size() < 5) return sign + digits;
  for (size_t at = digits.size(); at > 3;) digits.insert(at -= 3, "_");
  return sign + digits;
}

std::string python_literal(const Value& value) {
  struct Writer {
    std::string operator()(std::monostate) const { return "None"; }
    std::string operator()(bool v) const { return v ? "True" : "False"; }
    std::string operator()(int64_t v) const { return python_int(v); }
    std::string operator()(double v) const { return format_double(v); }
    std::string operator()(const std::string& v) const { return python_string(v); }
    std::string operator()(EventTime v) const { return python_int(v.us); }
    std::string operator()(Duration v) const { return python_int(v.us); }
    std::string operator()(const Value::List& v) const {
      std::string out;
      for (const Value& item : v) out += (out.empty() ? "" : ", ") + python_literal(item);
      return "[" + out + "]";
    }
  };
  return std::visit(Writer(), value.data);
}

std::string python_tuple(const std::vector<std::string>& items) {
  std::string out;
  for (const std::string& item : items) out += (out.empty() ? "" : ", ") + item;
  return "(" + out + (items.size() == 1 ? ",)" : ")");
}

std::string docstring_text(std::string_view text) {
  std::string out = visible_line(text);
  for (char& c : out) c = c == '"' ? '\'' : c == '\\' ? '/' : c;
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

std::string_view python_type(ScalarType type) {
  switch (type) {
    case ScalarType::kNull: return "None";
    case ScalarType::kBool: return "bool | None";
    case ScalarType::kInt64:
    case ScalarType::kTimestamp:
    case ScalarType::kDuration: return "int | None";
    case ScalarType::kDouble: return "float | None";
    case ScalarType::kString: return "str | None";
  }
  return "Any";
}

std::string camel_case(std::string_view name) {
  std::string out;
  bool starts_word = true;
  for (char c : name) {
    if (c == '_') {
      starts_word = true;
      continue;
    }
    out += starts_word ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
    starts_word = false;
  }
  return out;
}

std::string upper_case(std::string_view name) {
  std::string out(name);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return out;
}

std::string PythonNames::take(std::string_view wanted, std::string_view suffix) {
  std::string name;
  for (char c : wanted) name += is_word(c) ? c : '_';
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0])) != 0 || name[0] == '_') name = "x" + name;
  if (keywords().contains(name) || taken_.contains(name)) name += suffix;
  const std::string stem = name;
  for (int i = 2; taken_.contains(name); ++i) name = fmt::format("{}_{}", stem, i);
  taken_.insert(name);
  return name;
}

}  // namespace headrace
