#include "io/files/bad_row_messages.h"

#include "base/check.h"
#include "base/option_name.h"
#include "base/printable_text.h"
#include "data/value.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace headrace {
namespace {

constexpr size_t kValueShownMax = 40;
constexpr size_t kKindsShownMax = 5;

using Row = std::vector<std::string>;

std::string shorten(const std::string& text) {
  if (text.size() <= kValueShownMax) return quote_json(text);
  size_t end = kValueShownMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return quote_json(text.substr(0, end) + "...");
}

std::string counted_of(int64_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

/// "2 rows and 1 cell".
std::string rows_and_cells(int64_t rows, int64_t cells) {
  if (rows == 0) return counted_of(cells, "cell");
  if (cells == 0) return counted_of(rows, "row");
  return counted_of(rows, "row") + " and " + counted_of(cells, "cell");
}

/// Lines of aligned cells; columns without a text below their head are left out. `numbers` are aligned to the right.
std::string aligned_rows(const std::vector<Row>& table, const std::vector<size_t>& numbers) {
  std::vector<size_t> widths(table[0].size());
  for (size_t i = 0; i < widths.size(); ++i) {
    const bool is_used = std::any_of(table.begin() + 1, table.end(), [&](const Row& row) { return !row[i].empty(); });
    for (const Row& row : table) widths[i] = is_used ? std::max(widths[i], row[i].size()) : 0;
  }
  std::string text;
  for (const Row& row : table) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      if (widths[i] == 0) continue;
      const bool is_number = std::find(numbers.begin(), numbers.end(), i) != numbers.end();
      line += is_number ? fmt::format("  {:>{}}", row[i], widths[i]) : fmt::format("  {:<{}}", row[i], widths[i]);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    text += "\n" + line;
  }
  return text;
}

std::string first_rows(const std::vector<ShownBadRow>& shown) {
  std::vector<Row> table = {{"file", "row", "line", "column", "problem", "value"}};
  for (const auto& [source, row] : shown) {
    table.push_back({printable(row.file), fmt::format("{}", row.row), row.line > 0 ? fmt::format("{}", row.line) : "",
                     printable(row.column), printable(row.problem),
                     row.value.empty() ? "" : shorten(printable(row.value))});
  }
  return aligned_rows(table, {1, 2});
}

std::string totals(const std::vector<BadRowCount>& counts) {
  std::vector<Row> table = {{"source", "column", "problem", "rows", "cells"}};
  for (const BadRowCount& each : counts) {
    table.push_back({each.source, printable(each.column), printable(each.problem),
                     each.rows > 0 ? fmt::format("{}", each.rows) : "",
                     each.cells > 0 ? fmt::format("{}", each.cells) : ""});
  }
  return aligned_rows(table, {3, 4});
}

/// "2: `pump_id` is missing; 1: is not valid JSON".
std::string kinds_text(std::vector<std::pair<int64_t, std::string>> kinds) {
  std::stable_sort(kinds.begin(), kinds.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::string> parts;
  for (const auto& [count, kind] : kinds) {
    if (parts.size() == kKindsShownMax) break;
    parts.push_back(fmt::format("{}: {}", count, kind));
  }
  if (kinds.size() > parts.size()) parts.push_back(fmt::format("{} other problems", kinds.size() - parts.size()));
  return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace

Error bad_rows_error(const std::vector<ShownBadRow>& shown, const BadRowTally& tally) {
  CHECK(!shown.empty());
  std::vector<std::string> sources;
  for (const ShownBadRow& each : shown) {
    if (sources.empty() || sources.back() != each.source) sources.push_back(each.source);
  }
  std::string text = fmt::format("{} of source{} `{}` cannot be read", rows_and_cells(tally.rows(), tally.cells()),
                                 sources.size() == 1 ? "" : "s", fmt::join(sources, "`, `"));
  const size_t found = static_cast<size_t>(tally.rows() + tally.cells());
  if (found > shown.size()) {
    text += sources.size() == 1 ? fmt::format("; the first {}:", shown.size()) : "; the first of each source:";
  } else {
    text += ":";
  }
  text += first_rows(shown);
  if (found > 1) text += "\nin all:" + totals(tally.counts());
  return Error::data(text).with_help(
      fmt::format("correct them, or go on with `{}`: rows without key, time or sound syntax are left out, other cells "
                  "are null, and both are set aside",
                  option(OptionName::kBadRows)));
}

std::vector<std::string> skipped_warnings(const std::vector<BadRowCount>& counts) {
  std::vector<std::string> warnings;
  for (auto first = counts.begin(); first != counts.end();) {
    const auto last = std::find_if(first, counts.end(), [&](const auto& each) { return each.source != first->source; });
    std::vector<std::pair<int64_t, std::string>> rows;
    std::vector<std::pair<int64_t, std::string>> cells;
    int64_t row_count = 0;
    int64_t cell_count = 0;
    for (auto each = first; each != last; ++each) {
      const std::string kind =
          each->column.empty() ? each->problem : fmt::format("`{}` {}", each->column, each->problem);
      if (each->rows > 0) rows.emplace_back(each->rows, kind);
      if (each->cells > 0) cells.emplace_back(each->cells, kind);
      row_count += each->rows;
      cell_count += each->cells;
    }

    if (row_count > 0) {
      warnings.push_back(fmt::format("source `{}`: {} left out ({})", first->source,
                                     row_count == 1 ? "1 row was" : fmt::format("{} rows were", row_count),
                                     kinds_text(std::move(rows))));
    }
    if (cell_count > 0) {
      warnings.push_back(fmt::format("source `{}`: {} read as null ({})", first->source,
                                     cell_count == 1 ? "1 cell was" : fmt::format("{} cells were", cell_count),
                                     kinds_text(std::move(cells))));
    }

    first = last;
  }
  return warnings;
}

}  // namespace headrace
