#include "compute/expressions/evaluate_one.h"

#include "compute/expressions/boxed_vector.h"
#include "compute/expressions/evaluator.h"

#include <deque>
#include <map>

namespace headrace {
namespace {

void collect_types(const Expr& expr, std::map<Reference, ScalarType>& types) {
  if (expr.kind == Expr::Kind::kReference) types.emplace(expr.reference, expr.type.scalar);
  for (const ExprPtr& argument : expr.arguments) collect_types(*argument, types);
}

}  // namespace

Value evaluate_one(const Expr& expr, const ReferenceValues& values, EventTime event_time) {
  if (expr.kind == Expr::Kind::kReference) return values(expr.reference);
  std::map<Reference, ScalarType> types;
  collect_types(expr, types);
  std::vector<Reference> references;
  std::deque<BoxedVector> boxes;
  std::vector<VectorView> views;
  for (const auto& [reference, type] : types) {
    references.push_back(reference);
    boxes.emplace_back(type, values(reference));
    views.push_back(boxes.back().view());
  }
  // The caller keeps the expression alive, so the pointer need not.
  const ExprPtr borrowed(std::shared_ptr<const void>(), &expr);
  Evaluator evaluator(Program::compile({borrowed}, std::move(references)), 1);
  evaluator.run(views, &event_time.us, 1);
  return value_at(evaluator.output(0), 0);
}

}  // namespace headrace
