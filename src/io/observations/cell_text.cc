#include "io/observations/cell_text.h"

#include "data/value.h"
#include "io/text/append_text.h"
#include "io/text/text_values.h"

#include <cmath>

namespace headrace {
namespace {

bool is_cell_digit(char letter) { return letter >= '0' && letter <= '9'; }

/// RFC 8259: -?(0|[1-9][0-9]*)(.[0-9]+)?([eE][+-]?[0-9]+)?
bool is_json_number(std::string_view text) {
  size_t at = text.starts_with('-') ? 1 : 0;
  const auto take_digits = [&] {
    const size_t start = at;
    while (at < text.size() && is_cell_digit(text[at])) ++at;
    return at - start;
  };
  const bool has_zero = at < text.size() && text[at] == '0';
  const size_t whole = take_digits();
  if (whole == 0 || (has_zero && whole > 1)) return false;
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (take_digits() == 0) return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (take_digits() == 0) return false;
  }
  return at == text.size();
}

}  // namespace

void append_csv_cell_text(std::string& out, std::string_view text, ScalarType column_type, CellStyle style) {
  if (style == CellStyle::kCsv) return append_csv_text(out, text);
  switch (column_type) {
    case ScalarType::kInt64:
    case ScalarType::kDouble:
      if (is_json_number(text)) {
        out += text;
      } else if (const auto whole = parse_int64(text)) {
        out += std::to_string(*whole);  // `+7`
      } else {
        append_double(out, parse_double(text).value_or(std::nan("")));  // `.5`, `nan`
      }
      return;
    case ScalarType::kBool: out += *parse_bool(text) ? "true" : "false"; return;
    case ScalarType::kString:
    case ScalarType::kTimestamp:
    case ScalarType::kDuration:
    case ScalarType::kNull: break;
  }
  out += quote_json(text);
}

void append_json_cell_text(std::string& out, std::string_view text, CellForm form, CellStyle style) {
  if (style == CellStyle::kCsv) {
    if (form == CellForm::kNumber || form == CellForm::kBool) {
      out += text;
    } else {
      append_csv_text(out, text);
    }
    return;
  }
  switch (form) {
    case CellForm::kText: out += quote_json(text); return;
    case CellForm::kNumber: out += is_json_number(text) ? text : "null"; return;
    case CellForm::kBool:
    case CellForm::kNested: out += text; return;
  }
}

}  // namespace headrace
