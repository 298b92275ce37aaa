#include "language/typing/typer.h"

#include <fmt/format.h>

#include <limits>

namespace headrace {
namespace {

bool is_number(ScalarType type) { return type == ScalarType::kInt64 || type == ScalarType::kDouble; }

bool is_pair(ScalarType a, ScalarType b, ScalarType x, ScalarType y) {
  return (a == x && b == y) || (a == y && b == x);
}

/// How to write what was probably meant, for two types that do not go together. The texts are as written.
std::string help_for_sides(Function operation, ScalarType left, ScalarType right, const std::string& left_text,
                           const std::string& right_text) {
  using enum ScalarType;
  const bool has_bool = left == kBool || right == kBool;
  const bool has_number = is_number(left) || is_number(right);
  if (has_bool && (has_number || left == right)) {
    return fmt::format("bool is not a number: use if({}, 1, 0)", left == kBool ? left_text : right_text);
  }
  if (left == kString && right == kString) return operation == Function::kAdd ? "`concat(a, b)` joins strings" : "";
  if ((left == kString || right == kString) && has_number) {
    return "`double(..)` or `int(..)` reads a number from a string, `string(..)` writes one";
  }
  if (left == kTimestamp && right == kTimestamp) return "the difference of two timestamps is a duration";
  if (is_pair(left, right, kTimestamp, kInt64) || is_pair(left, right, kTimestamp, kDouble)) {
    return "a length of time is written like duration'15m'";
  }
  if (left == kDuration || right == kDuration) return "`seconds(..)` makes a number of a duration";
  if (is_pair(left, right, kString, kTimestamp)) return "`string(..)` writes a timestamp as RFC 3339 text";
  return "";
}

bool is_equality(Function function) { return function == Function::kEqual || function == Function::kNotEqual; }

/// What `op` gives for two values that are not null; nothing if it does not take them. Numbers have one type already.
std::optional<ScalarType> arithmetic_result(Function operation, ScalarType left, ScalarType right) {
  using enum ScalarType;
  const bool is_sum = operation == Function::kAdd || operation == Function::kSubtract;
  if (is_number(left) && left == right) return operation == Function::kDivide ? kDouble : left;
  if (!is_sum) return std::nullopt;
  if (left == kDuration && right == kDuration) return kDuration;
  if (left == kTimestamp && right == kDuration) return kTimestamp;
  if (operation == Function::kAdd && left == kDuration && right == kTimestamp) return kTimestamp;
  if (operation == Function::kSubtract && left == kTimestamp && right == kTimestamp) return kDuration;
  return std::nullopt;
}

/// The type of a null beside a value of the type.
ScalarType type_of_null_beside(Function operation, ScalarType other) {
  return operation == Function::kAdd && other == ScalarType::kTimestamp ? ScalarType::kDuration : other;
}

}  // namespace

ExprPtr Typer::type_operator(const SyntaxNode& node, std::vector<Operand> operands) {
  switch (node.operation) {
    case Function::kOr:
    case Function::kAnd:
    case Function::kNot: return type_logic(node, std::move(operands));
    case Function::kIsNull: {
      // Any type will do for a bare null here.
      ExprPtr operand = operands[0].is_null() ? as_type(operands[0], ScalarType::kBool) : operands[0].expr;
      return Expr::make_call({ScalarType::kBool}, Function::kIsNull, {std::move(operand)});
    }
    case Function::kIn: return type_in(node, std::move(operands));
    case Function::kNegate: return type_negation(node, std::move(operands[0]));
    case Function::kAdd:
    case Function::kSubtract:
    case Function::kMultiply:
    case Function::kDivide:
    case Function::kModulo: return type_arithmetic(node, std::move(operands));
    default: return type_comparison(node, std::move(operands));
  }
}

ExprPtr Typer::type_logic(const SyntaxNode& node, std::vector<Operand> operands) {
  std::vector<ExprPtr> arguments;
  for (const Operand& operand : operands) {
    if (operand.is_null() || operand.type() == ScalarType::kBool) {
      arguments.push_back(as_type(operand, ScalarType::kBool));
      continue;
    }
    Diagnostic problem = make_diagnostic("F205",
                                         fmt::format("`{}` needs a bool, but {} is {}", to_string(node.operation),
                                                     quote(operand), with_article(operand.type())),
                                         report_.span(operand.node->range));
    problem.label = to_string(operand.type());
    const bool converts = is_number(operand.type()) || operand.type() == ScalarType::kString;
    add_with_declaration(std::move(problem),
                         converts ? "compare it with something, or use `bool(..)`" : "compare it with something",
                         {&operand, 1});
  }
  if (arguments.size() != operands.size()) return nullptr;
  return Expr::make_call({ScalarType::kBool}, node.operation, std::move(arguments));
}

ExprPtr Typer::type_comparison(const SyntaxNode& node, std::vector<Operand> operands) {
  const auto type = common_type(node, operands);
  if (!type) return nullptr;
  if (*type == ScalarType::kNull) return null_without_type(node);
  for (const Operand& operand : operands) {
    if (!operand.is_null()) continue;
    const std::string_view test = node.operation == Function::kNotEqual ? "is not null" : "is null";
    const Operand& other = operands[operands[0].is_null() ? 1 : 0];
    report_.add(
        "F209", operand.node->range, "a comparison with null is always null",
        is_equality(node.operation) ? fmt::format("write `{} {}`", source(other), test) : "leave the comparison out");
  }
  return Expr::make_call({ScalarType::kBool}, node.operation,
                         {as_type(operands[0], *type), as_type(operands[1], *type)});
}

ExprPtr Typer::type_in(const SyntaxNode& node, std::vector<Operand> operands) {
  const auto type = common_type(node, operands);
  if (!type) return nullptr;
  if (*type == ScalarType::kNull) return null_without_type(node);
  std::vector<ExprPtr> arguments;
  for (const Operand& operand : operands) arguments.push_back(as_type(operand, *type));
  return Expr::make_call({ScalarType::kBool}, Function::kIn, std::move(arguments));
}

ExprPtr Typer::type_negation(const SyntaxNode& node, Operand operand) {
  if (operand.is_null()) return null_without_type(node);
  if (!is_number(operand.type()) && operand.type() != ScalarType::kDuration) {
    Diagnostic problem = make_diagnostic(
        "F204", fmt::format("`-` needs a number, but {} is {}", quote(operand), with_article(operand.type())),
        report_.span(operand.node->range));
    problem.label = to_string(operand.type());
    add_with_declaration(std::move(problem), operand.type() == ScalarType::kBool ? "`not` negates a bool" : "",
                         {&operand, 1});
    return nullptr;
  }
  // −5 is a literal too. The least int64 is left to the kernel, which makes null of it.
  const Value& literal = operand.expr->literal;
  if (operand.expr->kind == Expr::Kind::kLiteral) {
    const auto* whole = std::get_if<int64_t>(&literal.data);
    if (whole != nullptr && *whole != std::numeric_limits<int64_t>::min())
      return Expr::make_literal(operand.expr->type, {-*whole});
    if (const auto* real = std::get_if<double>(&literal.data))
      return Expr::make_literal(operand.expr->type, {0.0 - *real});
  }
  return Expr::make_call(operand.expr->type, Function::kNegate, {operand.expr});
}

ExprPtr Typer::type_arithmetic(const SyntaxNode& node, std::vector<Operand> operands) {
  Operand& left = operands[0];
  Operand& right = operands[1];
  if (left.is_null() && right.is_null()) return null_without_type(node);
  if (left.is_null()) left.expr = as_type(left, type_of_null_beside(node.operation, right.type()));
  if (right.is_null()) right.expr = as_type(right, type_of_null_beside(node.operation, left.type()));
  if (is_number(left.type()) && is_number(right.type())) {
    const bool widens = node.operation == Function::kDivide || left.type() != right.type();
    const ScalarType type = widens ? ScalarType::kDouble : left.type();
    left.expr = as_type(left, type);
    right.expr = as_type(right, type);
  }
  const auto result = arithmetic_result(node.operation, left.type(), right.type());
  if (result) return Expr::make_call({*result}, node.operation, {left.expr, right.expr});
  return wrong_sides(node, left, right, fmt::format("`{}` does not go with these types", to_string(node.operation)));
}

ExprPtr Typer::wrong_sides(const SyntaxNode& node, const Operand& left, const Operand& right, std::string message) {
  message += fmt::format(": {} is {}, {} is {}", quote(left), with_article(left.type()), quote(right),
                         with_article(right.type()));
  Diagnostic problem = make_diagnostic("F204", std::move(message), report_.span(node.token));
  problem.label = fmt::format("{} and {}", to_string(left.type()), to_string(right.type()));
  const Operand both[] = {left, right};
  add_with_declaration(std::move(problem),
                       help_for_sides(node.operation, left.type(), right.type(), source(left), source(right)), both);
  return nullptr;
}

}  // namespace headrace
