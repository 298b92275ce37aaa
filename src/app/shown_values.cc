#include "app/shown_values.h"

#include "app/table.h"

#include <algorithm>
#include <cmath>

namespace headrace {
namespace {

/// Wider rows are not taken in at a glance: a single one is turned.
constexpr size_t kColumnsOfARowMax = 6;
/// The newest points of a course.
constexpr size_t kCoursePointsMax = 60;
constexpr int kBarHeights = 8;

bool is_number(const Type& type) {
  return !type.is_list && (type.scalar == ScalarType::kDouble || type.scalar == ScalarType::kInt64);
}

/// Text stands without quotes, which only machines need.
std::string cell_text(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value.data)) return *text;
  if (const auto* time = std::get_if<EventTime>(&value.data)) return to_string(*time);
  return to_json(value);
}

std::string turned_text(const ShownTable& table, bool color) {
  Table out({{"feature"}, {"value"}});
  const std::vector<std::string> names = table.column_names();
  for (size_t i = 0; i < names.size(); ++i) out.add_row({names[i], cell_text(table.rows.front()[i])});
  return out.text(color);
}

std::optional<double> number_of(const Value& value) {
  if (const auto* number = std::get_if<double>(&value.data)) return *number;
  if (const auto* number = std::get_if<int64_t>(&value.data)) return static_cast<double>(*number);
  return std::nullopt;
}

bool has_one_key(const ShownTable& table) {
  const auto& first = table.rows.front();
  return std::all_of(table.rows.begin(), table.rows.end(), [&](const std::vector<Value>& row) {
    return std::equal(row.begin(), row.begin() + static_cast<ptrdiff_t>(table.keys.size()), first.begin());
  });
}

}  // namespace

std::string rows_text(const ShownTable& table, bool color) {
  const std::vector<std::string> names = table.column_names();
  if (table.rows.size() == 1 && names.size() > kColumnsOfARowMax) return turned_text(table, color);
  std::vector<Table::Heading> headings;
  for (size_t i = 0; i < names.size(); ++i) {
    headings.push_back({names[i], is_number(table.types[i]) ? Align::kRight : Align::kLeft});
  }
  Table out(std::move(headings));
  for (const std::vector<Value>& row : table.rows) {
    std::vector<std::string> cells;
    for (const Value& value : row) cells.push_back(cell_text(value));
    out.add_row(std::move(cells));
  }
  return out.text(color);
}

std::string courses_text(const ShownTable& table) {
  if (table.rows.size() < 2 || !has_one_key(table)) return "";
  const size_t rows = std::min(table.rows.size(), kCoursePointsMax);
  int width = 0;
  for (const std::string& name : table.features) width = std::max(width, display_width(name));
  std::string out;
  for (size_t feature = 0; feature < table.features.size(); ++feature) {
    const size_t column = table.keys.size() + 1 + feature;
    if (!is_number(table.types[column])) continue;
    std::vector<std::optional<double>> numbers;
    for (size_t row = table.rows.size() - rows; row < table.rows.size(); ++row) {
      numbers.push_back(number_of(table.rows[row][column]));
    }
    std::string label = table.features[feature];
    label.resize(label.size() + static_cast<size_t>(width - display_width(label)), ' ');
    out += label + "  " + sparkline(numbers) + "\n";
  }
  return out;
}

std::string sparkline(const std::vector<std::optional<double>>& numbers) {
  static constexpr const char* kBars[kBarHeights] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  double least = INFINITY;
  double greatest = -INFINITY;
  for (const std::optional<double>& each : numbers) {
    if (each) least = std::min(least, *each), greatest = std::max(greatest, *each);
  }
  // Halves, because the distance of two finite numbers may be infinite.
  const double span = greatest / 2 - least / 2;
  std::string out;
  for (const std::optional<double>& each : numbers) {
    if (!each) {
      out += ' ';
      continue;
    }
    const double share = span > 0 ? (*each / 2 - least / 2) / span : 0.5;
    out += kBars[std::min(kBarHeights - 1, static_cast<int>(share * kBarHeights))];
  }
  return out;
}

}  // namespace headrace
