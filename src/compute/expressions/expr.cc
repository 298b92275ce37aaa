#include "compute/expressions/expr.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace headrace {
namespace {

bool is_plain_name(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  if (name.empty() || !is_letter(name.front())) return false;
  return std::all_of(name.begin(), name.end(), [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

/// Names with other characters are quoted, so that no two references read the same.
std::string canonical_name(const std::string& name) { return is_plain_name(name) ? name : quote_json(name); }

void append_reference(const Reference& reference, std::string& out) {
  if (reference.kind == Reference::Kind::kFeature) {
    out += "feature:" + canonical_name(reference.name);
    return;
  }
  out += "col:" + canonical_name(reference.source) + "." + canonical_name(reference.name);
}

void append_literal(const Type& type, const Value& value, std::string& out) {
  out += to_string(type) + ":";
  if (const auto* duration = std::get_if<Duration>(&value.data)) {
    out += fmt::format("{}us", duration->us);
  } else {
    out += to_json(value);
  }
}

void append_canonical(const Expr& expr, std::string& out) {
  switch (expr.kind) {
    case Expr::Kind::kLiteral: append_literal(expr.type, expr.literal, out); return;
    case Expr::Kind::kReference: append_reference(expr.reference, out); return;
    case Expr::Kind::kCall: break;
  }
  out += fmt::format("({} {}", to_string(expr.function), to_string(expr.type));
  for (const ExprPtr& argument : expr.arguments) {
    out += ' ';
    append_canonical(*argument, out);
  }
  out += ')';
}

void collect_references(const Expr& expr, std::set<Reference>& found) {
  if (expr.kind == Expr::Kind::kReference) found.insert(expr.reference);
  for (const ExprPtr& argument : expr.arguments) collect_references(*argument, found);
}

}  // namespace

ExprPtr Expr::make_literal(Type type, Value value) {
  auto expr = std::make_shared<Expr>();
  expr->kind = Kind::kLiteral;
  expr->type = type;
  expr->literal = std::move(value);
  return expr;
}

ExprPtr Expr::make_reference(Type type, Reference reference) {
  auto expr = std::make_shared<Expr>();
  expr->kind = Kind::kReference;
  expr->type = type;
  expr->reference = std::move(reference);
  return expr;
}

ExprPtr Expr::make_call(Type type, Function function, std::vector<ExprPtr> arguments) {
  auto expr = std::make_shared<Expr>();
  expr->kind = Kind::kCall;
  expr->type = type;
  expr->function = function;
  expr->arguments = std::move(arguments);
  return expr;
}

std::string canonical_text(const Expr& expr) {
  std::string out;
  append_canonical(expr, out);
  return out;
}

std::vector<Reference> references_of(const Expr& expr) {
  std::set<Reference> found;
  collect_references(expr, found);
  return {found.begin(), found.end()};
}

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

bool uses_event_time(const Expr& expr) {
  if (expr.kind == Expr::Kind::kCall && expr.function == Function::kEventTime) return true;
  return std::any_of(expr.arguments.begin(), expr.arguments.end(),
                     [](const ExprPtr& argument) { return uses_event_time(*argument); });
}

}  // namespace headrace
