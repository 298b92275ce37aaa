#include "codegen/dbt/jinja_text.h"

#include "codegen/visible_text.h"
#include "data/value.h"

#include <fmt/format.h>

namespace headrace::dbt {

std::string jinja_text(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    const bool begins = text[i] == '{' && (next == '{' || next == '%' || next == '#');
    if (begins) {
      out += "{{ '{' }}";
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string yaml_text(std::string_view text) { return quote_json(jinja_text(visible_line(text))); }

}  // namespace headrace::dbt
