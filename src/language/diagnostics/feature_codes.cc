#include "language/diagnostics/code_tables.h"

namespace headrace {
namespace {

using enum Severity;

constexpr CodeEntry kFeatureCodes[] = {
    {"F001", kError, "a version without quotes",
     "In YAML an unquoted 1.20 is the number 1.2, so that two versions would be one. Versions are quoted.",
     "version: 1.20", "version: \"1.20\""},
    {"F002", kError, "not a version", "A version is MAJOR.MINOR or MAJOR.MINOR.PATCH, of digits.", "version: \"v2\"",
     "version: \"2.0\""},
    {"F003", kError, "aggregation without window, or window without aggregation",
     "The two belong together. A feature without both is derived: a formula over other features, or the last value "
     "of columns.",
     "aggregation: mean", "aggregation: mean\nwindow: 24h"},
    {"F004", kError, "unknown aggregation", "The word is not the name of an aggregation.", "aggregation: avg",
     "aggregation: mean"},
    {"F005", kError, "missing parameter", "The aggregation cannot be computed without this parameter.",
     "aggregation: percentile", "aggregation: percentile\nparams: {p: 0.95}"},
    {"F006", kError, "unknown parameter", "None of the feature's aggregations has this parameter.",
     "aggregation: mean\nparams: {k: 3}", "aggregation: last_k\nparams: {k: 3}"},
    {"F007", kError, "edges that do not rise",
     "The edges of a histogram are at least two numbers, each greater than the one before.",
     "params: {edges: [0, 5, 5]}", "params: {edges: [0, 5, 10]}"},
    {"F008", kError, "unknown name",
     "The name is neither a column of a source nor a feature. Keys and the event time can be used when the source "
     "lists them under `columns`.",
     "formula: output_flow_rte", "formula: output_flow_rate"},
    {"F009", kError, "a name with several readings",
     "A column of two sources, or a column and a feature, have this name. The feature's own name always means the "
     "column; `source: ..` prefers the columns of that source.",
     "formula: delay    # flights and weather both have it", "formula: flights.delay"},
    {"F010", kError, "a name that is not listed",
     "`formula` and `filter` may use the names in `source_features` only, so that the list can be trusted.",
     "source_features: [x]\nformula: x / y", "source_features: [x, y]\nformula: x / y"},
    {"F011", kWarning, "a listed name that is not used",
     "The name is in `source_features`, but neither the formula nor the filter uses it.",
     "source_features: [x, y]\nformula: x", "source_features: [x]\nformula: x"},
    {"F012", kError, "an aggregation over values of the wrong type",
     "Numbers fit all aggregations except `any` and `all`. Strings and timestamps fit min, max, count, "
     "count_distinct, mode, top_k, first, last, first_k and last_k; bools fit any, all and these without min and "
     "max.",
     "aggregation: mean\nformula: country", "aggregation: count_distinct\nformula: country"},
    {"F013", kError, "columns of two sources",
     "The columns of a feature come from one source, whose events drive it. A value of another source is brought in "
     "as a feature: its last value as of each driving event.",
     "formula: flights.delay * weather.wind",
     "Define `wind_now` with `formula: weather.wind`, `aggregation: last`, `window: lifetime`, and write "
     "`flights.delay * wind_now`."},
    {"F014", kError, "columns and features mixed without aggregation",
     "A feature without aggregation is either the last value of a formula over columns, or a formula over features "
     "at an instant. The two have different times, so they cannot be mixed.",
     "formula: x / x_mean_24h", "Define `x_now` with `formula: x`, and write `x_now / x_mean_24h`."},
    {"F015", kError, "a cycle",
     "Features use each other in a circle, so none of them has a value. The message shows the circle.",
     "a uses b, b uses a", "Make one of them depend on columns only."},
    {"F016", kError, "no formula",
     "Without `formula`, the one source feature that the filter does not use is the formula. Here there is none, or "
     "several. Only `count` can do without.",
     "source_features: [x, y]\naggregation: sum", "source_features: [x, y]\nformula: x + y\naggregation: sum"},
    {"F017", kError, "wrong number of formulas",
     "`covariance` and `correlation` have a list of two formulas, all others one.",
     "aggregation: correlation\nformula: x", "aggregation: correlation\nformula: [x, y]"},
    {"F018", kError, "no driving source",
     "Nothing says whose events the feature follows: it names no columns, and its features come from different "
     "sources, or there are none and the project has no default source.",
     "formula: hour(event_time())", "source: telemetry\nformula: hour(event_time())"},
    {"F019", kError, "unknown source", "`source` of the feature is not defined.", "source: telemetri",
     "source: telemetry"},
    {"F020", kError, "`source` contradicts the columns", "The feature says one source but uses columns of another.",
     "source: weather\nformula: flights.delay", "source: flights\nformula: flights.delay"},
    {"F021", kError, "unknown entity", "`entity` of the feature is not defined.", "entity: pmp", "entity: pump"},
    {"F022", kError, "`entity` contradicts the source", "The entity of a feature is that of its driving source.",
     "entity: site\nsource: telemetry    # about pumps", "entity: pump\nsource: telemetry"},
    {"F023", kError, "a feature of another entity",
     "A feature can use features of its own entity only. Look-ups across entities are not part of this version.",
     "A feature of `pump` uses one of `site`.", "Bring the value into a source of the entity."},
    {"F024", kError, "a filter on a derived feature",
     "A derived feature over features has no events, so there is nothing to filter.", "formula: a / b\nfilter: a > 0",
     "formula: if(a > 0, a / b, null)"},
    {"F025", kError, "a filter that is not a bool", "`filter` says for each event whether it counts.", "filter: mode",
     "filter: mode == 'run'"},
    {"F027", kError, "a default of the wrong type",
     "`default` is given out in place of null, so it has the feature's type. An integer may stand for a double.",
     "aggregation: mean\ndefault: none", "aggregation: mean\ndefault: 0"},
    {"F028", kWarning, "no description", "The feature does not say what its value means.", "feature: {name: speed}",
     "feature: {name: speed, description: Speed over ground in knots}"},
    {"F029", kWarning, "an exact aggregation that grows without bound",
     "Over `lifetime`, median, percentile, count_distinct, mode and top_k must keep every value for ever.",
     "aggregation: median\nwindow: lifetime", "aggregation: median\nwindow: 30d"},
    {"F030", kError, "a name that tables have already",
     "Tables of features have the key columns and `event_time` beside the features.", "feature: {name: event_time}",
     "feature: {name: last_event_time}"},
    {"F031", kError, "listed twice",
     "The same aggregation or window is in the list twice, which would give two features of one name.",
     "window: [1h, 24h, 1h]", "window: [1h, 24h]"},
    {"F032", kError, "a window that `time_weighted_mean` cannot have",
     "Each value holds until the next, which is defined over a plain duration and over `lifetime` only.",
     "aggregation: time_weighted_mean\nwindow: {last: 5}", "aggregation: time_weighted_mean\nwindow: 24h"},
    {"F033", kError, "an expected change that says nothing",
     "`expected_change` says what a new version does to the values: `none`, or ends between which their mean and their "
     "share of nulls move. Ends are [lowest, highest].",
     "expected_change: {mean_shift: [0.1, -0.1]}", "expected_change: {mean_shift: [-0.1, 0.1]}"},

};

}  // namespace

const std::vector<CodeEntry>& feature_codes() {
  static const std::vector<CodeEntry> codes(std::begin(kFeatureCodes), std::end(kFeatureCodes));
  return codes;
}

}  // namespace headrace
