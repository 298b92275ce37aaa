#include "io/json/json_lines.h"

#include "io/text/text_values.h"

#include <fmt/format.h>

namespace headrace {

Result<JsonLines> JsonLines::open(const InputFile& file) {
  ASSIGN_OR_RETURN(TextWindow window, TextWindow::open(file));
  return JsonLines(std::move(window));
}

Error json_array_error(const std::string& shown) {
  return Error::data(fmt::format("`{}` is a JSON array, and NDJSON has one object a line", shown))
      .with_help("`jq -c '.[]' FILE.json > FILE.ndjson` writes its items so");
}

Result<bool> JsonLines::next() {
  window_.take(pending_);
  pending_ = 0;
  size_t searched = 0;
  for (;;) {
    const std::string_view text = window_.text();
    const size_t end = text.find('\n', searched);
    if (end == std::string_view::npos && !window_.is_at_end()) {
      searched = text.size();
      RETURN_IF_ERROR(window_.read_more());
      continue;
    }

    // A line is there, or the last one, which has no end.
    if (text.empty()) return false;
    ++line_;
    const size_t length = end == std::string_view::npos ? text.size() : end;
    const size_t bytes = end == std::string_view::npos ? length : length + 1;
    line_text_ = trim_blanks(text.substr(0, length));
    if (line_text_.empty()) {
      window_.take(bytes);
      searched = 0;
      continue;
    }

    pending_ = bytes;
    ++row_;
    return true;
  }
}

}  // namespace headrace
