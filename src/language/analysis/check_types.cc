#include "language/analysis/analysis.h"
#include "language/diagnostics/codes.h"
#include "language/diagnostics/suggest.h"

#include <fmt/format.h>

#include <algorithm>

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

void report_need(const std::string& name, const Type& type, const WrittenCheck& written, std::string_view need,
                 Diagnostics& diagnostics) {
  Diagnostic problem = make_diagnostic("Q001",
                                       fmt::format("a `{}` check needs {}, but `{}` is {}",
                                                   to_string(written.check.type()), need, name, with_article(type)),
                                       written.type_span);
  diagnostics.add(std::move(problem));
}

/// Reads the allowed values as values of the type of the feature or column.
checks::AllowedValues read_allowed(const std::string& name, const Type& type, const WrittenCheck& written,
                                   Diagnostics& diagnostics) {
  checks::AllowedValues allowed;
  for (const YamlNodePtr& item : written.values->items) {
    if (diagnostics.is_full()) break;
    if (auto value = read_value(*item, type, "Q003", fmt::format("an allowed value of `{}`", name), diagnostics))
      allowed.values.push_back(std::move(*value));
  }
  return allowed;
}

/// Types an expression; null where it has a mistake, which is reported.
ExprPtr type_condition(const WrittenCheck& written, const NameResolver& resolve, const char* example,
                       Diagnostics& diagnostics) {
  if (!written.formula->root) return nullptr;
  ExprPtr expr = type_formula(*written.formula, resolve, diagnostics);
  if (expr != nullptr && expr->type != Type{ScalarType::kBool, false}) {
    const FormulaText& text = written.formula->text;
    Diagnostic problem = make_diagnostic(
        "Q004",
        fmt::format("the formula of an `expression` check must be a bool, but this is {}", with_article(expr->type)),
        text.span(0, text.text.size()));
    problem.help = fmt::format("compare it with something: `{}`", example);
    diagnostics.add(std::move(problem));
    return nullptr;
  }
  return expr;
}

/// Of a feature: over `value` and the source features.
ExprPtr type_expression(const Catalog& catalog, const FeatureNode& node, const WrittenCheck& written,
                        Diagnostics& diagnostics) {
  const NameResolver resolve = [&](const NameUse& use) -> std::optional<ResolvedName> {
    if (!use.qualifier.empty() || use.name != "value") return resolved_name(catalog, node, use);
    return ResolvedName{{Reference::Kind::kColumn, "", "value"}, *node.type, node.document->name_span};
  };
  return type_condition(written, resolve, "value > 0", diagnostics);
}

/// The columns of a source with their types, as its checks see them. kNull: only the data tells.
struct CheckableColumn {
  std::string name;
  ScalarType type = ScalarType::kNull;
  Span span;
};

std::vector<CheckableColumn> checkable_columns(const Catalog& catalog, const SourceDocument& source) {
  std::vector<CheckableColumn> columns;
  const auto add = [&](const std::string& name, ScalarType type, const Span& span) {
    const auto found =
        std::find_if(columns.begin(), columns.end(), [&](const auto& each) { return each.name == name; });
    if (found == columns.end()) columns.push_back({name, type, span});
  };
  // An integer that counts is a time here, as it is everywhere behind the reader.
  if (source.event_time) add(source.event_time->text, ScalarType::kTimestamp, source.event_time->span);
  for (const ColumnDefinition& column : source.definition.columns) add(column.name, column.type, column.span);
  if (source.arrival) add(source.arrival->text, ScalarType::kInt64, source.arrival->span);
  if (source.definition.identity) add(source.definition.identity->id, ScalarType::kNull, source.place);
  const EntityDocument* entity = catalog.find_entity(source.definition.entity);
  if (entity == nullptr) return columns;
  for (const std::string& key : entity->definition.keys) add(key, ScalarType::kNull, source.place);
  return columns;
}

const CheckableColumn* find_checkable(const std::vector<CheckableColumn>& columns, const std::string& name,
                                      const SourceDocument& source, Span place, Diagnostics& diagnostics) {
  const auto found = std::find_if(columns.begin(), columns.end(), [&](const auto& each) { return each.name == name; });
  if (found != columns.end()) return &*found;
  Diagnostic problem = make_diagnostic(
      "Q007", fmt::format("source `{}` has no column `{}`", source.definition.name, name), std::move(place));
  std::vector<std::string> names;
  for (const CheckableColumn& each : columns) names.push_back(each.name);
  problem.help = did_you_mean(name, names);
  if (problem.help.empty()) problem.help = fmt::format("declare it in the `columns` of the source: `{}: double`", name);
  diagnostics.add(std::move(problem));
  return nullptr;
}

/// A column whose type only the data tells has checks that need none.
bool is_typed_enough(const CheckableColumn& column, const WrittenCheck& written, Diagnostics& diagnostics) {
  const CheckType type = written.check.type();
  const bool needs_type = type == CheckType::kRange || type == CheckType::kAllowedValues;
  if (column.type != ScalarType::kNull || !needs_type) return true;
  Diagnostic problem = make_diagnostic(
      "Q007", fmt::format("a `{}` check needs the type of `{}`, which is not declared", to_string(type), column.name),
      written.column->span);
  problem.help = fmt::format("declare it in the `columns` of the source: `{}: string`", column.name);
  diagnostics.add(std::move(problem));
  return false;
}

ExprPtr type_row_expression(const SourceDocument& source, const std::vector<CheckableColumn>& columns,
                            const WrittenCheck& written, Diagnostics& diagnostics) {
  const NameResolver resolve = [&](const NameUse& use) -> std::optional<ResolvedName> {
    const Span& place = use.span;
    if (!use.qualifier.empty() && use.qualifier != source.definition.name) {
      Diagnostic problem = make_diagnostic(
          "Q007",
          fmt::format("a check of source `{}` cannot name `{}.{}`", source.definition.name, use.qualifier, use.name),
          place);
      problem.help = "it is about one row at a time, and sees the columns of its source";
      diagnostics.add(std::move(problem));
      return std::nullopt;
    }
    const CheckableColumn* column = find_checkable(columns, use.name, source, place, diagnostics);
    if (column == nullptr) return std::nullopt;
    if (column->type == ScalarType::kNull) {
      Diagnostic problem = make_diagnostic(
          "Q007", fmt::format("a formula needs the type of `{}`, which is not declared", column->name), place);
      problem.help = fmt::format("declare it in the `columns` of the source: `{}: string`", column->name);
      diagnostics.add(std::move(problem));
      return std::nullopt;
    }
    return ResolvedName{{Reference::Kind::kColumn, source.definition.name, column->name}, {column->type}, column->span};
  };
  return type_condition(written, resolve, "column > 0", diagnostics);
}

}  // namespace

void find_checks(Catalog& catalog, FeatureNode& node, Diagnostics& diagnostics) {
  if (!node.type) return;
  for (const WrittenCheck& written : node.document->checks) {
    QualityCheck check = written.check;
    const std::string_view need = unmet_need(check, *node.type);
    if (!need.empty()) {
      report_need(node.name, *node.type, written, need, diagnostics);
    } else if (written.values != nullptr) {
      check.condition = read_allowed(node.name, *node.type, written, diagnostics);
    } else if (written.formula) {
      std::get<checks::Expression>(check.condition).formula = type_expression(catalog, node, written, diagnostics);
    }
    node.definition.checks.push_back(std::move(check));
  }
}

void find_source_checks(const Catalog& catalog, SourceDocument& source, Diagnostics& diagnostics) {
  if (source.checks.empty() || !source.are_columns_known) return;
  const std::vector<CheckableColumn> columns = checkable_columns(catalog, source);
  for (const WrittenCheck& written : source.checks) {
    SourceCheck found{written.check, written.column ? written.column->text : ""};
    if (written.column) {
      const CheckableColumn* column =
          find_checkable(columns, written.column->text, source, written.column->span, diagnostics);
      if (column == nullptr || !is_typed_enough(*column, written, diagnostics)) continue;
      const Type type{column->type, false};
      const std::string_view need = unmet_need(found.check, type);
      if (!need.empty() && column->type != ScalarType::kNull) {
        report_need(column->name, type, written, need, diagnostics);
      } else if (written.values != nullptr) {
        found.check.condition = read_allowed(column->name, type, written, diagnostics);
      }
    } else if (written.formula) {
      std::get<checks::Expression>(found.check.condition).formula =
          type_row_expression(source, columns, written, diagnostics);
    }
    source.definition.checks.push_back(std::move(found));
  }
}

}  // namespace headrace
