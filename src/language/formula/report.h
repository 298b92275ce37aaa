#pragma once

/// Puts problems of one formula into the diagnostics, placed by bytes of its text. For language/formula and
/// language/typing.

#include "language/diagnostics/codes.h"
#include "language/formula/syntax.h"

#include <string>
#include <string_view>

namespace headrace {

/// The text, cut short for a message.
std::string shorten(std::string_view text);

class Report {
 public:
  /// Both live longer than the report.
  Report(const FormulaText& text, Diagnostics& diagnostics) : text_(text), diagnostics_(diagnostics) {}

  void add(std::string_view code, TextRange range, std::string message, std::string help = {}) {
    add(make_diagnostic(code, std::move(message), text_.span(range.start, range.end)), std::move(help));
  }
  void add(Diagnostic diagnostic, std::string help) {
    diagnostic.help = std::move(help);
    diagnostics_.add(std::move(diagnostic));
  }
  Span span(TextRange range) const { return text_.span(range.start, range.end); }

 private:
  const FormulaText& text_;
  Diagnostics& diagnostics_;
};

}  // namespace headrace
