#include "explain/aggregate_story.h"

#include "base/check.h"
#include "compute/expressions/evaluate_one.h"
#include "explain/boxed_values.h"
#include "explain/outcome.h"
#include "explain/window_events.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace headrace {
namespace {

constexpr double kEwmaTolerance = 1e-12;

class AggregateStory {
 public:
  AggregateStory(const Plan& plan, const PlanFeature& feature, const KeyEvents& events, const FeatureValues& values,
                 Explanation& out)
      : plan_(plan),
        feature_(feature),
        series_(plan.series_of(feature)),
        window_(plan.state_of(feature).window),
        events_(events),
        values_(values),
        out_(out) {}

  void tell(int64_t event_limit) {
    find_inputs();
    for (const KeyEvent& event : events_.events) all_.push_back(evaluated(event));
    find_window();
    Aggregated input = aggregated();
    out_.counts.used = static_cast<int64_t>(input.values.size());
    Outcome outcome = outcome_of(input);
    out_.steps = std::move(outcome.steps);
    finish_value(feature_, std::move(outcome.value), tolerance_of(input), out_);
    show_events(event_limit);
  }

 private:
  void find_inputs();
  ExplainedEvent evaluated(const KeyEvent& event) const;
  Value input_of(const Reference& reference, const KeyEvent& event) const;
  void find_window();
  std::optional<size_t> held_event() const;
  Aggregated aggregated() const;
  double tolerance_of(const Aggregated& input) const;
  void show_events(int64_t limit);

  bool is_time_weighted() const { return *feature_.aggregation == Aggregation::kTimeWeightedMean; }

  const Plan& plan_;
  const PlanFeature& feature_;
  const Series& series_;
  const WindowSpec& window_;
  const KeyEvents& events_;
  const FeatureValues& values_;
  Explanation& out_;
  std::vector<Reference> references_;
  std::vector<ExplainedEvent> all_;  // of the key
  WindowRun run_;
  std::optional<size_t> held_;
};

void AggregateStory::find_inputs() {
  std::set<Reference> found;
  std::vector<ExprPtr> expressions = series_.formulas;
  if (series_.filter) expressions.push_back(series_.filter);
  for (const ExprPtr& expr : expressions) {
    for (const Reference& reference : references_of(*expr)) {
      if (found.insert(reference).second) references_.push_back(reference);
    }
  }
  for (const Reference& reference : references_) out_.inputs.push_back(reference.name);
  if (series_.formulas.size() == 2) {
    out_.formulas = {"x", "y"};
  } else if (series_.formulas.size() == 1) {
    out_.formulas = {"value"};
  }
  out_.filter = one_line(feature_.filter_text);
}

Value AggregateStory::input_of(const Reference& reference, const KeyEvent& event) const {
  if (reference.kind == Reference::Kind::kFeature) {
    const PlanFeature* used = plan_.find_feature(reference.name);
    CHECK(used != nullptr);
    return values_(static_cast<size_t>(used - plan_.features.data()), event.time);
  }
  const auto at = std::find(events_.columns.begin(), events_.columns.end(), reference.name);
  CHECK(at != events_.columns.end());
  return event.columns[static_cast<size_t>(at - events_.columns.begin())];
}

ExplainedEvent AggregateStory::evaluated(const KeyEvent& event) const {
  ExplainedEvent out;
  out.time = event.time;
  out.arrival = event.arrival;
  out.is_superseded = event.fate == RowFate::kSuperseded;
  out.is_deleted = event.fate == RowFate::kDeleted;
  for (const Reference& reference : references_) out.inputs.push_back(input_of(reference, event));
  const auto value_of = [&](const Reference& reference) {
    const auto at = std::find(references_.begin(), references_.end(), reference);
    return out.inputs[static_cast<size_t>(at - references_.begin())];
  };
  for (const ExprPtr& formula : series_.formulas) {
    out.values.push_back(evaluate_one(*formula, value_of, event.time));
    out.is_null |= out.counts() && out.values.back().is_null();
  }
  if (series_.filter && out.counts())
    out.is_filtered = evaluate_one(*series_.filter, value_of, event.time) != Value{true};
  return out;
}

/// The event before the window whose value holds into it.
std::optional<size_t> AggregateStory::held_event() const {
  if (!is_time_weighted() || window_.kind != WindowSpec::Kind::kSize) return std::nullopt;
  for (size_t i = run_.first; i-- > 0;) {
    if (all_[i].counts() && !all_[i].is_filtered && !all_[i].is_null) return i;
  }
  return std::nullopt;
}

void AggregateStory::find_window() {
  std::vector<WindowEvent> events;
  for (const ExplainedEvent& event : all_) events.push_back({event.time, event.is_filtered || !event.counts()});
  run_ = window_run(window_, events, out_.at);
  out_.window = describe_window(window_, events, run_, out_.at);
  held_ = held_event();
  for (const ExplainedEvent& event : all_) out_.counts.seen += event.time <= out_.at ? 1 : 0;
  for (size_t i = run_.first; i < run_.end; ++i) {
    ++out_.counts.inside;
    if (all_[i].is_superseded) {
      ++out_.counts.superseded;
    } else if (all_[i].is_deleted) {
      ++out_.counts.deleted;
    } else if (all_[i].is_filtered) {
      ++out_.counts.filtered;
    } else if (all_[i].is_null) {
      ++out_.counts.null;
    }
  }
}

Aggregated AggregateStory::aggregated() const {
  Aggregated input;
  input.aggregation = *feature_.aggregation;
  input.params = feature_.params;
  input.result = feature_.type;
  input.at = out_.at;
  for (const ExprPtr& formula : series_.formulas) input.types.push_back(formula->type.scalar);
  if (window_.kind == WindowSpec::Kind::kSize) input.start = out_.window->start;
  const auto take = [&](const ExplainedEvent& event) {
    if (!event.counts() || event.is_filtered || event.is_null) return;
    UsedValue used{event.time, event.arrival, {}, {}};
    if (!event.values.empty()) used.x = event.values[0];
    if (event.values.size() > 1) used.y = event.values[1];
    input.values.push_back(std::move(used));
  };
  if (held_) take(all_[*held_]);
  for (size_t i = run_.first; i < run_.end; ++i) take(all_[i]);
  return input;
}

double AggregateStory::tolerance_of(const Aggregated& input) const {
  if (input.aggregation != Aggregation::kEwma) return 0.0;
  double scale = 0.0;
  for (const UsedValue& value : input.values) scale = std::max(scale, std::fabs(as_double(value.x)));
  return kEwmaTolerance * scale;
}

void AggregateStory::show_events(int64_t limit) {
  const auto show = [&](size_t i, ExplainedEvent::Place place) {
    all_[i].place = place;
    out_.events.push_back(all_[i]);
  };
  if (held_) {
    show(*held_, ExplainedEvent::Place::kHeld);
  } else if (run_.first > 0) {
    show(run_.first - 1, ExplainedEvent::Place::kBefore);
  }
  const size_t inside = run_.end - run_.first;
  const auto shown_max = static_cast<size_t>(std::max<int64_t>(limit, 0));
  const bool is_cut = shown_max > 0 && inside > shown_max;
  const size_t last_count = is_cut ? shown_max / 2 : 0;
  const size_t first_count = is_cut ? shown_max - last_count : inside;
  for (size_t i = run_.first; i < run_.first + first_count; ++i) show(i, ExplainedEvent::Place::kInside);
  if (is_cut) {
    out_.events_before_gap = out_.events.size();
    out_.events_hidden = static_cast<int64_t>(inside - shown_max);
  }
  for (size_t i = run_.end - last_count; i < run_.end; ++i) show(i, ExplainedEvent::Place::kInside);
  if (run_.end < all_.size()) show(run_.end, ExplainedEvent::Place::kAfter);
}

}  // namespace

std::string one_line(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\n' && text[i] != '\r') {
      out += text[i];
      continue;
    }
    while (!out.empty() && out.back() == ' ') out.pop_back();
    while (i + 1 < text.size() && (text[i + 1] == ' ' || text[i + 1] == '\n' || text[i + 1] == '\r')) ++i;
    if (!out.empty() && i + 1 < text.size()) out += ' ';
  }
  return out;
}

std::string definition_text(const Plan& plan, const PlanFeature& feature) {
  const std::string formula = one_line(feature.formula_text);
  if (feature.is_derived()) return formula;
  const Series& series = plan.series_of(feature);
  const std::string of = series.formulas.empty() ? "events" : formula;
  std::string out = fmt::format("{} of {}", aggregation_text(*feature.aggregation, feature.params), of);
  if (series.filter) out += " where " + one_line(feature.filter_text);
  return out;
}

void tell_aggregate(const Plan& plan, const PlanFeature& feature, const KeyEvents& events, const FeatureValues& values,
                    int64_t event_limit, Explanation& out) {
  AggregateStory(plan, feature, events, values, out).tell(event_limit);
}

}  // namespace headrace
