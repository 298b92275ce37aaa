#include "serving/http/http_message.h"

#include "data/time.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace headrace {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

void append_number(std::string& out, size_t number) {
  char text[20];
  out.append(text, std::to_chars(text, text + sizeof text, number).ptr);
}

/// A value of ours may hold a text of the user's, which ends no line of the header.
void append_field(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  out += ": ";
  const size_t begin = out.size();
  out += value;
  std::replace_if(
      out.begin() + static_cast<int64_t>(begin), out.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  out += "\r\n";
}

}  // namespace

bool is_same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::string_view> HttpRequest::field(std::string_view name) const {
  for (const HttpField& each : fields) {
    if (is_same_word(each.name, name)) return each.value;
  }
  return std::nullopt;
}

size_t HttpRequest::count(std::string_view name) const {
  return static_cast<size_t>(std::count_if(fields.begin(), fields.end(),
                                           [&](const HttpField& each) { return is_same_word(each.name, name); }));
}

std::string_view reason_of(int status) {
  switch (status) {
    case 200: return "OK";
    case 202: return "Accepted";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 422: return "Unprocessable Content";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    case 507: return "Insufficient Storage";
    default: return "Unknown";
  }
}

void write_response_head(std::string& out, const HttpResponse& response, const HttpHeadOptions& options) {
  out = "HTTP/1.1 ";
  append_number(out, static_cast<size_t>(response.status));
  out.append(" ").append(reason_of(response.status)).append("\r\n");
  append_field(out, "Content-Type", response.content_type);
  if (options.has_length) {
    out += "Content-Length: ";
    append_number(out, response.body.size());
    out += "\r\n";
  }
  if (options.is_chunked) append_field(out, "Transfer-Encoding", "chunked");
  if (!options.date.empty()) append_field(out, "Date", options.date);
  if (!options.keeps_alive) append_field(out, "Connection", "close");
  for (const auto& [name, value] : response.fields) append_field(out, name, value);
  out += "\r\n";
}

std::string http_date(int64_t seconds) {
  static constexpr std::string_view kDays[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
  static constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const int64_t days = floor_divide(seconds, 86'400);
  const int64_t second = seconds - days * 86'400;
  const CivilDate date = civil_from_days(days);
  const auto weekday = static_cast<size_t>(days - floor_divide(days, 7) * 7);  // 1970-01-01 was a Thursday
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[weekday], date.day,
                     kMonths[static_cast<size_t>(date.month - 1)], date.year, second / 3600, second / 60 % 60,
                     second % 60);
}

}  // namespace headrace
