#include "serving/api/request_target.h"

#include "base/utf8.h"

#include <algorithm>

namespace headrace {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool has_controls(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::optional<std::string> decoded(std::string_view text, char for_plus, std::string& problem) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i] == '+' ? for_plus : text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) {
      problem = "it has a % without two hexadecimal digits";
      return std::nullopt;
    }
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }

  if (is_valid_utf8(out) && !has_controls(out)) return out;
  problem = "it has bytes that are no text in UTF-8";
  return std::nullopt;
}

/// What stands before the mark, which goes with it.
std::string_view take_until(std::string_view& text, char mark) {
  const size_t end = text.find(mark);
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return part;
}

bool read_segments(std::string_view path, RequestTarget& out, std::string& problem) {
  while (!path.empty()) {
    const bool is_before_slash = path.find('/') != std::string_view::npos;
    std::optional<std::string> segment = decoded(take_until(path, '/'), '+', problem);
    if (!segment) return false;
    const bool is_plain = !segment->empty() && *segment != "." && *segment != "..";
    if (!is_plain || (is_before_slash && path.empty())) {
      problem = "its path has an empty part, or one of dots";
      return false;
    }
    out.segments.push_back(*std::move(segment));
  }
  return true;
}

bool read_query(std::string_view query, RequestTarget& out, std::string& problem) {
  while (!query.empty()) {
    std::string_view pair = take_until(query, '&');
    if (pair.empty()) continue;
    std::optional<std::string> name = decoded(take_until(pair, '='), ' ', problem);
    if (!name) return false;
    std::optional<std::string> value = decoded(pair, ' ', problem);
    if (!value) return false;
    out.query.emplace_back(*std::move(name), *std::move(value));
  }
  return true;
}

}  // namespace

std::optional<std::string> RequestTarget::parameter(std::string_view name) const {
  for (const auto& [each, value] : query) {
    if (each == name) return value;
  }
  return std::nullopt;
}

std::optional<RequestTarget> parse_target(std::string_view target, std::string& problem) {
  if (!target.starts_with('/')) {
    problem = "it does not begin with /";
    return std::nullopt;
  }
  const auto parts = std::count_if(target.begin(), target.end(), [](char c) { return c == '/' || c == '&'; });
  if (static_cast<size_t>(parts) > kTargetPartsMax) {
    problem = "it has too many parts";
    return std::nullopt;
  }
  RequestTarget out;
  std::string_view rest = target.substr(1);
  const std::string_view path = take_until(rest, '?');
  if (!read_segments(path, out, problem) || !read_query(rest, out, problem)) return std::nullopt;
  return out;
}

}  // namespace headrace
