#include "language/diagnostics/codes.h"

#include "base/check.h"

#include <algorithm>

namespace headrace {

const std::vector<CodeEntry>& all_codes() {
  static const std::vector<CodeEntry> codes = [] {
    std::vector<CodeEntry> all = definition_codes();
    const std::vector<CodeEntry>& formula = formula_codes();
    all.insert(all.end(), formula.begin(), formula.end());
    std::sort(all.begin(), all.end(), [](const CodeEntry& a, const CodeEntry& b) { return a.code < b.code; });
    return all;
  }();
  return codes;
}

const CodeEntry* find_code(std::string_view code) {
  const std::vector<CodeEntry>& codes = all_codes();
  const auto found =
      std::lower_bound(codes.begin(), codes.end(), code,
                       [](const CodeEntry& entry, std::string_view wanted) { return entry.code < wanted; });
  return found != codes.end() && found->code == code ? &*found : nullptr;
}

Diagnostic make_diagnostic(std::string_view code, std::string message, Span span) {
  const CodeEntry* entry = find_code(code);
  CHECK(entry != nullptr);
  return {std::string(code), entry->severity, std::move(message), std::move(span), {}, {}, {}};
}

}  // namespace headrace
