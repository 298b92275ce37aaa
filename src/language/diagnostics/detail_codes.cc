#include "language/diagnostics/code_tables.h"

namespace headrace {
namespace {

using enum Severity;

constexpr CodeEntry kDetailCodes[] = {
    {"W001", kError, "not a window",
     "A window is a duration, `lifetime`, or a mapping with exactly one of `size`, `last`, `tumbling` and `session`.",
     "window: 1 day", "window: 1d"},
    {"W002", kError, "`closed` without `size`",
     "Only windows of a size have edges to choose. The others have a fixed rule.",
     "window: {tumbling: 1h, closed: left}", "window: {tumbling: 1h}"},
    {"W003", kError, "`offset` without `size` or `tumbling`",
     "An offset moves windows of a size into the past and shifts the grid of tumbling ones; the others have none.",
     "window: {session: 30m, offset: 1h}", "window: {session: 30m}"},
    {"W004", kError, "a listed window that is a mapping",
     "A list of windows gives each feature a name, so its items are durations or `lifetime`.",
     "window: [1h, {last: 5}]", "window: [1h, 24h]"},
    {"Q001", kError, "a check that does not fit the feature's type",
     "`range` needs numbers, `monotonic` values that have an order, `drift` by ks or wasserstein numbers; lists have "
     "no allowed values.",
     "A `range` check of a string feature.", "Use `allowed_values`."},
    {"Q002", kError, "ends that allow nothing or everything",
     "The ends of a `range` or a `volume` are crossed, or there are none.", "{type: range, params: [1.0, 0.4]}",
     "{type: range, params: [0.4, 1.0]}"},
    {"Q003", kError, "an allowed value of the wrong type",
     "Allowed values have the feature's type. An integer may stand for a double.",
     "{type: allowed_values, values: [on, 1]}", "{type: allowed_values, values: [on, \"1\"]}"},
    {"Q004", kError, "an expression that is not a bool",
     "The formula of an `expression` check says for each value whether it is right.",
     "{type: expression, formula: value + 1}", "{type: expression, formula: value > 0}"},
    {"Q005", kError, "two checks of one name",
     "The checks of a feature have different names, so that a report can be read.",
     "[{type: not_null, name: a}, {type: unique, name: a}]", "[{type: not_null, name: a}, {type: unique, name: b}]"},
    {"Q006", kError, "a check that is for features only",
     "`monotonic` follows an entity's values through time and `drift` compares distributions of values: rows of a "
     "source "
     "have neither.",
     "source: {.., quality_checks: [{type: monotonic, column: x}]}",
     "Check a feature of the column, such as one with `aggregation: last` and `window: lifetime`."},
    {"Q007", kError, "a check of a column that the source does not declare",
     "A check of a source names one of its columns; `range`, `allowed_values` and formulas need the column's type too.",
     "source: {.., columns: {x: double}, quality_checks: [{type: not_null, column: y}]}",
     "Declare the column, or name one that is declared."},
};

}  // namespace

const std::vector<CodeEntry>& detail_codes() {
  static const std::vector<CodeEntry> codes(std::begin(kDetailCodes), std::end(kDetailCodes));
  return codes;
}

}  // namespace headrace
