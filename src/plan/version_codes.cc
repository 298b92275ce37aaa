#include "plan/version_codes.h"

namespace headrace {

const std::vector<CodeEntry>& version_codes() {
  static const std::vector<CodeEntry> codes = {
      {"V001", Severity::kError, "another meaning under the same version",
       "A store holds values of the feature under this version, and they were computed with another formula, filter, "
       "window, type or source, or of features that meant something else. Names with versions stand for one meaning, "
       "so "
       "that a training set of last month and a value of today can be told apart. A check against the store finds all "
       "of them at once.",
       "formula: flow / power * 2.0\nversion: \"1.0\"    # as before, when the formula was flow / power",
       "version: \"1.1\"    # `headrace version raise NAME` writes it, for all features that use this one too"},
  };
  return codes;
}

Diagnostic changed_meaning_problem(std::string message, std::string change, Span span, std::string help) {
  const CodeEntry& entry = version_codes().front();
  return {std::string(entry.code),
          entry.severity,
          std::move(message),
          std::move(span),
          std::move(change),
          std::move(help),
          {}};
}

}  // namespace headrace
