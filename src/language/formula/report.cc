#include "language/formula/report.h"

#include "compute/functions/utf8.h"

namespace headrace {

std::string shorten(std::string_view text) {
  constexpr int64_t kShown = 40;
  std::string out(text.substr(0, byte_of_code_point(text, kShown)));
  if (out.size() < text.size()) out += "...";
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20) c = ' ';
  }
  return out;
}

}  // namespace headrace
