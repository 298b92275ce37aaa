#include "compute/expressions/expr.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

constexpr Type kDoubleType = {ScalarType::kDouble};

ExprPtr column(Type type, std::string source, std::string name) {
  return Expr::make_reference(type, {Reference::Kind::kColumn, std::move(source), std::move(name)});
}

TEST(CanonicalText, IsPrefixWithTypes) {
  const ExprPtr quotient = Expr::make_call(kDoubleType, Function::kDivide,
                                           {column(kDoubleType, "src", "flow"), column(kDoubleType, "src", "power")});
  EXPECT_EQ(canonical_text(*quotient), "(/ double col:src.flow col:src.power)");
  const ExprPtr feature = Expr::make_reference(kDoubleType, {Reference::Kind::kFeature, "", "delay"});
  EXPECT_EQ(canonical_text(*feature), "feature:delay");
  EXPECT_EQ(canonical_text(*Expr::make_call({ScalarType::kTimestamp}, Function::kEventTime, {})),
            "(event_time timestamp)");
}

TEST(CanonicalText, LiteralsCarryTypeAndFullPrecision) {
  const auto text = [](ScalarType type, Value value) {
    return canonical_text(*Expr::make_literal({type}, std::move(value)));
  };
  EXPECT_EQ(text(ScalarType::kInt64, {int64_t{1}}), "int64:1");
  EXPECT_EQ(text(ScalarType::kDouble, {1.0}), "double:1.0");
  EXPECT_EQ(text(ScalarType::kDouble, {0.1 + 0.2}), "double:0.30000000000000004");
  EXPECT_EQ(text(ScalarType::kString, {std::string("a\"b")}), "string:\"a\\\"b\"");
  EXPECT_EQ(text(ScalarType::kDuration, {Duration{1500}}), "duration:1500us");
  EXPECT_EQ(text(ScalarType::kInt64, {}), "int64:null");
}

TEST(CanonicalText, QuotesNamesThatCouldBeReadAnotherWay) {
  EXPECT_EQ(canonical_text(*column(kDoubleType, "s", "Flow Rate")), "col:s.\"Flow Rate\"");
  EXPECT_NE(canonical_text(*column(kDoubleType, "a.b", "c")), canonical_text(*column(kDoubleType, "a", "b.c")));
}

TEST(References, AreSortedAndDistinct) {
  const ExprPtr b = column(kDoubleType, "s", "b");
  const ExprPtr sum =
      Expr::make_call(kDoubleType, Function::kAdd,
                      {b, Expr::make_call(kDoubleType, Function::kAdd, {column(kDoubleType, "s", "a"), b})});
  const std::vector<Reference> found = references_of(*sum);
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].name, "a");
  EXPECT_EQ(found[1].name, "b");
  EXPECT_FALSE(uses_event_time(*sum));
}

}  // namespace
}  // namespace headrace
