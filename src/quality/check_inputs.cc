#include "quality/check_inputs.h"

#include "base/check.h"

#include <algorithm>
#include <functional>

namespace headrace {
namespace {

constexpr std::string_view kHiddenPrefix = "__check_";

/// The tree with other references in place of its own.
ExprPtr replace_references(const ExprPtr& expr, const std::function<Reference(const Expr&)>& replacement) {
  switch (expr->kind) {
    case Expr::Kind::kLiteral: return expr;
    case Expr::Kind::kReference: return Expr::make_reference(expr->type, replacement(*expr));
    case Expr::Kind::kCall: break;
  }
  std::vector<ExprPtr> arguments;
  for (const ExprPtr& argument : expr->arguments) arguments.push_back(replace_references(argument, replacement));
  return Expr::make_call(expr->type, expr->function, std::move(arguments));
}

/// Adds hidden features to a repository, each once.
class InputBuilder {
 public:
  explicit InputBuilder(const Repository& repository) { inputs_.repository = repository; }

  void add(const FeatureDefinition& checked) {
    for (size_t i = 0; i < checked.checks.size(); ++i) {
      const QualityCheck& check = checked.checks[i];
      const auto* expression = std::get_if<checks::Expression>(&check.condition);
      if (expression == nullptr || !expression->formula) continue;
      FeatureDefinition hidden = hidden_like(checked, check_feature_name(checked.name, i));
      hidden.type = expression->formula->type;
      hidden.formulas = {
          replace_references(expression->formula, [&](const Expr& reference) { return replaced(checked, reference); })};
      hidden.formula_text = expression->text;
      inputs_.features.push_back(hidden.name);
      inputs_.repository.features.push_back(std::move(hidden));
    }
  }

  CheckInputs finish() && { return std::move(inputs_); }

 private:
  /// A derived feature of the same entity and driving source.
  static FeatureDefinition hidden_like(const FeatureDefinition& checked, std::string name) {
    FeatureDefinition hidden;
    hidden.name = std::move(name);
    hidden.owner = checked.owner;
    hidden.version = checked.version;
    hidden.entity = checked.entity;
    hidden.source = checked.source;
    hidden.span = checked.span;
    return hidden;
  }

  Reference replaced(const FeatureDefinition& checked, const Expr& reference) {
    const Reference& written = reference.reference;
    if (written.kind == Reference::Kind::kFeature) return written;
    const bool is_value = written.source.empty();
    return {Reference::Kind::kFeature, "",
            is_value ? value_before_default(checked) : last_of_column(checked, reference)};
  }

  std::string value_before_default(const FeatureDefinition& checked) {
    if (checked.default_value.is_null()) return checked.name;
    FeatureDefinition hidden = checked;
    hidden.name = std::string(kHiddenPrefix) + checked.name + "_value";
    hidden.default_value = {};
    hidden.checks.clear();
    return add_once(std::move(hidden));
  }

  std::string last_of_column(const FeatureDefinition& checked, const Expr& column) {
    const Reference& written = column.reference;
    FeatureDefinition hidden =
        hidden_like(checked, std::string(kHiddenPrefix) + "column_" + written.source + "." + written.name);
    hidden.source = written.source;
    hidden.aggregation = Aggregation::kLast;
    hidden.formulas = {Expr::make_reference(column.type, written)};
    hidden.type = column.type;
    return add_once(std::move(hidden));
  }

  std::string add_once(FeatureDefinition hidden) {
    const std::string name = hidden.name;
    if (inputs_.repository.find_feature(name) == nullptr) inputs_.repository.features.push_back(std::move(hidden));
    return name;
  }

  CheckInputs inputs_;
};

}  // namespace

bool is_evaluated_at_backfill(CheckType type) {
  switch (type) {
    case CheckType::kRange:
    case CheckType::kCompleteness:
    case CheckType::kAllowedValues:
    case CheckType::kUnique:
    case CheckType::kNotNull:
    case CheckType::kMonotonic:
    case CheckType::kExpression: return true;
    case CheckType::kFreshness:
    case CheckType::kVolume:
    case CheckType::kDrift: return false;
  }
  return false;
}

std::string check_feature_name(const std::string& feature, size_t check) {
  return std::string(kHiddenPrefix) + feature + "_" + std::to_string(check);
}

CheckInputs with_check_inputs(const Repository& repository, const std::vector<std::string>& feature_names) {
  InputBuilder builder(repository);
  for (const FeatureDefinition& feature : repository.features) {
    const bool is_named = std::find(feature_names.begin(), feature_names.end(), feature.name) != feature_names.end();
    if (is_named || feature_names.empty()) builder.add(feature);
  }
  return std::move(builder).finish();
}

CheckedRequest add_checks(const Plan& plan, const Repository& repository, BackfillRequest request) {
  CHECK(request.before_default.empty());
  CheckedRequest checked;
  checked.feature_count = request.features.size();
  std::vector<bool> before_default(request.features.size(), false);
  for (size_t i = 0; i < checked.feature_count; ++i) {
    const PlanFeature& feature = plan.features[request.features[i]];
    const FeatureDefinition* definition = repository.find_feature(feature.name);
    CHECK(definition != nullptr);
    for (size_t check = 0; check < definition->checks.size(); ++check) {
      const CheckType type = definition->checks[check].type();
      if (is_evaluated_at_backfill(type) && !feature.default_value.is_null()) before_default[i] = true;
      if (type != CheckType::kExpression) continue;
      const PlanFeature* hidden = plan.find_feature(check_feature_name(feature.name, check));
      CHECK(hidden != nullptr);
      request.features.push_back(static_cast<size_t>(hidden - plan.features.data()));
    }
  }
  before_default.resize(request.features.size(), false);
  if (std::find(before_default.begin(), before_default.end(), true) != before_default.end()) {
    request.before_default = std::move(before_default);
  }
  checked.request = std::move(request);
  return checked;
}

}  // namespace headrace
