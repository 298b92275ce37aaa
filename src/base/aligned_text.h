#pragma once

/// Tables of text in plain lines, for reports: columns as wide as their widest cell, two blanks apart.
///
/// Widths count code points, so that text beyond ASCII stays aligned. Pure, any thread.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

enum class CellAlign { kLeft, kRight };

/// Columns that a UTF-8 text takes: its code points.
size_t code_point_count(std::string_view text);

/// One line a row, each led by `indent`, without blanks at the ends of lines. Rows may have fewer cells than there are
/// columns; columns past `aligns` are left-aligned.
std::string aligned_rows(const std::vector<std::vector<std::string>>& rows, const std::vector<CellAlign>& aligns,
                         std::string_view indent);

/// 1234567 -> "1,234,567".
std::string grouped_digits(int64_t number);

}  // namespace headrace
