#include "base/printable_text.h"

#include "base/utf8.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>

namespace headrace {
namespace {

bool is_plain(char byte) {
  const auto code = static_cast<unsigned char>(byte);
  return (code >= 0x20 && code < 0x7F) || byte == '\n';
}

/// The code point of a well-formed sequence.
unsigned code_point(std::string_view sequence) {
  const auto lead = static_cast<unsigned char>(sequence.front());
  unsigned code = sequence.size() == 1 ? lead : lead & (0x7Fu >> sequence.size());
  for (const char byte : sequence.substr(1)) code = code << 6 | (static_cast<unsigned char>(byte) & 0x3Fu);
  return code;
}

/// Characters that are not seen, or change how others are seen.
bool is_hidden(unsigned code) {
  const bool is_control = code < 0x20 || (code >= 0x7F && code < 0xA0);
  const bool is_direction = (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
  const bool is_separator = code == 0x2028 || code == 0x2029 || code == 0xFEFF;
  return is_control || is_direction || is_separator;
}

std::string spelled_out(unsigned code) {
  if (code == '\t') return "\\t";
  if (code == '\r') return "\\r";
  return code < 0x80 ? fmt::format("\\x{:02x}", code) : fmt::format("\\u{:04x}", code);
}

constexpr std::string_view kHidden = "***";

bool is_secret_name(std::string_view name) {
  constexpr std::string_view kParts[] = {"sig", "token", "password", "passwd", "secret", "credential", "key"};
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::any_of(std::begin(kParts), std::end(kParts),
                     [&](std::string_view part) { return lower.find(part) != std::string::npos; });
}

/// What follows `scheme://` of a URI, without its secrets.
std::string hide_in_rest(std::string_view rest) {
  const size_t authority_end = std::min(rest.find_first_of("/?#"), rest.size());
  const size_t at = rest.substr(0, authority_end).rfind('@');
  std::string out = at == std::string_view::npos ? "" : std::string(kHidden);
  const size_t query = std::min(rest.find('?'), rest.size());
  out += rest.substr(at == std::string_view::npos ? 0 : at, query - (at == std::string_view::npos ? 0 : at));

  // `?name=value&name=value`
  for (std::string_view left = rest.substr(query); !left.empty();) {
    const std::string_view pair = left.substr(0, left.find('&', 1));
    const size_t equals = pair.find('=');
    const bool is_secret = equals != std::string_view::npos && is_secret_name(pair.substr(0, equals));
    out += is_secret ? std::string(pair.substr(0, equals + 1)) + std::string(kHidden) : std::string(pair);
    left.remove_prefix(pair.size());
  }
  return out;
}

}  // namespace

std::string without_credentials(std::string_view text) {
  constexpr std::string_view kScheme = "://";
  std::string out;
  while (true) {
    const size_t scheme = text.find(kScheme);
    if (scheme == std::string_view::npos) return out + std::string(text);
    const size_t start = scheme + kScheme.size();
    const size_t end = std::min(text.find_first_of(" \t\n`'\"()<>,;", start), text.size());
    out += text.substr(0, start);
    out += hide_in_rest(text.substr(start, end - start));
    text.remove_prefix(end);
  }
}

std::string printable(std::string_view given) {
  std::string text = without_credentials(given);
  if (std::all_of(text.begin(), text.end(), is_plain)) return text;
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const size_t length = utf8_sequence_length(std::string_view(text).substr(i));
    if (length == 0) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[i++]));
      continue;
    }
    const std::string_view sequence = std::string_view(text).substr(i, length);
    const unsigned code = code_point(sequence);
    if (code != '\n' && is_hidden(code)) {
      out += spelled_out(code);
    } else {
      out += sequence;
    }
    i += length;
  }
  return out;
}

}  // namespace headrace
