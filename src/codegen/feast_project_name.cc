#include "codegen/feast_project_name.h"

namespace headrace {

std::string feast_project_name(std::string_view project) {
  std::string out;
  bool is_in_run = false;  // of characters that Feast does not accept
  for (const char c : project) {
    const bool is_kept = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (is_kept || !is_in_run) out += is_kept ? c : '_';
    is_in_run = !is_kept;
  }
  out.erase(0, out.find_first_not_of('_'));
  return out.empty() ? "features" : out;
}

}  // namespace headrace
