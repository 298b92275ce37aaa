#include "compute/expressions/evaluator.h"

#include "compute/expressions/evaluate_one.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>
#include <string>

namespace headrace {
namespace {

constexpr Type kDouble = {ScalarType::kDouble};
constexpr Type kBool = {ScalarType::kBool};
constexpr Type kString = {ScalarType::kString};
constexpr Type kTimestamp = {ScalarType::kTimestamp};

Reference reference(std::string name) { return {Reference::Kind::kColumn, "s", std::move(name)}; }
ExprPtr column(Type type, std::string name) { return Expr::make_reference(type, reference(std::move(name))); }
ExprPtr number(double value) { return Expr::make_literal(kDouble, {value}); }
ExprPtr call(Type type, Function function, std::vector<ExprPtr> arguments) {
  return Expr::make_call(type, function, std::move(arguments));
}

VectorView view(const std::vector<double>& values, const uint8_t* valid = nullptr) {
  return {ScalarType::kDouble, valid, values.data()};
}

TEST(Evaluator, DividesAndMakesNullOfWhatIsNotFinite) {
  const auto program =
      Program::compile({call(kDouble, Function::kDivide, {column(kDouble, "a"), column(kDouble, "b")})},
                       {reference("a"), reference("b")});
  Evaluator evaluator(program);
  const std::vector<double> a = {1, -1, 0, 1e308, -0.5, 7};
  const std::vector<double> b = {4, 0, 0, 1e-10, 1e300, 2};
  const uint8_t valid[] = {1, 1, 1, 1, 1, 0};
  evaluator.run(std::vector<VectorView>{view(a, valid), view(b)}, nullptr, 6);
  const VectorView out = evaluator.output(0);
  EXPECT_EQ(out.doubles()[0], 0.25);
  EXPECT_TRUE(out.is_valid(0));
  EXPECT_FALSE(out.is_valid(1));
  EXPECT_FALSE(out.is_valid(2));
  EXPECT_FALSE(out.is_valid(3));
  EXPECT_TRUE(out.is_valid(4));
  EXPECT_FALSE(out.is_valid(5));
}

TEST(Evaluator, TellsWhichNodesWereEvaluatedAndWhoNeedsThem) {
  const ExprPtr sum = call(kDouble, Function::kAdd, {column(kDouble, "a"), column(kDouble, "b")});
  const auto program =
      Program::compile({call(kDouble, Function::kNegate, {sum}), sum, call(kDouble, Function::kAbs, {sum})},
                       {reference("a"), reference("b")});
  struct Nodes : NodeWatch {
    std::vector<size_t> done;
    void node_done(size_t node) override { done.push_back(node); }
  } watch;
  Evaluator evaluator(program);
  const std::vector<double> values = {1, 2};
  evaluator.run(std::vector<VectorView>{view(values), view(values)}, nullptr, 2, &watch);

  ASSERT_EQ(watch.done.size(), 3u);
  ASSERT_EQ(program->node_count(), 5u);  // with both columns
  const std::vector<std::vector<size_t>> outputs = program->outputs_of_nodes();
  EXPECT_EQ(outputs[watch.done[0]], (std::vector<size_t>{0, 1, 2}));  // the sum, once
  EXPECT_EQ(outputs[watch.done[1]], (std::vector<size_t>{0}));
  EXPECT_EQ(outputs[watch.done[2]], (std::vector<size_t>{2}));
}

TEST(Evaluator, NeverGivesNegativeZero) {
  const ExprPtr a = column(kDouble, "a");
  const auto program =
      Program::compile({call(kDouble, Function::kMultiply, {a, number(-1)}), call(kDouble, Function::kNegate, {a}),
                        call(kDouble, Function::kCeil, {a}), call(kDouble, Function::kRound, {a})},
                       {reference("a")});
  Evaluator evaluator(program);
  const std::vector<double> a_values = {0.0, -0.25};
  evaluator.run(std::vector<VectorView>{view(a_values)}, nullptr, 2);
  for (size_t i = 0; i < 2; ++i) EXPECT_FALSE(std::signbit(evaluator.output(i).doubles()[0])) << i;
  for (size_t i = 2; i < 4; ++i) EXPECT_FALSE(std::signbit(evaluator.output(i).doubles()[1])) << i;
}

TEST(Evaluator, KeepsTheShortWayForVectorsWithoutNulls) {
  const auto program =
      Program::compile({call(kDouble, Function::kAdd, {column(kDouble, "a"), number(1)})}, {reference("a")});
  Evaluator evaluator(program);
  const std::vector<double> a = {1, 2};
  const uint8_t all[] = {1, 1};
  evaluator.run(std::vector<VectorView>{view(a, all)}, nullptr, 2);
  EXPECT_EQ(evaluator.output(0).valid, nullptr);
  const std::vector<double> overflowing = {1, std::numeric_limits<double>::max()};
  evaluator.run(std::vector<VectorView>{view(overflowing)}, nullptr, 2);
  EXPECT_EQ(evaluator.output(0).valid, nullptr);
}

TEST(Evaluator, SharesEqualSubexpressionsOfAllExpressions) {
  const auto sum = [] { return call(kDouble, Function::kAdd, {column(kDouble, "a"), number(1)}); };
  const auto program = Program::compile({sum(), sum(), column(kDouble, "a")}, {reference("a")});
  Evaluator evaluator(program);
  const std::vector<double> a = {1};
  evaluator.run(std::vector<VectorView>{view(a)}, nullptr, 1);
  EXPECT_EQ(evaluator.output(0).values, evaluator.output(1).values);
  EXPECT_EQ(evaluator.output(2).values, a.data());
}

TEST(Evaluator, DoesNotReassociate) {
  const ExprPtr a = column(kDouble, "a");
  const auto program = Program::compile(
      {call(kDouble, Function::kAdd, {call(kDouble, Function::kAdd, {a, number(1e16)}), number(-1e16)})},
      {reference("a")});
  Evaluator evaluator(program);
  const std::vector<double> values = {1.0};
  evaluator.run(std::vector<VectorView>{view(values)}, nullptr, 1);
  EXPECT_EQ(evaluator.output(0).doubles()[0], 0.0);
}

/// A sum of many products, so that buffers are used again, checked against the same arithmetic by hand.
TEST(Evaluator, GivesBuffersOnOnlyAfterTheirLastUse) {
  const ExprPtr a = column(kDouble, "a");
  std::vector<ExprPtr> outputs;
  ExprPtr chain = a;
  for (int i = 1; i <= 50; ++i) {
    const ExprPtr product = call(kDouble, Function::kMultiply, {chain, call(kDouble, Function::kAdd, {a, number(i)})});
    chain = call(kDouble, Function::kSubtract, {product, call(kDouble, Function::kMultiply, {product, number(0.75)})});
    if (i % 10 == 0) outputs.push_back(chain);
  }
  Evaluator evaluator(Program::compile(outputs, {reference("a")}));
  std::vector<double> values(kVectorSize);
  std::iota(values.begin(), values.end(), 0.0);
  evaluator.run(std::vector<VectorView>{view(values)}, nullptr, kVectorSize);
  for (int row = 0; row < kVectorSize; row += 37) {
    double expected = row;
    for (int i = 1; i <= 50; ++i) {
      const double product = expected * (row + static_cast<double>(i));
      expected = product - product * 0.75;
      if (i % 10 != 0) continue;
      const VectorView out = evaluator.output(static_cast<size_t>(i / 10 - 1));
      ASSERT_EQ(out.is_valid(row), std::isfinite(expected));
      if (!out.is_valid(row)) break;
      ASSERT_EQ(out.doubles()[row], expected) << row << " " << i;
    }
  }
}

TEST(Evaluator, FoldsConstantsAndSpreadsThem) {
  const ExprPtr text = call(kString, Function::kUpper, {Expr::make_literal(kString, {std::string("abc")})});
  Evaluator evaluator(Program::compile({text, call(kDouble, Function::kDivide, {number(1), number(0)})}, {}));
  evaluator.run({}, nullptr, 3);
  EXPECT_EQ(evaluator.output(0).strings()[2], "ABC");
  EXPECT_FALSE(evaluator.output(1).is_valid(2));
}

TEST(Evaluator, GivesEventTimes) {
  Evaluator evaluator(Program::compile({call(kTimestamp, Function::kEventTime, {})}, {}));
  const int64_t times[] = {5, 6, 7};
  evaluator.run({}, times, 3);
  EXPECT_EQ(evaluator.output(0).int64s()[2], 7);
}

TEST(Evaluator, StringsOfOneRunLiveUntilTheNext) {
  const ExprPtr s = column(kString, "s");
  Evaluator evaluator(Program::compile({call(kString, Function::kConcat, {s, s})}, {reference("s")}));
  for (int run = 0; run < 3; ++run) {
    const std::string text(1000, static_cast<char>('a' + run));
    const std::vector<std::string_view> views(kVectorSize, text);
    evaluator.run(std::vector<VectorView>{{ScalarType::kString, nullptr, views.data()}}, nullptr, kVectorSize);
    EXPECT_EQ(evaluator.output(0).strings()[0], text + text);
    EXPECT_EQ(evaluator.output(0).strings()[kVectorSize - 1], text + text);
  }
}

TEST(Evaluator, StringsPastTheBoundAreNull) {
  const ExprPtr s = column(kString, "s");
  Evaluator evaluator(Program::compile({call(kString, Function::kConcat, {s, s})}, {reference("s")}), 2);
  const std::string half(1 << 19, 'x');
  const std::string more = half + "x";
  const std::vector<std::string_view> views = {half, more};
  evaluator.run(std::vector<VectorView>{{ScalarType::kString, nullptr, views.data()}}, nullptr, 2);
  EXPECT_TRUE(evaluator.output(0).is_valid(0));
  EXPECT_FALSE(evaluator.output(0).is_valid(1));
}

TEST(Evaluator, DoesNotTrustWhatIsUnderNulls) {
  const ExprPtr n = column({ScalarType::kInt64}, "n");
  const ExprPtr minus_one = Expr::make_literal({ScalarType::kInt64}, {int64_t{-1}});
  const ExprPtr b = column(kBool, "b");
  Evaluator evaluator(Program::compile(
      {call({ScalarType::kInt64}, Function::kModulo, {n, minus_one}), call(kBool, Function::kAnd, {b, b}),
       call(kBool, Function::kOr, {b, Expr::make_literal(kBool, {true})})},
      {reference("n"), reference("b")}));
  const int64_t numbers[] = {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::min()};
  const uint8_t bools[] = {7, 1};
  const uint8_t valid[] = {0, 1};
  evaluator.run(std::vector<VectorView>{{ScalarType::kInt64, valid, numbers}, {ScalarType::kBool, valid, bools}},
                nullptr, 2);
  EXPECT_FALSE(evaluator.output(0).is_valid(0));
  EXPECT_EQ(evaluator.output(0).int64s()[1], 0);
  EXPECT_FALSE(evaluator.output(1).is_valid(0));
  EXPECT_EQ(evaluator.output(1).bools()[1], 1);
  EXPECT_EQ(evaluator.output(2).bools()[0], 1);
}

TEST(EvaluateOne, TakesValuesByReference) {
  const ExprPtr quotient = call(kDouble, Function::kDivide, {column(kDouble, "a"), column(kDouble, "b")});
  const auto values = [](const Reference& wanted) -> Value { return {wanted.name == "a" ? 3.0 : 2.0}; };
  EXPECT_EQ(evaluate_one(*quotient, values, {}), Value{1.5});
  const Value list{Value::List{{1.0}, {2.0}}};
  const ExprPtr bare = Expr::make_reference({ScalarType::kDouble, true}, {Reference::Kind::kFeature, "", "f"});
  EXPECT_EQ(evaluate_one(*bare, [&](const Reference&) { return list; }, {}), list);
}

}  // namespace
}  // namespace headrace
