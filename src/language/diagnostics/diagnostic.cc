#include "language/diagnostics/diagnostic.h"

#include <algorithm>
#include <tuple>

namespace headrace {

void Diagnostics::add(Diagnostic diagnostic) {
  if (diagnostic.severity == Severity::kError) ++error_reports_;
  if (is_full()) return;
  const bool is_known = std::any_of(all_.begin(), all_.end(), [&](const Diagnostic& d) {
    return d.span.line == diagnostic.span.line && d.span.column == diagnostic.span.column &&
           d.code == diagnostic.code && d.span.file == diagnostic.span.file && d.message == diagnostic.message;
  });
  if (is_known) return;
  (diagnostic.severity == Severity::kError ? errors_ : warnings_) += 1;
  if (all_.size() < kMessagesMax) {
    all_.push_back(std::move(diagnostic));
    return;
  }
  // An error must not be lost because of warnings before it.
  if (diagnostic.severity != Severity::kError) return;
  const auto warning =
      std::find_if(all_.begin(), all_.end(), [](const Diagnostic& d) { return d.severity == Severity::kWarning; });
  if (warning != all_.end()) *warning = std::move(diagnostic);
}

std::vector<Diagnostic> Diagnostics::sorted() const {
  std::vector<const Diagnostic*> order;
  for (const Diagnostic& diagnostic : all_) order.push_back(&diagnostic);
  // Of equals, the one that was reported first comes first.
  std::sort(order.begin(), order.end(), [](const Diagnostic* a, const Diagnostic* b) {
    return std::tie(a->span.file, a->span.line, a->span.column, a->code, a) <
           std::tie(b->span.file, b->span.line, b->span.column, b->code, b);
  });
  std::vector<Diagnostic> out;
  for (const Diagnostic* diagnostic : order) out.push_back(*diagnostic);
  return out;
}

}  // namespace headrace
