#include "compute/functions/signatures.h"

#include "compute/functions/scalar_loop.h"

#include <gtest/gtest.h>

#include <set>

namespace headrace {
namespace {

/// The types an argument arrives with after the implicit steps.
std::vector<ScalarType> arriving_types(const Parameter& parameter) {
  if (parameter.role == Parameter::Role::kWidened) return {ScalarType::kDouble};
  std::vector<ScalarType> types;
  for (ScalarType type : {ScalarType::kBool, ScalarType::kInt64, ScalarType::kDouble, ScalarType::kString,
                          ScalarType::kTimestamp, ScalarType::kDuration}) {
    if (parameter.accepts.contains(type)) types.push_back(type);
  }
  return types;
}

/// Parameters that take several types take the same one in all places.
TEST(Signatures, HaveALoopForEveryTypeThatTheyTake) {
  for (const FunctionSignature& signature : all_functions()) {
    if (signature.function == Function::kEventTime) continue;
    for (ScalarType type : {ScalarType::kBool, ScalarType::kInt64, ScalarType::kDouble, ScalarType::kString,
                            ScalarType::kTimestamp, ScalarType::kDuration}) {
      std::vector<ScalarType> types;
      for (const Parameter& parameter : signature.parameters) {
        const std::vector<ScalarType> possible = arriving_types(parameter);
        if (possible.size() == 1) {
          types.push_back(possible[0]);
        } else if (parameter.accepts.contains(type)) {
          types.push_back(type);
        }
      }
      if (types.size() != signature.parameters.size()) continue;
      EXPECT_TRUE(find_loop(signature.function, types)) << signature.name() << " " << to_string(type);
    }
  }
}

TEST(Signatures, AreDocumentedOnce) {
  std::set<std::string_view> names;
  for (const FunctionSignature& signature : all_functions()) {
    EXPECT_TRUE(names.insert(signature.name()).second) << signature.name();
    EXPECT_FALSE(signature.doc.empty()) << signature.name();
    EXPECT_EQ(signature.doc.back(), '.') << signature.name();
    EXPECT_EQ(find_function(signature.name()), &signature);
  }
  EXPECT_EQ(names.size(), 41U);
  EXPECT_EQ(find_function("+"), nullptr);
}

TEST(Signatures, ShowHowTheyAreCalled) {
  EXPECT_EQ(find_function("round")->usage(), "round(x[, digits])");
  EXPECT_EQ(find_function("least")->usage(), "least(x, ...)");
  EXPECT_EQ(find_function("event_time")->usage(), "event_time()");
  EXPECT_EQ(find_function("if")->usage(), "if(condition, a, b)");
}

TEST(ScalarLoops, AreMissingForOtherTypes) {
  EXPECT_FALSE(find_loop(Function::kAdd, std::vector{ScalarType::kBool, ScalarType::kBool}));
  EXPECT_FALSE(find_loop(Function::kAdd, std::vector{ScalarType::kInt64, ScalarType::kDouble}));
  EXPECT_FALSE(find_loop(Function::kAdd, std::vector{ScalarType::kTimestamp, ScalarType::kTimestamp}));
  EXPECT_FALSE(find_loop(Function::kMultiply, std::vector{ScalarType::kDuration, ScalarType::kDuration}));
  EXPECT_FALSE(find_loop(Function::kLength, std::vector{ScalarType::kInt64}));
  EXPECT_FALSE(find_loop(Function::kEqual, std::vector{ScalarType::kString, ScalarType::kInt64}));
  EXPECT_FALSE(find_loop(Function::kToString, std::vector{ScalarType::kDuration}));
}

}  // namespace
}  // namespace headrace
