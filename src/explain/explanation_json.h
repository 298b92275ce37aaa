#pragma once

/// The JSON form of an explanation, written only: of `headrace explain --format json`.

#include "data/json/json_texts.h"
#include "explain/explain.h"

namespace headrace {

inline constexpr int kExplanationFormatVersion = 1;

std::string_view to_string(ExplainedEvent::Place place);

template <>
struct JsonWords<ExplainedEvent::Place> {
  static constexpr std::array all = {ExplainedEvent::Place::kBefore, ExplainedEvent::Place::kHeld,
                                     ExplainedEvent::Place::kInside, ExplainedEvent::Place::kAfter};
};

/// Which edges belong to the window: "right", "left", "both", "neither".
std::string closed_word(const ExplainedWindow& window);

template <typename Fields>
void describe(Fields& fields, const ExplainedEvent*) {
  fields.required("place", &ExplainedEvent::place);
  fields.required("time", &ExplainedEvent::time);
  fields.required("arrival", &ExplainedEvent::arrival, {.text = "the arrival column, else the row's number, from 1"});
  fields.required("inputs", &ExplainedEvent::inputs, {.text = "in the order of the explanation's inputs"});
  fields.required("values", &ExplainedEvent::values, {.text = "of the formulas"});
  fields.required("superseded", &ExplainedEvent::is_superseded, {.text = "another row of the same event counts"});
  fields.required("deleted", &ExplainedEvent::is_deleted);
  fields.required("filtered", &ExplainedEvent::is_filtered, {.text = "the filter is not true"});
  fields.required("null", &ExplainedEvent::is_null, {.text = "a formula is null"});
}

template <typename Fields>
void describe(Fields& fields, const ExplainedWindow*) {
  fields.required("text", &ExplainedWindow::text);
  fields.required("start", &ExplainedWindow::start, {.text = "null: open"});
  fields.required("end", &ExplainedWindow::end, {.text = "null: open"});
  fields.computed("closed", [](const ExplainedWindow& window) { return closed_word(window); },
                  {.text = "the edges that belong to it: right, left, both, neither"});
}

template <typename Fields>
void describe(Fields& fields, const EventCounts*) {
  fields.required("seen", &EventCounts::seen, {.text = "in the source at or before the instant"});
  fields.required("inside", &EventCounts::inside, {.text = "in the window"});
  fields.required("superseded", &EventCounts::superseded);
  fields.required("deleted", &EventCounts::deleted);
  fields.required("filtered", &EventCounts::filtered);
  fields.required("null", &EventCounts::null);
  fields.required("used", &EventCounts::used);
}

/// The members that only a feature with an aggregation has.
template <typename Fields>
void describe_aggregate(Fields& fields) {
  const auto where_aggregated = [](auto member) {
    return [member](const Explanation& of) { return of.window ? std::optional(of.*member) : std::nullopt; };
  };
  fields.computed_optional("source", where_aggregated(&Explanation::source));
  fields.optional("window", &Explanation::window);
  fields.computed_optional("filter", [](const Explanation& of) {
    std::optional<std::optional<std::string>> filter;
    if (of.window) filter.emplace(of.filter.empty() ? std::nullopt : std::optional(of.filter));
    return filter;
  });
  fields.computed_optional("inputs", where_aggregated(&Explanation::inputs),
                           {.text = "columns and features that formulas and filter read"});
  fields.computed_optional("formulas", where_aggregated(&Explanation::formulas));
  fields.computed_optional("counts", where_aggregated(&Explanation::counts));
  fields.computed_optional("events", where_aggregated(&Explanation::events));
  fields.computed_optional("events_hidden", where_aggregated(&Explanation::events_hidden));
  fields.computed_optional("events_before_gap", where_aggregated(&Explanation::events_before_gap));
}

template <typename Fields>
void describe_explanation(Fields& fields) {
  fields.required("feature", &Explanation::feature);
  fields.required("version", &Explanation::version);
  fields.required("digest", &Explanation::digest);
  fields.required("entity", &Explanation::entity);
  fields.required("key", &Explanation::key);
  fields.required("at", &Explanation::at);
  fields.required("type", &Explanation::type);
  fields.required("value", &Explanation::value);
  fields.required("is_default", &Explanation::is_default);
  fields.required("definition", &Explanation::definition);
  fields.required("formula", &Explanation::formula);
  fields.required("steps", &Explanation::steps);
  fields.optional("disagreement", &Explanation::disagreement, {.text = "the engine's value and the steps differ"});
  fields.optional("remark", &Explanation::remark);
  describe_aggregate(fields);
  fields.optional("uses", &Explanation::uses, {.text = "the features that a derived one uses, at the same instant"});
}

/// Of a feature that another one uses.
template <typename Fields>
void describe(Fields& fields, const Explanation*) {
  fields.name("used");
  describe_explanation(fields);
}

/// What is printed: an explanation with the version of the form.
struct ExplanationDocument : Explanation {};

template <typename Fields>
void describe(Fields& fields, const ExplanationDocument*) {
  fields.constant("format_version", kExplanationFormatVersion);
  describe_explanation(fields);
}

}  // namespace headrace
