#include "codegen/filled_template.h"

#include "base/check.h"

#include <fmt/format.h>

namespace headrace {

void fill_template(std::string& text, std::string_view name, std::string_view value) {
  const std::string place = fmt::format("{{{{{}}}}}", name);
  const size_t at = text.find(place);
  CHECK(at != std::string::npos);
  text.replace(at, place.size(), value);
}

}  // namespace headrace
