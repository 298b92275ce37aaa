#include "casefiles/case_codes.h"

#include "base/check.h"

#include <algorithm>

namespace headrace {

const std::vector<CodeEntry>& case_codes() {
  static const std::vector<CodeEntry> codes = {
      {"T001", Severity::kError, "wrong form of a test",
       "A test is one mapping with about, repository, events, ask, expect, engines and tolerance. Something else "
       "stands "
       "where one of them is expected, or a needed key is missing.",
       "ask: {pump_id: p1}", "ask: [{entity: {pump_id: p1}, at: \"2024-03-01T00:00:00Z\"}]"},
      {"T002", Severity::kError, "unknown key in a test",
       "Only the keys of the form have a meaning; a misspelt one would silently not test what it should.",
       "expects: []", "expect: []"},

      // What does not fit the definitions.
      {"T003", Severity::kError, "unknown name in a test",
       "The test names a source, feature or key column that its repository does not have, or an engine that there is "
       "not.",
       "ask: [{entity: {pump: p1}, at: \"2024-03-01T00:00:00Z\"}]", "Name the key column: {pump_id: p1}."},
      {"T004", Severity::kError, "value of another type in a test",
       "An event's value, a key or an expected value does not have the type that the definitions give it. Integers may "
       "stand for doubles; nothing else converts by itself.",
       "{pump_id: p1, output_flow_rate: fast}", "{pump_id: p1, output_flow_rate: 12.5}"},

      {"T005", Severity::kError, "ask and expect do not fit",
       "There is one row of expect for each ask, in the same order, for the same entity and time, with a value for "
       "each "
       "asked feature.",
       "ask with two rows, expect with one", "Write the missing row."},
      {"T006", Severity::kWarning, "column that the source does not have",
       "An event has a value for a column that its source does not declare; nothing reads it.",
       "{pump_id: p1, flow_rate: 3}", "{pump_id: p1, output_flow_rate: 3}"},
  };
  return codes;
}

Diagnostic case_problem(std::string_view code, std::string message, Span span, std::string help) {
  const std::vector<CodeEntry>& codes = case_codes();
  const auto entry = std::find_if(codes.begin(), codes.end(), [&](const CodeEntry& each) { return each.code == code; });
  CHECK(entry != codes.end());
  return {std::string(code), entry->severity, std::move(message), std::move(span), "", std::move(help), {}};
}

}  // namespace headrace
