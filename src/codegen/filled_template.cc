#include "codegen/filled_template.h"

#include "base/check.h"

namespace headrace {

std::string filled_template(std::string_view text, const Places& places) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t open = text.find("{{", at);
    out += text.substr(at, open - at);
    if (open == std::string_view::npos) break;

    const size_t close = text.find("}}", open);
    CHECK(close != std::string_view::npos);
    const auto place = places.find(text.substr(open + 2, close - open - 2));
    CHECK(place != places.end());
    out += place->second;
    at = close + 2;
  }
  return out;
}

}  // namespace headrace
