#include "compute/functions/scalar_loop.h"

#include "compute/functions/families.h"

namespace headrace {

ScalarLoop find_loop(Function function, std::span<const ScalarType> arguments) {
  switch (function) {
    case Function::kOr:
    case Function::kAnd:
    case Function::kNot:
    case Function::kIsNull: return find_logic_loop(function, arguments);

    case Function::kEqual:
    case Function::kNotEqual:
    case Function::kLess:
    case Function::kLessEqual:
    case Function::kGreater:
    case Function::kGreaterEqual:
    case Function::kIn: return find_comparison_loop(function, arguments);

    case Function::kAdd:
    case Function::kSubtract:
    case Function::kMultiply:
    case Function::kDivide:
    case Function::kModulo:
    case Function::kNegate:
    case Function::kAbs:
    case Function::kSign: return find_arithmetic_loop(function, arguments);

    case Function::kFloor:
    case Function::kCeil:
    case Function::kRound:
    case Function::kSqrt:
    case Function::kExp:
    case Function::kLn:
    case Function::kLog10:
    case Function::kLog2:
    case Function::kPow: return find_math_loop(function, arguments);

    case Function::kLeast:
    case Function::kGreatest:
    case Function::kClip:
    case Function::kCoalesce:
    case Function::kIf:
    case Function::kNullIf: return find_choice_loop(function, arguments);

    case Function::kLower:
    case Function::kUpper:
    case Function::kLength:
    case Function::kTrim:
    case Function::kConcat:
    case Function::kContains:
    case Function::kStartsWith:
    case Function::kEndsWith:
    case Function::kSubstr:
    case Function::kReplace: return find_text_loop(function, arguments);

    case Function::kEventTime: return {};

    case Function::kHour:
    case Function::kMinute:
    case Function::kDayOfWeek:
    case Function::kDayOfMonth:
    case Function::kMonth:
    case Function::kYear:
    case Function::kDateTrunc:
    case Function::kSeconds: return find_time_loop(function, arguments);

    case Function::kToDouble:
    case Function::kToInt:
    case Function::kToString:
    case Function::kToBool: return find_conversion_loop(function, arguments);
  }
  return {};
}

}  // namespace headrace
