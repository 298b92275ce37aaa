#include "data/value.h"

#include "base/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace headrace {
namespace {

char* put(char* out, std::string_view text) { return std::copy(text.begin(), text.end(), out); }

}  // namespace

char* write_double(char* out, double value) {
  if (!std::isfinite(value)) return put(out, std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf");
  // The shortest digits in scientific form, laid out by Python's rule: exponents from -4 to 15 are written plainly.
  char buffer[40];
  const auto written = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific);
  const char* e = written.ptr - 1;
  while (*e != 'e') --e;
  int exponent = 0;
  std::from_chars(e + (e[1] == '+' ? 2 : 1), written.ptr, exponent);
  const char* first = buffer;
  if (*first == '-') *out++ = *first++;
  char digits[20];
  digits[0] = *first;
  // A point stands behind the first digit where there are more.
  const size_t count = e - first > 1 ? static_cast<size_t>(e - first) - 1 : 1;
  if (count > 1) std::copy(first + 2, e, digits + 1);
  const std::string_view shown(digits, count);

  if (exponent < -4 || exponent >= 16) {
    *out++ = digits[0];
    if (count > 1) out = put(put(out, "."), shown.substr(1));
    *out++ = 'e';
    *out++ = exponent < 0 ? '-' : '+';
    const int size = std::abs(exponent);
    if (size < 10) *out++ = '0';
    return std::to_chars(out, out + 3, size).ptr;
  }
  if (exponent < 0) return put(std::fill_n(put(out, "0."), -exponent - 1, '0'), shown);
  const size_t whole = static_cast<size_t>(exponent) + 1;
  if (count <= whole) return put(std::fill_n(put(out, shown), whole - count, '0'), ".0");
  return put(put(put(out, shown.substr(0, whole)), "."), shown.substr(whole));
}

std::string format_double(double value) {
  char text[kDoubleTextMax];
  return {text, write_double(text, value)};
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
