#include "explain/explain.h"

#include "base/check.h"
#include "compute/expressions/evaluate_one.h"
#include "explain/aggregate_story.h"
#include "explain/shown.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <set>

namespace headrace {
namespace {

/// Builds the tree of explanations of one (key, instant).
class Explainer {
 public:
  Explainer(const Plan& plan, const ExplainRequest& request, const OpenSources& sources, const ExplainOptions& options)
      : plan_(plan),
        request_(request),
        sources_(sources),
        options_(options),
        features_(explained_features(plan, request.feature)) {}

  Result<Explanation> run() {
    RETURN_IF_ERROR(read_events());
    RETURN_IF_ERROR(compute_values());
    return explain_feature(request_.feature);
  }

 private:
  Status read_events();
  Status compute_values();
  std::vector<EventTime> instants() const;
  Value value_at(size_t feature, EventTime time) const;
  Explanation explain_feature(size_t feature);
  std::vector<std::pair<std::string, Value>> key_of(size_t feature) const;
  std::string remark_on(size_t feature) const;
  void explain_derived(const PlanFeature& feature, Explanation& out);

  const Plan& plan_;
  const ExplainRequest& request_;
  const OpenSources& sources_;
  const ExplainOptions& options_;
  std::vector<size_t> features_;             // of the plan, all that are involved
  std::map<std::string, KeyEvents> events_;  // by source
  std::vector<EventTime> times_;             // sorted: where values of features are known
  std::map<size_t, Column> values_;          // by feature, for each of times_
  std::set<size_t> explained_;               // features, each once
};

Status Explainer::read_events() {
  const size_t entity = plan_.features[request_.feature].entity;
  for (const SourceRequest& request : source_requests(plan_, entity, features_)) {
    const auto source = sources_.find(request.source);
    CHECK(source != sources_.end());
    const auto of_plan = std::find_if(plan_.sources.begin(), plan_.sources.end(),
                                      [&](const PlanSource& each) { return each.name == request.source; });
    const bool is_first_kept = of_plan->identity && of_plan->identity->is_first_kept;
    ASSIGN_OR_RETURN(events_[request.source], read_key_events(*source->second, request, request_.key, is_first_kept));
  }
  return {};
}

/// The asked instant, and those at which a formula over events looks at features.
std::vector<EventTime> Explainer::instants() const {
  std::vector<EventTime> times = {request_.at};
  for (const size_t f : features_) {
    const PlanFeature& feature = plan_.features[f];
    if (feature.is_derived() || feature.uses.empty()) continue;
    for (const KeyEvent& event : events_.at(plan_.sources[feature.source].name).events) times.push_back(event.time);
  }
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  return times;
}

Status Explainer::compute_values() {
  times_ = instants();
  Observations observations;
  for (size_t i = 0; i < request_.key.size(); ++i) {
    ColumnBuilder builder({request_.key_types[i]});
    for (size_t row = 0; row < times_.size(); ++row) builder.append(request_.key[i]);
    observations.keys.push_back(std::move(builder).finish());
  }
  ColumnBuilder times({ScalarType::kTimestamp});
  for (const EventTime time : times_) times.append_int64(time.us);
  observations.times = std::move(times).finish();
  const size_t entity = plan_.features[request_.feature].entity;
  ASSIGN_OR_RETURN(DatasetResult result, dataset(plan_, entity, features_, observations, sources_, options_.batch));
  for (size_t i = 0; i < features_.size(); ++i) values_[features_[i]] = std::move(result.features[i]);
  return {};
}

Value Explainer::value_at(size_t feature, EventTime time) const {
  const auto at = std::lower_bound(times_.begin(), times_.end(), time);
  CHECK(at != times_.end() && *at == time);
  return values_.at(feature).value_at(at - times_.begin());
}

std::string default_step(const Value& value) { return "null, so the default " + shown(value) + " stands in"; }

void Explainer::explain_derived(const PlanFeature& feature, Explanation& out) {
  const auto value_of = [&](const Reference& reference) {
    const PlanFeature* used = plan_.find_feature(reference.name);
    CHECK(used != nullptr);
    return value_at(static_cast<size_t>(used - plan_.features.data()), request_.at);
  };
  Value value = evaluate_one(*feature.formula, value_of, request_.at);
  std::string step = fmt::format("{} = {}", out.formula, shown(value));
  for (size_t i = 0; i < feature.uses.size(); ++i) {
    const PlanFeature& used = plan_.features[feature.uses[i]];
    step +=
        fmt::format("{}{} = {}", i == 0 ? ", with " : ", ", used.name, shown(value_at(feature.uses[i], request_.at)));
  }
  out.steps.push_back(std::move(step));
  finish_value(feature, std::move(value), 0.0, out);
  for (const size_t used : feature.uses) out.uses.push_back(explain_feature(used));
}

std::vector<std::pair<std::string, Value>> Explainer::key_of(size_t f) const {
  std::vector<std::pair<std::string, Value>> key;
  const PlanEntity& entity = plan_.entities[plan_.features[f].entity];
  for (size_t i = 0; i < entity.keys.size(); ++i) key.emplace_back(entity.keys[i], request_.key[i]);
  return key;
}

/// Which sources have no event of the key at all, of those that the feature reads.
std::string Explainer::remark_on(size_t f) const {
  std::set<std::string> absent;
  for (const size_t each : explained_features(plan_, f)) {
    const PlanFeature& feature = plan_.features[each];
    if (feature.is_derived()) continue;
    const std::string& source = plan_.sources[feature.source].name;
    if (events_.at(source).events.empty()) absent.insert(source);
  }
  if (absent.empty()) return "";
  return fmt::format("no event of {} in {} {}", shown_key(key_of(f)), absent.size() == 1 ? "source" : "sources",
                     fmt::join(absent, ", "));
}

Explanation Explainer::explain_feature(size_t f) {
  const PlanFeature& feature = plan_.features[f];
  Explanation out;
  out.feature = feature.name;
  out.version = feature.version;
  out.digest = feature.digest;
  out.entity = plan_.entities[feature.entity].name;
  out.key = key_of(f);
  out.at = request_.at;
  out.type = feature.type;
  out.value = value_at(f, request_.at);

  out.formula = one_line(feature.formula_text);
  out.definition = definition_text(plan_, feature);
  out.remark = remark_on(f);

  if (!explained_.insert(f).second) {
    out.steps = {"explained above"};
    return out;
  }
  if (feature.is_derived()) {
    explain_derived(feature, out);
    return out;
  }

  const auto values = [this](size_t used, EventTime time) { return value_at(used, time); };
  out.source = plan_.sources[feature.source].name;
  tell_aggregate(plan_, feature, events_.at(out.source), values, options_.event_limit, out);
  return out;
}

Error bad_key(const std::string& name, ScalarType type, const std::string& text) {
  return Error::usage(fmt::format("key `{}` is {}, but {} is not", name, to_string(type), quote_json(text)));
}

}  // namespace

void finish_value(const PlanFeature& feature, Value before_default, double tolerance, Explanation& out) {
  Value value = std::move(before_default);
  if (value.is_null() && !feature.default_value.is_null()) {
    value = feature.default_value;
    out.is_default = true;
    out.steps.push_back(default_step(value));
  }
  if (value == out.value) return;
  const auto* plain = std::get_if<double>(&value.data);
  const auto* official = std::get_if<double>(&out.value.data);
  if (plain != nullptr && official != nullptr && std::abs(*plain - *official) <= tolerance) return;
  out.disagreement =
      fmt::format("the engine gives {}, but these steps give {}: this is a bug in headrace, please report it",
                  shown(out.value), shown(value));
}

std::vector<size_t> explained_features(const Plan& plan, size_t feature) {
  std::set<size_t> all = {feature};
  // Features come after those that they use.
  for (size_t f = feature + 1; f-- > 0;) {
    if (all.contains(f)) all.insert(plan.features[f].uses.begin(), plan.features[f].uses.end());
  }
  return {all.begin(), all.end()};
}

Result<Value> read_key(const std::string& name, ScalarType type, const std::string& text) {
  switch (type) {
    case ScalarType::kString: return Value{text};
    case ScalarType::kBool:
      if (text == "true" || text == "false") return Value{text == "true"};
      return bad_key(name, type, text).with_help("write true or false");
    case ScalarType::kInt64: {
      int64_t number = 0;
      const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
      if (problem != std::errc() || end != text.data() + text.size()) return bad_key(name, type, text);
      return Value{number};
    }
    case ScalarType::kTimestamp: {
      const std::optional<EventTime> time = parse_timestamp(text);
      if (!time) return bad_key(name, type, text).with_help("write it as 2024-03-01T12:00:00Z");
      return Value{*time};
    }
    case ScalarType::kNull:
    case ScalarType::kDouble:
    case ScalarType::kDuration: break;
  }
  CHECK(false);
  return Value{};
}

Result<Explanation> explain(const Plan& plan, const ExplainRequest& request, const OpenSources& sources,
                            const ExplainOptions& options) {
  CHECK_EQ(request.key.size(), request.key_types.size());
  return Explainer(plan, request, sources, options).run();
}

}  // namespace headrace
