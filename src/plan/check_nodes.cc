#include "plan/check_nodes.h"

namespace headrace {
namespace {

constexpr std::string_view kPrefix = "__check_";

/// The nodes of one checked feature.
class NodeWriter {
 public:
  explicit NodeWriter(const FeatureDefinition& checked) : checked_(checked) {}

  void add(const checks::Expression& expression, size_t check) {
    FeatureDefinition node = node_named(check_node_name(checked_.name, check));
    node.type = expression.formula->type;
    node.formulas = {
        replace_references(expression.formula, [&](const Expr& reference) { return replaced(reference); })};
    node.formula_text = expression.text;
    nodes_.push_back(std::move(node));
  }

  std::vector<FeatureDefinition> take() { return std::move(nodes_); }

 private:
  /// A derived feature of the same entity and driving source.
  FeatureDefinition node_named(std::string name) const {
    FeatureDefinition node;
    node.name = std::move(name);
    node.owner = checked_.owner;
    node.version = checked_.version;
    node.entity = checked_.entity;
    node.source = checked_.source;
    node.span = checked_.span;
    return node;
  }

  Reference replaced(const Expr& reference) {
    const Reference& written = reference.reference;
    if (written.kind == Reference::Kind::kFeature) return written;
    const bool is_value = written.source.empty();
    return {Reference::Kind::kFeature, "", is_value ? value_before_default() : last_of_column(reference)};
  }

  std::string value_before_default() {
    if (checked_.default_value.is_null()) return checked_.name;
    FeatureDefinition node = checked_;
    node.name = std::string(kPrefix) + checked_.name + "_value";
    node.default_value = {};
    node.checks.clear();
    return add_once(std::move(node));
  }

  std::string last_of_column(const Expr& column) {
    const Reference& written = column.reference;
    FeatureDefinition node = node_named(std::string(kPrefix) + "column_" + written.source + "." + written.name);
    node.source = written.source;
    node.aggregation = Aggregation::kLast;
    node.formulas = {Expr::make_reference(column.type, written)};
    node.type = column.type;
    return add_once(std::move(node));
  }

  std::string add_once(FeatureDefinition node) {
    for (const FeatureDefinition& each : nodes_) {
      if (each.name == node.name) return node.name;
    }
    nodes_.push_back(std::move(node));
    return nodes_.back().name;
  }

  const FeatureDefinition& checked_;
  std::vector<FeatureDefinition> nodes_;
};

}  // namespace

std::vector<FeatureDefinition> check_nodes(const FeatureDefinition& checked) {
  NodeWriter nodes(checked);
  for (size_t i = 0; i < checked.checks.size(); ++i) {
    const auto* expression = std::get_if<checks::Expression>(&checked.checks[i].condition);
    if (expression != nullptr && expression->formula) nodes.add(*expression, i);
  }
  return nodes.take();
}

std::string check_node_name(const std::string& feature, size_t check) {
  return std::string(kPrefix) + feature + "_" + std::to_string(check);
}

}  // namespace headrace
