#include "language/analysis/analysis.h"
#include "language/diagnostics/codes.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

/// "a number", "a boolean", "a number, a string or a timestamp": what an aggregation accepts.
std::string accepted_by(Aggregation aggregation) {
  std::vector<std::string> kinds;
  if (accepts(aggregation, ScalarType::kDouble)) kinds.emplace_back("a number");
  if (accepts(aggregation, ScalarType::kBool)) kinds.emplace_back("a bool");
  if (accepts(aggregation, ScalarType::kString)) kinds.emplace_back("a string");
  if (accepts(aggregation, ScalarType::kTimestamp)) kinds.emplace_back("a timestamp");
  std::string out;
  for (size_t i = 0; i < kinds.size(); ++i) out += (i == 0 ? "" : i + 1 == kinds.size() ? " or " : ", ") + kinds[i];
  return out;
}

std::string help_for_input(Aggregation aggregation, const Type& type) {
  if (type.is_list) return "aggregate what the list was made from";
  switch (type.scalar) {
    case ScalarType::kString: return "count its values with `aggregation: count_distinct`";
    case ScalarType::kBool: return "make a number of it: `if(condition, 1, 0)`";
    case ScalarType::kTimestamp: return "make a number of it: `seconds(event_time() - t)`";
    case ScalarType::kInt64:
    case ScalarType::kDouble:
      return accepts(aggregation, ScalarType::kBool) ? "compare it with something: `x > 0`" : "";
    case ScalarType::kNull:
    case ScalarType::kDuration: return "";
  }
  return "";
}

/// Types the formulas and the filter of one feature, and from them its value.
class FeatureTyping {
 public:
  FeatureTyping(Catalog& catalog, FeatureNode& node, Diagnostics& diagnostics)
      : catalog_(catalog), node_(node), document_(*node.document), diagnostics_(diagnostics) {}

  bool run() {
    FeatureDefinition& definition = node_.definition;
    if (node_.aggregation != nullptr) definition.aggregation = node_.aggregation->aggregation;
    if (node_.aggregation != nullptr) definition.params = node_.aggregation->params;
    if (node_.window != nullptr && node_.window->window) definition.window = *node_.window->window;
    if (document_.is_derived_form() && !node_.is_derived) definition.aggregation = Aggregation::kLast;
    const bool are_formulas_typed = type_formulas();
    const bool is_filter_typed = type_filter();
    check_window();
    if (!are_formulas_typed) return false;
    if (!check_formula_count()) return false;
    find_type();
    return node_.type.has_value() && is_filter_typed;
  }

 private:
  NameResolver resolver() const {
    return [this](const NameUse& use) { return resolved_name(catalog_, node_, use); };
  }

  bool type_formulas() {
    FeatureDefinition& definition = node_.definition;
    definition.formula_text = document_.formula_text;
    definition.formula_span = document_.formula_span;
    if (document_.has_formula) {
      for (const ParsedFormula& parsed : document_.formulas) {
        ExprPtr expr = parsed.root ? type_formula(parsed, resolver(), diagnostics_) : nullptr;
        if (expr == nullptr) return false;
        definition.formulas.push_back(std::move(expr));
      }
      return !document_.formulas.empty();
    }

    if (!node_.implied) return true;
    const ListedName& listed = document_.listed[*node_.implied];
    const Reference& reference = *node_.listed[*node_.implied];
    const NameUse use = node_.names.contains({listed.use.qualifier, listed.use.name})
                            ? listed.use
                            : NameUse{"", listed.text, listed.use.span};
    const auto resolved = resolved_name(catalog_, node_, use);
    if (!resolved) return false;
    definition.formulas.push_back(Expr::make_reference(resolved->type, reference));
    definition.formula_text = listed.text;
    definition.formula_span = listed.use.span;
    return true;
  }

  bool type_filter() {
    if (!document_.filter) return document_.filter_text.empty();
    const ParsedFormula& parsed = *document_.filter;
    node_.definition.filter_text = document_.filter_text;
    ExprPtr expr = parsed.root ? type_formula(parsed, resolver(), diagnostics_) : nullptr;
    if (expr == nullptr) return false;
    if (expr->type != Type{ScalarType::kBool, false}) {
      Diagnostic problem =
          make_diagnostic("F025", fmt::format("a filter must be a bool, but this is {}", with_article(expr->type)),
                          parsed.text.span(0, parsed.text.text.size()));
      problem.help = "compare it with something: `x > 0`";
      diagnostics_.add(std::move(problem));
      return false;
    }
    node_.definition.filter = std::move(expr);
    return true;
  }

  /// time_weighted_mean: a plain duration or lifetime.
  void check_window() {
    if (node_.definition.aggregation != Aggregation::kTimeWeightedMean || node_.window == nullptr ||
        !node_.window->window)
      return;
    const WindowSpec& window = *node_.window->window;
    const bool is_plain =
        window.kind == WindowSpec::Kind::kSize && window.closed == Closed::kRight && window.offset.us == 0;
    if (is_plain || window.kind == WindowSpec::Kind::kLifetime) return;
    Diagnostic problem = make_diagnostic(
        "F032", "`time_weighted_mean` needs a plain duration or `lifetime` as its window", node_.window->span);
    problem.help = "write `window: 24h`, without `closed` and `offset`";
    diagnostics_.add(std::move(problem));
  }

  bool check_formula_count() {
    const std::optional<Aggregation>& aggregation = node_.definition.aggregation;
    const bool is_pair = aggregation == Aggregation::kCovariance || aggregation == Aggregation::kCorrelation;
    const size_t count = node_.definition.formulas.size();
    if (node_.aggregation != nullptr && !aggregation) return count <= 1;
    if (is_pair ? count == 2 : count <= 1) return true;
    const std::string subject =
        aggregation ? fmt::format("`{}`", node_.aggregation != nullptr ? node_.aggregation->word : "last")
                    : "a derived feature";
    Diagnostic problem = make_diagnostic("F017",
                                         is_pair ? fmt::format("{} needs a list of two formulas", subject)
                                                 : fmt::format("{} has one formula, but here are {}", subject, count),
                                         node_.definition.formula_span);
    problem.help = is_pair ? "write `formula: [x, y]`" : "only `covariance` and `correlation` have a list of two";
    diagnostics_.add(std::move(problem));
    return false;
  }

  void find_type() {
    const FeatureDefinition& definition = node_.definition;
    if (node_.aggregation != nullptr && !definition.aggregation) return;
    if (!definition.aggregation) {
      if (!definition.formulas.empty()) node_.type = definition.formulas.front()->type;
      return;
    }
    if (definition.formulas.empty()) {
      if (*definition.aggregation == Aggregation::kCount)
        node_.type = result_type(Aggregation::kCount, ScalarType::kInt64);
      return;
    }
    for (size_t i = 0; i < definition.formulas.size(); ++i) {
      const Type& type = definition.formulas[i]->type;
      if (!type.is_list && accepts(*definition.aggregation, type.scalar)) continue;
      report_input(*definition.aggregation, i);
      return;
    }
    node_.type = result_type(*definition.aggregation, definition.formulas.front()->type.scalar);
  }

  void report_input(Aggregation aggregation, size_t position) {
    const Expr& expr = *node_.definition.formulas[position];
    const std::string word = node_.aggregation != nullptr ? node_.aggregation->word : "last";
    const bool is_name = expr.kind == Expr::Kind::kReference;
    const ParsedFormula* parsed = document_.has_formula ? &document_.formulas[position] : nullptr;
    const Span span =
        parsed != nullptr ? parsed->text.span(0, parsed->text.text.size()) : node_.definition.formula_span;
    const std::string subject =
        is_name ? fmt::format("`{}`", parsed != nullptr && parsed->names.size() == 1 ? parsed->names[0].text()
                                                                                     : expr.reference.name)
                : "the formula";

    Diagnostic problem = make_diagnostic(
        "F012",
        fmt::format("`{}` needs {}, but {} is {}", word, accepted_by(aggregation), subject, with_article(expr.type)),
        span);
    problem.label = to_string(expr.type);

    if (is_name) {
      const NameUse use = parsed != nullptr ? parsed->names[0] : document_.listed[*node_.implied].use;
      const auto resolved = resolved_name(catalog_, node_, use);
      if (resolved && resolved->declared)
        problem.label += fmt::format(", declared at {}:{}", resolved->declared->file, resolved->declared->line);
    }
    problem.help = help_for_input(aggregation, expr.type);
    diagnostics_.add(std::move(problem));
  }

  Catalog& catalog_;
  FeatureNode& node_;
  const FeatureDocument& document_;
  Diagnostics& diagnostics_;
};

}  // namespace

bool find_types(Catalog& catalog, FeatureNode& node, Diagnostics& diagnostics) {
  return FeatureTyping(catalog, node, diagnostics).run();
}

}  // namespace headrace
