#pragma once

/// Aligned tables for people.
///
///   Table table({{"feature", Align::kLeft}, {"rows", Align::kRight}});
///   table.add_row({"flow_mean", grouped_digits(1234)});
///   write_out(table.text());

#include "app/terminal.h"
#include "base/aligned_text.h"

#include <cstdint>
#include <string>
#include <vector>

namespace headrace {

enum class Align { kLeft, kRight };

class Table {
 public:
  struct Heading {
    std::string text;
    Align align = Align::kLeft;
  };

  explicit Table(std::vector<Heading> headings) : headings_(std::move(headings)) {}

  /// REQUIRES: as many cells as headings.
  void add_row(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }

  /// A line of headings and a line a row, columns two blanks apart, no blanks at the ends of lines.
  std::string text(bool color = false) const;

 private:
  std::vector<Heading> headings_;
  std::vector<std::vector<std::string>> rows_;
};

/// 1536 -> "1.5 kB" (1 kB = 1000 bytes).
std::string byte_count(int64_t bytes);

/// "1 file", "3 files", "2 entities".
std::string counted(int64_t number, const std::string& singular, const std::string& plural = "");

}  // namespace headrace
