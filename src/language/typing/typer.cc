#include "language/typing/typer.h"

#include <fmt/format.h>

#include <set>

namespace headrace {

Typer::Typer(const ParsedFormula& formula, const NameResolver& resolve, Report& report)
    : formula_(formula), resolve_(resolve), report_(report) {}

ExprPtr Typer::type_root() {
  const SyntaxNode& root = *formula_.root;
  if (root.kind == SyntaxNode::Kind::kName) return type_name(root);
  ExprPtr expr = type_node(root);
  if (expr == nullptr) return nullptr;
  if (expr->type.scalar == ScalarType::kNull) return null_without_type(root);
  if (expr->type.scalar != ScalarType::kDuration) return expr;
  report_.add("F210", root.range, "a duration cannot be the value of a formula",
              "`seconds(..)` around it makes a number of it");
  return nullptr;
}

ExprPtr Typer::type_node(const SyntaxNode& node) {
  switch (node.kind) {
    case SyntaxNode::Kind::kLiteral: return Expr::make_literal(node.type, node.literal);
    case SyntaxNode::Kind::kName: {
      ExprPtr expr = type_name(node);
      if (expr == nullptr || !expr->type.is_list) return expr;
      report_.add("F211", node.token,
                  fmt::format("{} is a {}, and nothing computes with lists", quote(node), to_string(expr->type)),
                  "a feature that is a list can only be the whole formula");
      return nullptr;
    }
    case SyntaxNode::Kind::kCall: return type_call(node);
    case SyntaxNode::Kind::kOperator: {
      auto operands = type_children(node);
      return operands ? type_operator(node, std::move(*operands)) : nullptr;
    }
  }
  return nullptr;
}

ExprPtr Typer::type_name(const SyntaxNode& node) {
  const auto [found, is_new] = resolved_.try_emplace(node.name);
  if (is_new) found->second = resolve_(formula_.names[node.name]);
  if (!found->second) return nullptr;
  return Expr::make_reference(found->second->type, found->second->reference);
}

std::optional<std::vector<Typer::Operand>> Typer::type_children(const SyntaxNode& node) {
  std::vector<Operand> operands;
  bool is_right = true;
  for (const SyntaxPtr& child : node.children) {
    operands.push_back({child.get(), type_node(*child)});
    is_right = is_right && operands.back().expr != nullptr;
  }
  return is_right ? std::optional(std::move(operands)) : std::nullopt;
}

std::optional<ScalarType> Typer::common_type(const SyntaxNode& node, std::span<Operand> operands) {
  const Operand* first = nullptr;
  bool has_double = false;
  for (const Operand& operand : operands) {
    if (operand.is_null()) continue;
    has_double = has_double || operand.type() == ScalarType::kDouble;
    if (first == nullptr) first = &operand;
    const auto is_number = [](ScalarType type) { return type == ScalarType::kInt64 || type == ScalarType::kDouble; };
    if (operand.type() == first->type() || (is_number(operand.type()) && is_number(first->type()))) continue;
    const std::string_view name =
        node.kind == SyntaxNode::Kind::kCall ? std::string_view(node.function) : to_string(node.operation);
    wrong_sides(node, *first, operand, fmt::format("`{}` needs values of one type", name));
    return std::nullopt;
  }
  if (first == nullptr) return ScalarType::kNull;
  return has_double ? ScalarType::kDouble : first->type();
}

ExprPtr Typer::as_type(const Operand& operand, ScalarType type) {
  if (operand.is_null()) return Expr::make_literal({type}, {});
  if (operand.type() == type || type != ScalarType::kDouble) return operand.expr;
  // A literal is widened here and now, so that 2 and 2.0 beside a double are the same formula.
  const auto* whole = std::get_if<int64_t>(&operand.expr->literal.data);
  if (operand.expr->kind == Expr::Kind::kLiteral && whole != nullptr) {
    return Expr::make_literal({ScalarType::kDouble}, {static_cast<double>(*whole)});
  }
  return Expr::make_call({ScalarType::kDouble}, Function::kToDouble, {operand.expr});
}

ExprPtr Typer::null_without_type(const SyntaxNode& node) {
  report_.add("F208", node.range, "nothing tells which type this null has", "put a value beside it that is not null");
  return nullptr;
}

void Typer::add_with_declaration(Diagnostic problem, std::string help, std::span<const Operand> operands) {
  std::set<size_t> told;
  for (const Operand& operand : operands) {
    if (operand.node->kind != SyntaxNode::Kind::kName || !told.insert(operand.node->name).second) continue;
    const std::optional<ResolvedName>& resolved = resolved_[operand.node->name];
    if (!resolved || !resolved->declared) continue;
    problem.related.push_back(
        {*resolved->declared, fmt::format("{} is declared here as {}", quote(operand), to_string(resolved->type))});
  }
  report_.add(std::move(problem), std::move(help));
}

std::string Typer::source(const Operand& operand) const {
  const TextRange range = operand.node->range;
  return shorten(std::string_view(formula_.text.text).substr(range.start, range.end - range.start));
}

std::string Typer::quote(const SyntaxNode& node) const {
  std::string text = formula_.text.text.substr(node.range.start, node.range.end - node.range.start);
  if (node.kind == SyntaxNode::Kind::kName && text.find('`') != std::string::npos) return text;
  return "`" + shorten(text) + "`";
}

ExprPtr type_formula(const ParsedFormula& parsed, const NameResolver& resolve, Diagnostics& diagnostics) {
  if (parsed.root == nullptr) return nullptr;
  Report report(parsed.text, diagnostics);
  return Typer(parsed, resolve, report).type_root();
}

}  // namespace headrace
