#include "language/diagnostics/codes.h"
#include "language/resolution/catalog.h"

#include <fmt/format.h>

namespace headrace {
namespace {

bool is_number(const Type& type) {
  return !type.is_list && (type.scalar == ScalarType::kInt64 || type.scalar == ScalarType::kDouble);
}

/// What the values must be for a check; empty: they are.
std::string unmet_need(const QualityCheck& check, const Type& type) {
  const bool is_ordered =
      is_number(type) ||
      (!type.is_list && (type.scalar == ScalarType::kTimestamp || type.scalar == ScalarType::kString));
  switch (check.type) {
    case QualityCheck::Type::kRange: return is_number(type) ? "" : "numbers";
    case QualityCheck::Type::kMonotonic: return is_ordered ? "" : "numbers, strings or timestamps";
    case QualityCheck::Type::kDrift: {
      const bool needs_number = check.metric == "ks" || check.metric == "wasserstein";
      if (type.is_list) return "single values, not lists";
      return needs_number && !is_number(type) ? "numbers" : "";
    }
    case QualityCheck::Type::kAllowedValues: return type.is_list ? "single values, not lists" : "";
    case QualityCheck::Type::kCompleteness:
    case QualityCheck::Type::kFreshness:
    case QualityCheck::Type::kUnique:
    case QualityCheck::Type::kNotNull:
    case QualityCheck::Type::kVolume:
    case QualityCheck::Type::kExpression: return "";
  }
  return "";
}

void report_need(const FeatureNode& node, const WrittenCheck& written, std::string_view need,
                 Diagnostics& diagnostics) {
  Diagnostic problem =
      make_diagnostic("Q001",
                      fmt::format("a `{}` check needs {}, but `{}` is {}", to_string(written.check.type), need,
                                  node.name, with_article(*node.type)),
                      written.type_span);
  diagnostics.add(std::move(problem));
}

/// Reads the allowed values as values of the feature's type.
void read_allowed(const FeatureNode& node, const WrittenCheck& written, QualityCheck& check, Diagnostics& diagnostics) {
  for (const YamlNodePtr& item : written.values->items) {
    if (diagnostics.is_full()) return;
    if (auto value =
            read_value(*item, *node.type, "Q003", fmt::format("an allowed value of `{}`", node.name), diagnostics))
      check.values.push_back(std::move(*value));
  }
}

/// Types an expression over `value` and the source features.
void type_expression(const Catalog& catalog, const FeatureNode& node, const WrittenCheck& written, QualityCheck& check,
                     Diagnostics& diagnostics) {
  if (!written.formula->root) return;
  const NameResolver resolve = [&](const NameUse& use) -> std::optional<ResolvedName> {
    if (!use.qualifier.empty() || use.name != "value") return resolved_name(catalog, node, use);
    return ResolvedName{{Reference::Kind::kColumn, "", "value"}, *node.type, node.document->name_span};
  };
  ExprPtr expr = type_formula(*written.formula, resolve, diagnostics);
  if (expr == nullptr) return;
  if (expr->type != Type{ScalarType::kBool, false}) {
    const FormulaText& text = written.formula->text;
    Diagnostic problem = make_diagnostic(
        "Q004",
        fmt::format("the formula of an `expression` check must be a bool, but this is {}", with_article(expr->type)),
        text.span(0, text.text.size()));
    problem.help = "compare it with something: `value > 0`";
    diagnostics.add(std::move(problem));
    return;
  }
  check.formula = std::move(expr);
}

}  // namespace

void find_checks(Catalog& catalog, FeatureNode& node, Diagnostics& diagnostics) {
  if (!node.type) return;
  for (const WrittenCheck& written : node.document->checks) {
    QualityCheck check = written.check;
    const std::string need = unmet_need(check, *node.type);
    if (!need.empty()) {
      report_need(node, written, need, diagnostics);
    } else if (written.values != nullptr) {
      read_allowed(node, written, check, diagnostics);
    } else if (written.formula) {
      type_expression(catalog, node, written, check, diagnostics);
    }
    node.definition.checks.push_back(std::move(check));
  }
}

}  // namespace headrace
