#include "plan/plan_json.h"

#include "data/json/json_texts.h"
#include "language/definitions/definition_words.h"
#include "plan/plan_json_parts.h"

namespace headrace {
namespace {

using Names = std::vector<std::string>;

Names feature_names(const Plan& plan, const std::vector<size_t>& features) {
  Names names;
  for (const size_t each : features) names.push_back(plan.features[each].name);
  return names;
}

/// A part of a plan, which has indexes of others in it; `id` is its own.
template <typename T>
struct PartOf {
  const Plan& plan;
  const T& part;
  size_t id = 0;
};

template <typename T>
std::vector<PartOf<T>> parts_of(const Plan& plan, const std::vector<T>& list) {
  std::vector<PartOf<T>> parts;
  for (size_t i = 0; i < list.size(); ++i) parts.push_back({plan, list[i], i});
  return parts;
}

/// A member of the part itself.
template <typename T, typename M>
auto of_part(M T::* member) {
  return [member](const PartOf<T>& each) { return each.part.*member; };
}

template <typename Fields>
void describe(Fields& fields, const PartOf<PlanSource>*) {
  fields.name("source");
  fields.computed("name", of_part(&PlanSource::name));
  fields.computed_optional("description", of_part(&PlanSource::description));
  fields.computed("entity", [](const auto& each) { return each.plan.entities[each.part.entity].name; });
  fields.computed("event_time", of_part(&PlanSource::event_time));
  fields.computed_optional("unit", of_part(&PlanSource::unit), {.text = "of an integer event time"});
  fields.computed("arrival", [](const auto& each) { return ArrivalOrder{each.part.arrival}; },
                  {.text = "what orders events of equal time"});
  fields.computed_optional("identity", of_part(&PlanSource::identity));
  fields.computed("allowed_lateness_us", [](const auto& each) { return each.part.allowed_lateness.us; },
                  {.minimum = 0});
  fields.computed("columns", of_part(&PlanSource::columns), {.text = "only those that the plan reads"});
  fields.computed_optional("unread_columns", of_part(&PlanSource::unread_columns),
                           {.text = "the others that the source declares"});
  fields.computed_optional("batch", of_part(&PlanSource::batch));
  fields.computed_optional("stream", of_part(&PlanSource::stream));
  fields.computed_optional("checks", of_part(&PlanSource::checks), {.text = "of its rows"});
}

template <typename Fields>
void describe(Fields& fields, const PartOf<Series>*) {
  fields.name("series");
  fields.computed("id", [](const auto& each) { return each.id; });
  fields.computed("source", [](const auto& each) { return each.plan.sources[each.part.source].name; });
  fields.computed_optional("filter",
                           [](const auto& each) {
                             return each.part.filter ? std::optional(ExpressionTree{each.part.filter}) : std::nullopt;
                           },
                           {.text = "absent: every event"});
  fields.computed("formulas", [](const auto& each) { return expressions_of(each.part.formulas); },
                  {.text = "none: the events themselves; two: pairs"});
  fields.computed("features", [](const auto& each) { return feature_names(each.plan, each.part.features); },
                  {.text = "whose values at the event's instant the filter or a formula uses"});
}

template <typename Fields>
void describe(Fields& fields, const PartOf<StateNode>*) {
  fields.name("state");
  fields.computed("id", [](const auto& each) { return each.id; });
  fields.computed("series", of_part(&StateNode::series), {.text = "id of a series"});
  fields.computed("window", of_part(&StateNode::window));
  fields.computed("kind", of_part(&StateNode::kind));
  fields.computed("params", of_part(&StateNode::params));
  fields.computed("aggregations",
                  [](const auto& each) {
                    Names names;
                    for (const Aggregation aggregation : each.part.aggregations)
                      names.emplace_back(to_string(aggregation));
                    return names;
                  },
                  {.text = "what is read from the state"});
}

template <typename Fields>
void describe(Fields& fields, const PartOf<PlanCheck>*) {
  fields.name("check", "a quality check; which parameters it has follows from its type");
  fields.computed("name", [](const auto& each) { return each.part.check.name; });
  fields.computed("type", [](const auto& each) { return each.part.check.type(); });
  fields.computed("severity", [](const auto& each) { return CheckSeverity{each.part.check.is_error}; });
  describe_condition(fields, [](const auto& each) -> const CheckCondition& { return each.part.check.condition; });
  fields.computed_optional(
      "holds",
      [](const auto& each) { return each.part.holds ? each.plan.features[*each.part.holds].name : std::string(); },
      {.text = "of an expression: the feature, marked is_for_check, that says whether it holds"});
}

/// How a feature's value comes about: of a state, or by a formula.
template <typename Fields>
void describe_computation(Fields& fields) {
  fields.computed_optional("formula",
                           [](const auto& each) {
                             return each.part.is_derived() ? std::optional(ExpressionTree{each.part.formula})
                                                           : std::nullopt;
                           },
                           {.text = "of a derived feature: over features at the same instant"});
  fields.computed_optional("finalizer",
                           [](const auto& each) {
                             std::optional<Finalizer> finalizer;
                             if (each.part.aggregation)
                               finalizer = {std::string(to_string(*each.part.aggregation)), each.part.state,
                                            each.part.params};
                             return finalizer;
                           },
                           {.text = "of others: how the value comes of a state"});
}

template <typename Fields>
void describe(Fields& fields, const PartOf<PlanFeature>*) {
  fields.name("feature");
  fields.computed("name", of_part(&PlanFeature::name));
  fields.computed("version", of_part(&PlanFeature::version), {.pattern = R"(^[0-9]+\.[0-9]+(\.[0-9]+)?$)"});
  fields.computed("digest", of_part(&PlanFeature::digest),
                  {.text = "SHA-256 of the meaning", .pattern = "^[0-9a-f]{64}$"});
  fields.computed("entity", [](const auto& each) { return each.plan.entities[each.part.entity].name; });
  fields.computed("source", [](const auto& each) { return each.plan.sources[each.part.source].name; },
                  {.text = "the driving source"});
  fields.computed("type", of_part(&PlanFeature::type));
  fields.computed_optional("default", of_part(&PlanFeature::default_value), {.text = "in place of null"});
  describe_computation(fields);
  fields.computed("uses", [](const auto& each) { return feature_names(each.plan, each.part.uses); },
                  {.text = "features that it uses directly"});
  fields.computed("depends_on_arrival", of_part(&PlanFeature::depends_on_arrival));
  fields.computed_optional("is_for_check", of_part(&PlanFeature::is_for_check),
                           {.text = "added so that checks can be held against values; no output of its own"});

  fields.computed_optional("description", of_part(&PlanFeature::description));
  fields.computed_optional("owner", of_part(&PlanFeature::owner));
  fields.computed_optional("tags", of_part(&PlanFeature::tags));
  fields.computed_optional("formula_text", of_part(&PlanFeature::formula_text), {.text = "as written"});
  fields.computed_optional("filter_text", of_part(&PlanFeature::filter_text), {.text = "as written"});
  fields.computed_optional("checks", [](const auto& each) { return parts_of(each.plan, each.part.checks); });
}

}  // namespace

template <typename Fields>
void describe(Fields& fields, const Plan*) {
  fields.constant("format_version", Plan::kFormatVersion);
  fields.required("project", &Plan::project);
  fields.required("is_whole", &Plan::is_whole, {.text = "has every feature of the repository"});
  fields.required("entities", &Plan::entities);
  fields.computed("sources", [](const Plan& plan) { return parts_of(plan, plan.sources); });
  fields.computed("series", [](const Plan& plan) { return parts_of(plan, plan.series); });
  fields.computed("states", [](const Plan& plan) { return parts_of(plan, plan.states); });
  fields.computed("features", [](const Plan& plan) { return parts_of(plan, plan.features); },
                  {.text = "each after those that it uses"});
}

std::string to_json(const Plan& plan) { return json_document(plan); }

std::string plan_json_schema() {
  return to_json(json_schema<Plan>("headrace plan as JSON",
                                   "What is to be computed: features are finalizers over states, states keep series in "
                                   "windows, series are values at a source's events. Equal plans are equal texts."));
}

}  // namespace headrace
