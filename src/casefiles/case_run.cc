#include "casefiles/case_run.h"

#include "casefiles/case_checks.h"
#include "casefiles/case_codes.h"
#include "casefiles/case_events.h"
#include "casefiles/comparison.h"
#include "language/diagnostics/suggest.h"
#include "plan/make_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace headrace {
namespace {

/// ewma is the one aggregation that is not compared by bits (language, section 9).
constexpr double kEwmaTolerance = 1e-12;

/// One value to compare: which ask, which feature, and the expected value in its type.
struct Comparison {
  size_t ask = 0;
  size_t feature = 0;  // of the plan
  Value expected;
  Span span;
};

/// Runs one case whose text and definitions are sound.
class CaseRun {
 public:
  CaseRun(const CaseFile& value, const Repository& repository, const std::vector<DefinitionFile>& definitions,
          CaseEngine& engine, bool skips_bad_rows, CaseReport& report)
      : value_(value),
        repository_(repository),
        definitions_(definitions),
        engine_(engine),
        report_(report),
        events_(value, skips_bad_rows, report.problems) {}

  void run();

 private:
  void report_problem(std::string_view code, std::string message, Span span, std::string help = "") {
    report_.problems.add(case_problem(code, std::move(message), std::move(span), std::move(help)));
  }
  std::vector<std::string> wanted_features();
  void plan_comparisons(const std::vector<std::string>& names);
  void run_entity(size_t entity);
  void compare_entity(const CaseRequest& request, const CaseAnswer& answer, const std::vector<size_t>& asks);
  std::optional<Observations> observations_of(size_t entity, const std::vector<size_t>& asks,
                                              const std::vector<ScalarType>& key_types);
  void compare(const Comparison& comparison, const Value& actual);
  Tolerance tolerance_of(size_t feature) const;
  bool uses_ewma(size_t feature) const;
  double scale_of(size_t feature) const;
  bool is_of_entity(const CaseAsk& ask, const std::string& entity) const;

  const CaseFile& value_;
  const Repository& repository_;
  const std::vector<DefinitionFile>& definitions_;
  CaseEngine& engine_;
  CaseReport& report_;
  EventReader events_;
  Plan plan_;
  std::vector<Comparison> comparisons_;
};

std::vector<std::string> CaseRun::wanted_features() {
  std::vector<std::string> names;
  for (const FeatureDefinition& feature : repository_.features) names.push_back(feature.name);
  std::set<std::string> wanted, unknown;
  const auto add = [&](const std::string& name, const Span& span) {
    if (repository_.find_feature(name) != nullptr) return true;
    if (unknown.insert(name).second)
      report_problem("T003", fmt::format("there is no feature `{}`", name), span, did_you_mean(name, names));
    return false;
  };
  for (const CaseExpectation& expected : value_.expected) {
    for (const auto& [name, value] : expected.values) {
      if (add(name, value.span)) wanted.insert(name);
    }
  }
  for (const CaseAsk& ask : value_.asks) {
    for (const std::string& name : ask.features) add(name, ask.span);
  }
  return {wanted.begin(), wanted.end()};
}

bool CaseRun::is_of_entity(const CaseAsk& ask, const std::string& entity) const {
  const EntityDefinition* definition = repository_.find_entity(entity);
  if (definition == nullptr || definition->keys.size() != ask.entity.size()) return false;
  return std::all_of(ask.entity.begin(), ask.entity.end(), [&](const auto& field) {
    return std::find(definition->keys.begin(), definition->keys.end(), field.first) != definition->keys.end();
  });
}

void CaseRun::plan_comparisons(const std::vector<std::string>& names) {
  plan_ = make_plan(repository_, names);
  for (size_t i = 0; i < value_.asks.size(); ++i) {
    for (const auto& [name, given] : value_.expected[i].values) {
      const PlanFeature* feature = plan_.find_feature(name);
      CHECK(feature != nullptr);
      const PlanEntity& entity = plan_.entities[feature->entity];
      if (!is_of_entity(value_.asks[i], entity.name)) {
        report_problem("T003",
                       fmt::format("feature `{}` is of entity `{}`, whose key is {}; `entity` says {}", name,
                                   entity.name, fmt::join(entity.keys, ", "), show_entity(value_.asks[i].entity)),
                       given.span);
        continue;
      }

      const std::optional<Value> expected = value_of_type(given.value, feature->type);
      if (!expected) {
        report_problem(
            "T004",
            fmt::format("feature `{}` is {}, but this is {}", name, to_string(feature->type), to_json(given.value)),
            given.span);
        continue;
      }
      comparisons_.push_back({i, static_cast<size_t>(feature - plan_.features.data()), *expected, given.span});
    }
  }
}

std::optional<Observations> CaseRun::observations_of(size_t entity, const std::vector<size_t>& asks,
                                                     const std::vector<ScalarType>& key_types) {
  const std::vector<std::string>& keys = plan_.entities[entity].keys;
  std::vector<ColumnBuilder> builders;
  for (const ScalarType type : key_types) builders.emplace_back(Type{type});
  ColumnBuilder times({ScalarType::kTimestamp});
  bool is_complete = true;
  for (const size_t ask : asks) {
    for (size_t key = 0; key < keys.size(); ++key) {
      const auto value =
          key_value(value_.asks[ask].entity, keys[key], key_types[key], value_.asks[ask].span, report_.problems);
      is_complete = is_complete && value.has_value();
      builders[key].append(value.value_or(Value{}));
    }
    times.append_int64(value_.asks[ask].at.us);
  }
  if (!is_complete) return std::nullopt;
  Observations observations;
  for (ColumnBuilder& builder : builders) observations.keys.push_back(std::move(builder).finish());
  observations.times = std::move(times).finish();
  return observations;
}

void CaseRun::run_entity(size_t entity) {
  std::set<size_t> features;
  std::set<size_t> asks;
  for (const Comparison& comparison : comparisons_) {
    if (plan_.features[comparison.feature].entity != entity) continue;
    features.insert(comparison.feature);
    asks.insert(comparison.ask);
  }
  if (features.empty()) return;

  const std::vector<ScalarType> key_types = key_types_of(value_, plan_, entity, report_.problems);
  if (report_.problems.has_errors()) return;
  const std::vector<size_t> ask_list(asks.begin(), asks.end());

  CaseRequest request{.plan = plan_, .entity = entity};
  request.features.assign(features.begin(), features.end());
  request.key_types = key_types;
  for (const SourceRequest& needed : source_requests(plan_, entity, request.features)) {
    const auto source = std::find_if(plan_.sources.begin(), plan_.sources.end(),
                                     [&](const PlanSource& each) { return each.name == needed.source; });
    CHECK(source != plan_.sources.end());
    request.tables.push_back({needed, events_.read(*source, needed, key_types)});
  }
  for (BadEvent& bad : events_.take_bad_events()) report_.bad_events.push_back(std::move(bad));

  std::optional<Observations> observations = observations_of(entity, ask_list, key_types);
  if (!observations || report_.problems.has_errors()) return;
  request.observations = std::move(*observations);
  request.definitions = definitions_;

  const Result<CaseAnswer> answer = engine_.run(request);
  if (!answer) {
    report_.error = answer.error();
    return;
  }
  compare_entity(request, *answer, ask_list);
  report_.statistics.add(answer->statistics);
}

void CaseRun::compare_entity(const CaseRequest& request, const CaseAnswer& answer, const std::vector<size_t>& asks) {
  std::set<size_t> refused;
  for (const auto& [feature, reason] : answer.refused) {
    refused.insert(feature);
    report_.refused.emplace_back(plan_.features[feature].name, reason);
  }
  for (const Comparison& comparison : comparisons_) {
    if (plan_.features[comparison.feature].entity != request.entity || refused.contains(comparison.feature)) continue;
    const auto column = std::lower_bound(request.features.begin(), request.features.end(), comparison.feature);
    const auto row = std::lower_bound(asks.begin(), asks.end(), comparison.ask);
    compare(
        comparison,
        answer.values[static_cast<size_t>(column - request.features.begin())][static_cast<size_t>(row - asks.begin())]);
  }
}

bool CaseRun::uses_ewma(size_t feature) const {
  const PlanFeature& of = plan_.features[feature];
  if (of.aggregation == Aggregation::kEwma) return true;
  return std::any_of(of.uses.begin(), of.uses.end(), [&](size_t used) { return uses_ewma(used); });
}

double CaseRun::scale_of(size_t feature) const {
  const PlanFeature& of = plan_.features[feature];
  const std::vector<ExprPtr> formulas =
      of.is_derived() ? std::vector<ExprPtr>{of.formula} : plan_.series_of(of).formulas;
  double scale = 0;
  for (const ExprPtr& formula : formulas) {
    for (const Reference& reference : references_of(*formula)) {
      if (reference.kind == Reference::Kind::kColumn)
        scale = std::max(scale, largest_magnitude(value_, reference.source, reference.name));
    }
  }
  for (const size_t used : of.uses) scale = std::max(scale, scale_of(used));
  return scale;
}

Tolerance CaseRun::tolerance_of(size_t feature) const {
  const bool is_near = uses_ewma(feature);
  Tolerance tolerance{.relative = std::max(value_.tolerance.value_or(0.0), engine_.tolerance())};
  if (is_near) tolerance.relative = std::max(tolerance.relative, kEwmaTolerance);
  if (is_near) tolerance.scale = scale_of(feature);
  return tolerance;
}

void CaseRun::compare(const Comparison& comparison, const Value& actual) {
  ++report_.values;
  if (matches(comparison.expected, actual, tolerance_of(comparison.feature))) return;
  const CaseAsk& ask = value_.asks[comparison.ask];
  report_.mismatches.push_back({comparison.ask, show_entity(ask.entity), ask.at,
                                plan_.features[comparison.feature].name, comparison.expected, actual, comparison.span});
}

void CaseRun::run() {
  report_.asks = value_.asks.size();
  check_rows(value_, repository_, report_.problems);
  check_events(value_, repository_, report_.problems);
  const std::vector<std::string> names = wanted_features();
  if (report_.problems.has_errors() || names.empty()) return;
  plan_comparisons(names);
  for (size_t entity = 0; entity < plan_.entities.size() && !report_.problems.has_errors() && !report_.error;
       ++entity) {
    run_entity(entity);
  }
  std::stable_sort(report_.mismatches.begin(), report_.mismatches.end(),
                   [](const CaseMismatch& a, const CaseMismatch& b) { return a.ask < b.ask; });
}

/// Whether the definitions are refused with the expected code; says what is wrong otherwise.
std::string judge_refusal(const std::string& expected, const Diagnostics& diagnostics) {
  std::set<std::string> codes;
  for (const Diagnostic& each : diagnostics.sorted()) {
    if (each.severity == Severity::kError) codes.insert(each.code);
  }
  if (codes.contains(expected)) return "";
  if (codes.empty()) return fmt::format("the definitions should be refused with {}, but they are accepted", expected);
  return fmt::format("the definitions should be refused with {}, but they are refused with {}", expected,
                     fmt::join(codes, ", "));
}

void judge(CaseReport& report) {
  if (report.problems.has_errors() || report.error) {
    report.outcome = CaseReport::Outcome::kBroken;
  } else if (!report.mismatches.empty() || !report.refusal.empty()) {
    report.outcome = CaseReport::Outcome::kFailed;
  } else if (report.values == 0 && !report.refused.empty()) {
    report.outcome = CaseReport::Outcome::kSkipped;
  }
}

}  // namespace

CaseReport run_case(const DefinitionFile& file, const LoadedRepository* surrounding, CaseEngine& engine,
                    bool skips_bad_rows) {
  CaseReport report;
  report.engine = engine.name();
  report.file = file.name;
  report.files = {file};
  ParsedCase parsed = parse_case(file);
  report.about = parsed.value.about;
  report.problems = std::move(parsed.diagnostics);
  const CaseFile& value = parsed.value;
  if (report.problems.has_errors()) {
    report.outcome = CaseReport::Outcome::kBroken;
    return report;
  }

  const bool is_left_out = !value.engines.empty() &&
                           std::find(value.engines.begin(), value.engines.end(), engine.name()) == value.engines.end();
  if (is_left_out) {
    report.outcome = CaseReport::Outcome::kSkipped;
    return report;
  }

  LoadedRepository embedded;
  if (value.repository) {
    embedded = load_embedded(value, file);
    surrounding = &embedded;
  }

  // The definitions are refused as expected, cannot be used, or give values to compare.
  if (surrounding == nullptr) {
    report.error = Error::data(fmt::format("{} has no `repository` and lies in none", file.name))
                       .with_help("put it under tests/ of a feature repository, or write the definitions into it");
  } else if (!value.expected_error.empty()) {
    report.refusal = judge_refusal(value.expected_error, surrounding->diagnostics);
  } else if (surrounding->diagnostics.has_errors()) {
    report.problems = surrounding->diagnostics;
    report.files = surrounding->files;
  } else {
    std::vector<DefinitionFile> definitions = surrounding->files;
    if (value.repository) definitions = {{"project.yaml", value.repository->text}};
    CaseRun(value, surrounding->repository, definitions, engine, skips_bad_rows, report).run();
  }
  judge(report);
  return report;
}

}  // namespace headrace
