#include "io/text/append_text.h"

#include "data/time.h"

#include <charconv>
#include <cmath>

namespace headrace {
namespace {

/// Writes `digits` decimal digits of a value that has no more.
char* put_digits(char* out, int64_t value, int digits) {
  for (int i = digits - 1; i >= 0; --i, value /= 10) out[i] = static_cast<char>('0' + value % 10);
  return out + digits;
}

}  // namespace

void append_double(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  // The shortest digits in scientific form, laid out as Python's repr: exponents from -4 to 15 are written plainly.
  char text[32];
  char* const text_end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  char* mark = text_end - 1;
  while (*mark != 'e') --mark;
  int exponent = 0;
  std::from_chars(mark[1] == '+' ? mark + 2 : mark + 1, text_end, exponent);
  const char* first = text;
  if (*first == '-') out += *first++;
  if (exponent < -4 || exponent >= 16) {
    // The mantissa has a point only where it has a fraction, and the exponent two digits at least: as in Python.
    out.append(first, static_cast<size_t>(text_end - first));
    return;
  }
  char digits[24];
  int count = 0;
  for (const char* c = first; c < mark; ++c) {
    if (*c != '.') digits[count++] = *c;
  }
  if (exponent < 0) {
    out += "0.";
    out.append(static_cast<size_t>(-exponent - 1), '0').append(digits, static_cast<size_t>(count));
    return;
  }
  const int whole = exponent + 1;
  if (count <= whole) {
    out.append(digits, static_cast<size_t>(count)).append(static_cast<size_t>(whole - count), '0').append(".0");
    return;
  }
  out.append(digits, static_cast<size_t>(whole)).append(1, '.');
  out.append(digits + whole, static_cast<size_t>(count - whole));
}

void append_timestamp(std::string& out, int64_t us) {
  const int64_t day = floor_divide(us, kMicrosPerDay);
  const int64_t of_day = us - day * kMicrosPerDay;
  const int64_t second = of_day / kMicrosPerSecond;
  const int64_t fraction = of_day % kMicrosPerSecond;
  const CivilDate date = civil_from_days(day);
  if (date.year < 1 || date.year > 9999) {
    out += to_string(EventTime{us});
    return;
  }

  char text[32];
  char* end = put_digits(text, date.year, 4);
  *end++ = '-';
  end = put_digits(end, date.month, 2);
  *end++ = '-';
  end = put_digits(end, date.day, 2);
  *end++ = 'T';
  end = put_digits(end, second / 3600, 2);
  *end++ = ':';
  end = put_digits(end, second / 60 % 60, 2);
  *end++ = ':';
  end = put_digits(end, second % 60, 2);

  if (fraction != 0) {
    *end++ = '.';
    end = put_digits(end, fraction, 6);
  }
  *end++ = 'Z';
  out.append(text, end);
}

void append_csv_text(std::string& out, std::string_view text) {
  const bool is_plain = !text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos &&
                        text.front() != ' ' && text.back() != ' ';
  if (is_plain) {
    out += text;
    return;
  }
  out += '"';
  for (char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void append_utf8(std::string& text, uint32_t code_point) {
  const auto push = [&](uint32_t byte) { text += static_cast<char>(byte); };
  if (code_point < 0x80) return push(code_point);
  if (code_point < 0x800) {
    push(0xC0 | code_point >> 6);
  } else {
    if (code_point < 0x10000) {
      push(0xE0 | code_point >> 12);
    } else {
      push(0xF0 | code_point >> 18);
      push(0x80 | (code_point >> 12 & 0x3F));
    }
    push(0x80 | (code_point >> 6 & 0x3F));
  }
  push(0x80 | (code_point & 0x3F));
}

}  // namespace headrace
