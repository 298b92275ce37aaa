#include "codegen/sql/select_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace headrace::sql {
namespace {

constexpr size_t kLineMax = 110;

/// `keyword a, b` on one line where that fits, else an item a line.
void add_list(std::string& out, const std::string& margin, std::string_view keyword,
              const std::vector<std::string>& items) {
  const std::string line = fmt::format("{}{} {}", margin, keyword, fmt::join(items, ", "));
  if (line.size() <= kLineMax) {
    out += line;
    return;
  }
  out += fmt::format("{}{}\n{}  {}", margin, keyword, margin, fmt::join(items, ",\n" + margin + "  "));
}

void add_join(std::string& out, const std::string& margin, const Join& join) {
  out += fmt::format("\n{}LEFT JOIN {}\n{}  ON {}", margin, join.table, margin,
                     fmt::join(join.conditions, "\n" + margin + "  AND "));
}

}  // namespace

std::string to_text(const NamedSql& column) { return fmt::format("{} AS {}", column.expression, column.name); }

std::string to_text(const Select& select, int indent) {
  const std::string margin(static_cast<size_t>(indent), ' ');
  std::string out;
  add_list(out, margin, select.is_distinct ? "SELECT DISTINCT" : "SELECT", select.columns);
  out += fmt::format("\n{}FROM {}", margin, select.from);
  for (const Join& join : select.joins) add_join(out, margin, join);
  if (!select.where.empty()) out += fmt::format("\n{}WHERE {}", margin, select.where);
  if (!select.group_by.empty()) {
    out += '\n';
    add_list(out, margin, "GROUP BY", select.group_by);
  }
  if (!select.order_by.empty()) out += fmt::format("\n{}ORDER BY {}", margin, select.order_by);
  return out;
}

std::string aliased(std::string_view text, std::string_view name) {
  const size_t dot = text.rfind('.');
  const bool is_same =
      text == name ||
      (dot != std::string_view::npos && text.substr(dot + 1) == name &&
       text.substr(0, dot).find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789") == std::string_view::npos);
  return is_same ? std::string(text) : fmt::format("{} AS {}", text, name);
}

std::string With::to_query(const Select& select) const {
  std::string out;
  for (const Part& part : parts_)
    out += fmt::format("{}{} AS (\n{}\n)", out.empty() ? "WITH " : ",\n", part.name, part.body);
  if (!out.empty()) out += '\n';
  return out + to_text(select, 0);
}

std::string With::to_statement(const Select& select) const { return to_query(select) + ";\n"; }

}  // namespace headrace::sql
