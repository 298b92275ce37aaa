#include "data/value.h"

#include "base/utf8.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace headrace {
std::string format_double(double value) {
  if (!std::isfinite(value)) return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
  // The shortest digits in scientific form, laid out by Python's rule: exponents from -4 to 15 are written plainly.
  char buffer[40];
  const auto written = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  const char* e = written.ptr - 1;
  while (*e != 'e') --e;
  int exponent = 0;
  std::from_chars(e + (e[1] == '+' ? 2 : 1), written.ptr, exponent);
  const bool is_negative = buffer[0] == '-';
  char digits[20];
  size_t count = 0;
  for (const char* c = buffer + (is_negative ? 1 : 0); c != e; ++c) {
    if (*c != '.') digits[count++] = *c;
  }

  std::string out;
  out.reserve(28);
  if (is_negative) out += '-';
  if (exponent < -4 || exponent >= 16) {
    out += digits[0];
    if (count > 1) out.append(1, '.').append(digits + 1, count - 1);
    return out + fmt::format("e{}{:02}", exponent < 0 ? '-' : '+', std::abs(exponent));
  }
  if (exponent < 0) return out.append("0.").append(static_cast<size_t>(-exponent - 1), '0').append(digits, count);
  const size_t whole = static_cast<size_t>(exponent) + 1;
  if (count <= whole) return out.append(digits, count).append(whole - count, '0').append(".0");
  return out.append(digits, whole).append(1, '.').append(digits + whole, count - whole);
}

std::string quote_json(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const size_t length = utf8_sequence_length(text);
    const char c = text.front();
    if (length == 0) {
      out += "\xef\xbf\xbd";
      text.remove_prefix(1);
      continue;
    }

    // Control characters have no form of their own in JSON.
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '\r') {
      out += "\\r";
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out.append(text.substr(0, length));
    }
    text.remove_prefix(length);
  }
  return out + "\"";
}

std::string to_json(const Value& value) {
  struct Writer {
    std::string operator()(std::monostate) const { return "null"; }
    std::string operator()(bool v) const { return v ? "true" : "false"; }
    std::string operator()(int64_t v) const { return std::to_string(v); }
    std::string operator()(double v) const { return std::isfinite(v) ? format_double(v) : "null"; }
    std::string operator()(const std::string& v) const { return quote_json(v); }
    std::string operator()(EventTime v) const { return "\"" + to_string(v) + "\""; }
    std::string operator()(Duration v) const { return "\"" + to_string(v) + "\""; }
    std::string operator()(const Value::List& v) const {
      std::string out = "[";
      for (size_t i = 0; i < v.size(); ++i) out += (i ? ", " : "") + to_json(v[i]);
      return out + "]";
    }
  };
  return std::visit(Writer{}, value.data);
}

}  // namespace headrace
