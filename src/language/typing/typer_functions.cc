#include "compute/functions/calendar.h"
#include "language/diagnostics/suggest.h"
#include "language/formula/habits.h"
#include "language/typing/typer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>

namespace headrace {
namespace {

std::string help_for_unknown(const std::string& name) {
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (find_function(lower) != nullptr)
    return fmt::format("did you mean `{}`? Names of functions are in lower case", lower);
  // `math.sqrt` and `np.abs` are ours without their library.
  const size_t dot = name.rfind('.');
  if (dot != std::string::npos && find_function(lower.substr(dot + 1)) != nullptr)
    return fmt::format("did you mean `{}`? Functions belong to no library here", lower.substr(dot + 1));
  if (std::string help = help_for_foreign_function(name); !help.empty()) return help;
  const std::vector<std::string> names(function_names().begin(), function_names().end());
  if (std::string help = did_you_mean(name, names); !help.empty()) return help;
  return fmt::format("the functions are {}", fmt::join(names, ", "));
}

/// "1 argument", "2 or 3 arguments", "at least 1 argument".
std::string argument_count(const FunctionSignature& signature) {
  const size_t most = signature.parameters.size();
  const auto noun = [](size_t count) { return count == 1 ? "argument" : "arguments"; };
  if (signature.repeats_last) return fmt::format("at least {} {}", signature.required, noun(signature.required));
  if (most == 0) return "no arguments";
  if (most == signature.required) return fmt::format("{} {}", most, noun(most));
  return fmt::format("{} or {} arguments", signature.required, most);
}

/// "a string", "a number", "a number or a duration".
std::string describe(TypeSet accepts) {
  if (const auto type = accepts.single()) return with_article(*type);
  std::vector<std::string> words;
  const bool has_number = accepts.contains(ScalarType::kInt64) && accepts.contains(ScalarType::kDouble);
  if (has_number) words.emplace_back("a number");
  for (ScalarType type : {ScalarType::kBool, ScalarType::kString, ScalarType::kTimestamp, ScalarType::kDuration}) {
    if (accepts.contains(type)) words.push_back(with_article(type));
  }
  std::string out;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " or " : ", ";
    out += words[i];
  }
  return out;
}

std::string help_for_argument(const Parameter& parameter, ScalarType given, const std::string& text) {
  const auto wanted = parameter.accepts.single();
  if (given == ScalarType::kBool && parameter.accepts.contains(ScalarType::kInt64)) {
    return fmt::format("bool is not a number: use if({}, 1, 0)", text);
  }
  if (given == ScalarType::kString && parameter.accepts.contains(ScalarType::kDouble))
    return "`double(..)` reads a number from a string";
  if (given == ScalarType::kDouble && wanted == ScalarType::kInt64) return "`int(..)` truncates a double";
  if (given == ScalarType::kDuration) return "`seconds(..)` makes a number of a duration";
  if (wanted == ScalarType::kString) return "`string(..)` makes a string of a value";
  if (wanted == ScalarType::kDuration && given == ScalarType::kTimestamp)
    return "the difference of two timestamps is a duration";
  if (wanted == ScalarType::kBool) return "compare it with something, or use `bool(..)`";
  return "";
}

}  // namespace

ExprPtr Typer::unknown_function(const SyntaxNode& node) {
  report_.add("F201", node.token, fmt::format("there is no function `{}`", shorten(node.function)),
              help_for_unknown(node.function));
  return nullptr;
}

ExprPtr Typer::type_call(const SyntaxNode& node) {
  // The arguments are checked in any case, so that their problems are told too.
  auto operands = type_children(node);
  const FunctionSignature* signature = find_function(node.function);
  if (signature == nullptr) return unknown_function(node);
  if (!signature->takes(node.children.size())) {
    report_.add("F202", node.token,
                fmt::format("`{}` takes {}, but {} {} given", node.function, argument_count(*signature),
                            node.children.size(), node.children.size() == 1 ? "is" : "are"),
                fmt::format("write `{}`", signature->usage()));
    return nullptr;
  }
  if (!operands) return nullptr;
  bool is_right = true;
  for (size_t i = 0; i < operands->size(); ++i) is_right = check_argument(*signature, i, (*operands)[i]) && is_right;
  if (!is_right) return nullptr;
  if (signature->function == Function::kNullIf) return type_null_if(*signature, node, std::move(*operands));

  std::vector<Operand> unified;
  for (size_t i = 0; i < operands->size(); ++i) {
    if (signature->parameter(i).role == Parameter::Role::kUnified) unified.push_back((*operands)[i]);
  }
  const auto common = common_type(node, unified);
  if (!common) return nullptr;
  if (!unified.empty() && *common == ScalarType::kNull) return null_without_type(node);
  std::vector<ExprPtr> arguments;
  for (size_t i = 0; i < operands->size(); ++i) {
    const Operand& operand = (*operands)[i];
    switch (signature->parameter(i).role) {
      case Parameter::Role::kUnified: arguments.push_back(as_type(operand, *common)); break;
      case Parameter::Role::kWidened: arguments.push_back(as_type(operand, ScalarType::kDouble)); break;
      case Parameter::Role::kPlain:
      case Parameter::Role::kLiteral: arguments.push_back(operand.expr); break;
    }
  }
  const Type type = signature->result ? Type{*signature->result} : arguments[signature->result_argument]->type;
  return Expr::make_call(type, signature->function, std::move(arguments));
}

bool Typer::check_argument(const FunctionSignature& signature, size_t index, Operand& operand) {
  const Parameter& parameter = signature.parameter(index);
  if (parameter.role == Parameter::Role::kLiteral) {
    if (operand.expr->kind != Expr::Kind::kLiteral || operand.is_null()) {
      report_.add("F206", operand.node->range,
                  fmt::format("`{}` of `{}` must be a literal", parameter.name, signature.name()),
                  fmt::format("write the value itself: `{}`",
                              signature.function == Function::kDateTrunc ? "date_trunc('hour', t)" : "round(x, 2)"));
      return false;
    }
  }
  if (operand.is_null()) {
    if (parameter.role == Parameter::Role::kUnified || parameter.role == Parameter::Role::kWidened) return true;
    const auto type = parameter.accepts.single();
    // Whether a null is null has an answer for any type; elsewhere several types are possible.
    if (!type && signature.function != Function::kIsNull && signature.function != Function::kNullIf) {
      null_without_type(*operand.node);
      return false;
    }
    if (signature.function != Function::kNullIf) operand.expr = as_type(operand, type.value_or(ScalarType::kBool));
    return true;
  }
  if (parameter.accepts.contains(operand.type()))
    return parameter.role != Parameter::Role::kLiteral || check_literal(signature, operand);
  Diagnostic problem =
      make_diagnostic("F203",
                      fmt::format("`{}` needs {} for `{}`, but {} is {}", signature.name(), describe(parameter.accepts),
                                  parameter.name, quote(operand), with_article(operand.type())),
                      report_.span(operand.node->range));
  problem.label = to_string(operand.type());
  add_with_declaration(std::move(problem), help_for_argument(parameter, operand.type(), source(operand)),
                       {&operand, 1});
  return false;
}

bool Typer::check_literal(const FunctionSignature& signature, const Operand& operand) {
  if (const auto* digits = std::get_if<int64_t>(&operand.expr->literal.data)) {
    if (*digits >= 0 && *digits <= 15) return true;
    report_.add(
        "F207", operand.node->range, fmt::format("`{}` takes 0 to 15 digits, not {}", signature.name(), *digits),
        *digits < 0 ? "divide, round and multiply to round before the decimal point" : "a double has about 15 digits");
    return false;
  }
  const auto& unit = std::get<std::string>(operand.expr->literal.data);
  if (calendar_unit_from_string(unit)) return true;
  const std::vector<std::string> units(kCalendarUnitNames.begin(), kCalendarUnitNames.end());
  std::string help = did_you_mean(unit, units);
  if (help.empty()) {
    help = "the units are";
    for (const std::string& known : units) help += (known == units.front() ? " " : ", ") + known;
  }
  report_.add("F207", operand.node->range, fmt::format("`{}` is not a unit of time", shorten(unit)), std::move(help));
  return false;
}

ExprPtr Typer::type_null_if(const FunctionSignature& signature, const SyntaxNode& node, std::vector<Operand> operands) {
  const auto common = common_type(node, operands);
  if (!common) return nullptr;
  if (operands[0].is_null()) {
    if (*common == ScalarType::kNull) return null_without_type(node);
    operands[0].expr = as_type(operands[0], *common);
  }
  // Only the comparison widens: the value keeps its type, and the kernel compares an int64 with a double.
  const Type type = operands[0].expr->type;
  return Expr::make_call(type, signature.function, {operands[0].expr, as_type(operands[1], *common)});
}

}  // namespace headrace
