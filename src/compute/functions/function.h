#pragma once

/// The operators and functions of the language (section 7) as one enumeration.

#include <string_view>
#include <vector>

namespace headrace {

/// The argument types decide the loop; see scalar_loop.h and signatures.h.
enum class Function {
  // Logic, three-valued.
  kOr,
  kAnd,
  kNot,
  kIsNull,
  // Comparison: both sides have one type.
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,  // first argument in the others
  // Arithmetic.
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kNegate,
  kAbs,
  kSign,
  kFloor,
  kCeil,
  kRound,
  kSqrt,
  kExp,
  kLn,
  kLog10,
  kLog2,
  kPow,
  kLeast,
  kGreatest,
  kClip,
  // Choice.
  kCoalesce,
  kIf,
  kNullIf,
  // Text.
  kLower,
  kUpper,
  kLength,
  kTrim,
  kConcat,
  kContains,
  kStartsWith,
  kEndsWith,
  kSubstr,
  kReplace,
  // Time.
  kEventTime,
  kHour,
  kMinute,
  kDayOfWeek,
  kDayOfMonth,
  kMonth,
  kYear,
  kDateTrunc,
  kSeconds,
  // Conversion.
  kToDouble,
  kToInt,
  kToString,
  kToBool,
};

/// The name in the language: "or", "+", "starts_with", "double", ... Negation and subtraction share "-".
std::string_view to_string(Function function);

}  // namespace headrace
