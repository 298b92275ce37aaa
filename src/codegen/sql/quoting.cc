#include "codegen/sql/quoting.h"

#include "codegen/sql/reserved_words.h"
#include "codegen/visible_text.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace::sql {
namespace {

bool is_plain(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

/// A character that nobody sees, inside a literal; empty: the dialect has no escape for it.
std::string escaped(SqlDialect dialect, uint32_t point) {
  if (dialect == SqlDialect::kDuckDb) return {};
  if (point < 0x20) return fmt::format("\\x{:02x}", point);
  if (point < 0x10000) return fmt::format("\\u{:04x}", point);
  return dialect == SqlDialect::kBigQuery ? fmt::format("\\U{:08x}", point) : std::string();
}

std::string with_escaped_quotes(SqlDialect dialect, std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\'') out += dialect == SqlDialect::kBigQuery ? '\\' : '\'';
    if (c == '\\' && dialect != SqlDialect::kDuckDb) out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

bool is_sayable(std::string_view name) { return !has_invisible(name); }

std::string identifier(SqlDialect dialect, std::string_view name) {
  if (is_plain(name) && !is_reserved(name)) return std::string(name);
  const bool is_bigquery = dialect == SqlDialect::kBigQuery;
  const char quote = is_bigquery ? '`' : '"';
  std::string out(1, quote);
  for (const char c : name) {
    if (c == quote || (c == '\\' && is_bigquery)) out += is_bigquery ? '\\' : c;
    out += c;
  }
  return out + quote;
}

std::string string_literal(SqlDialect dialect, std::string_view text) {
  bool is_joined = false;
  const std::string content = with_visible(with_escaped_quotes(dialect, text), [&](uint32_t point) {
    const std::string in_place = escaped(dialect, point);
    if (!in_place.empty()) return in_place;
    is_joined = true;
    return fmt::format("' || CHR({}) || '", point);
  });
  return is_joined ? fmt::format("('{}')", content) : fmt::format("'{}'", content);
}

std::string description_literal(SqlDialect dialect, std::string_view text) {
  return string_literal(dialect, with_visible(text, [](uint32_t point) {
                          const bool is_blank = point == '\n' || point == '\r' || point == '\t';
                          return is_blank ? std::string(1, static_cast<char>(point)) : fmt::format("<U+{:04X}>", point);
                        }));
}

std::string comment_lines(std::string_view text) {
  std::string out;
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    out += "-- " + visible_line(text.substr(start, end - start)) + "\n";
    start = end + 1;
  }
  return out;
}

std::string snowflake_field(std::string_view name) {
  const bool has_quote = name.find('"') != std::string_view::npos;
  return has_quote ? fmt::format("$1[{}]", string_literal(SqlDialect::kSnowflake, name))
                   : fmt::format("$1:\"{}\"", name);
}

}  // namespace headrace::sql
