#include "app/table.h"

#include "base/check.h"
#include "base/printable_text.h"

#include <algorithm>

namespace headrace {
namespace {

std::string padded(const std::string& text, int width, Align align) {
  const std::string blanks(static_cast<size_t>(std::max(0, width - display_width(text))), ' ');
  return align == Align::kRight ? blanks + text : text + blanks;
}

void trim_right(std::string& line) {
  while (!line.empty() && line.back() == ' ') line.pop_back();
}

}  // namespace

void Table::add_row(std::vector<std::string> cells) {
  CHECK_EQ(cells.size(), headings_.size());
  for (std::string& cell : cells) cell = printable(cell);
  rows_.push_back(std::move(cells));
}

std::string Table::text(bool color) const {
  std::vector<int> widths;
  for (size_t column = 0; column < headings_.size(); ++column) {
    int width = display_width(headings_[column].text);
    for (const auto& row : rows_) width = std::max(width, display_width(row[column]));
    widths.push_back(width);
  }
  std::string all;
  std::string line;
  for (size_t column = 0; column < headings_.size(); ++column) {
    line += (column > 0 ? "  " : "") + padded(headings_[column].text, widths[column], headings_[column].align);
  }
  trim_right(line);
  all += styled(line, Style::kBold, color) + "\n";
  for (const auto& row : rows_) {
    line.clear();
    for (size_t column = 0; column < row.size(); ++column) {
      line += (column > 0 ? "  " : "") + padded(row[column], widths[column], headings_[column].align);
    }
    trim_right(line);
    all += line + "\n";
  }
  return all;
}

std::string byte_count(int64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  double amount = static_cast<double>(bytes);
  const char* unit = "B";
  for (const char* next : {"kB", "MB", "GB", "TB"}) {
    if (amount < 999.5) break;
    amount /= 1000;
    unit = next;
  }
  return amount < 9.95 ? fmt::format("{:.1f} {}", amount, unit) : fmt::format("{:.0f} {}", amount, unit);
}

std::string counted(int64_t number, const std::string& singular, const std::string& plural) {
  if (number == 1) return "1 " + singular;
  return grouped_digits(number) + " " + (plural.empty() ? singular + "s" : plural);
}

}  // namespace headrace
