#include "language/diagnostics/codes.h"
#include "language/resolution/catalog.h"

#include <fmt/format.h>

namespace headrace {
namespace {

bool is_number(const Type& type) {
  return !type.is_list && (type.scalar == ScalarType::kInt64 || type.scalar == ScalarType::kDouble);
}

bool is_ordered(const Type& type) {
  return is_number(type) ||
         (!type.is_list && (type.scalar == ScalarType::kTimestamp || type.scalar == ScalarType::kString));
}

/// What the values must be for a check; empty: they are.
std::string_view unmet_need(const QualityCheck& check, const Type& type) {
  switch (check.type()) {
    case CheckType::kRange: return is_number(type) ? "" : "numbers";
    case CheckType::kMonotonic: return is_ordered(type) ? "" : "numbers, strings or timestamps";
    case CheckType::kDrift: {
      const DriftMetric metric = std::get<checks::Drift>(check.condition).metric;
      const bool needs_number = metric == DriftMetric::kKolmogorovSmirnov || metric == DriftMetric::kWasserstein;
      if (type.is_list) return "single values, not lists";
      return needs_number && !is_number(type) ? "numbers" : "";
    }
    case CheckType::kAllowedValues: return type.is_list ? "single values, not lists" : "";
    case CheckType::kCompleteness:
    case CheckType::kFreshness:
    case CheckType::kUnique:
    case CheckType::kNotNull:
    case CheckType::kVolume:
    case CheckType::kExpression: return "";
  }
  return "";
}

void report_need(const FeatureNode& node, const WrittenCheck& written, std::string_view need,
                 Diagnostics& diagnostics) {
  Diagnostic problem =
      make_diagnostic("Q001",
                      fmt::format("a `{}` check needs {}, but `{}` is {}", to_string(written.check.type()), need,
                                  node.name, with_article(*node.type)),
                      written.type_span);
  diagnostics.add(std::move(problem));
}

/// Reads the allowed values as values of the feature's type.
checks::AllowedValues read_allowed(const FeatureNode& node, const WrittenCheck& written, Diagnostics& diagnostics) {
  checks::AllowedValues allowed;
  for (const YamlNodePtr& item : written.values->items) {
    if (diagnostics.is_full()) break;
    if (auto value =
            read_value(*item, *node.type, "Q003", fmt::format("an allowed value of `{}`", node.name), diagnostics))
      allowed.values.push_back(std::move(*value));
  }
  return allowed;
}

/// Types an expression over `value` and the source features; null where it has a mistake, which is reported.
ExprPtr type_expression(const Catalog& catalog, const FeatureNode& node, const WrittenCheck& written,
                        Diagnostics& diagnostics) {
  if (!written.formula->root) return nullptr;
  const NameResolver resolve = [&](const NameUse& use) -> std::optional<ResolvedName> {
    if (!use.qualifier.empty() || use.name != "value") return resolved_name(catalog, node, use);
    return ResolvedName{{Reference::Kind::kColumn, "", "value"}, *node.type, node.document->name_span};
  };
  ExprPtr expr = type_formula(*written.formula, resolve, diagnostics);
  if (expr != nullptr && expr->type != Type{ScalarType::kBool, false}) {
    const FormulaText& text = written.formula->text;
    Diagnostic problem = make_diagnostic(
        "Q004",
        fmt::format("the formula of an `expression` check must be a bool, but this is {}", with_article(expr->type)),
        text.span(0, text.text.size()));
    problem.help = "compare it with something: `value > 0`";
    diagnostics.add(std::move(problem));
    return nullptr;
  }
  return expr;
}

}  // namespace

void find_checks(Catalog& catalog, FeatureNode& node, Diagnostics& diagnostics) {
  if (!node.type) return;
  for (const WrittenCheck& written : node.document->checks) {
    QualityCheck check = written.check;
    const std::string_view need = unmet_need(check, *node.type);
    if (!need.empty()) {
      report_need(node, written, need, diagnostics);
    } else if (written.values != nullptr) {
      check.condition = read_allowed(node, written, diagnostics);
    } else if (written.formula) {
      std::get<checks::Expression>(check.condition).formula = type_expression(catalog, node, written, diagnostics);
    }
    node.definition.checks.push_back(std::move(check));
  }
}

}  // namespace headrace
