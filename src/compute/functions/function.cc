#include "compute/functions/function.h"

namespace headrace {

std::string_view to_string(Function function) {
  switch (function) {
    case Function::kOr: return "or";
    case Function::kAnd: return "and";
    case Function::kNot: return "not";
    case Function::kIsNull: return "is_null";

    case Function::kEqual: return "==";
    case Function::kNotEqual: return "!=";
    case Function::kLess: return "<";
    case Function::kLessEqual: return "<=";
    case Function::kGreater: return ">";
    case Function::kGreaterEqual: return ">=";
    case Function::kIn: return "in";

    case Function::kAdd: return "+";
    case Function::kSubtract:
    case Function::kNegate: return "-";
    case Function::kMultiply: return "*";
    case Function::kDivide: return "/";
    case Function::kModulo: return "%";
    case Function::kAbs: return "abs";
    case Function::kSign: return "sign";

    case Function::kFloor: return "floor";
    case Function::kCeil: return "ceil";
    case Function::kRound: return "round";
    case Function::kSqrt: return "sqrt";
    case Function::kExp: return "exp";
    case Function::kLn: return "ln";
    case Function::kLog10: return "log10";
    case Function::kLog2: return "log2";
    case Function::kPow: return "pow";

    case Function::kLeast: return "least";
    case Function::kGreatest: return "greatest";
    case Function::kClip: return "clip";
    case Function::kCoalesce: return "coalesce";
    case Function::kIf: return "if";
    case Function::kNullIf: return "nullif";

    case Function::kLower: return "lower";
    case Function::kUpper: return "upper";
    case Function::kLength: return "length";
    case Function::kTrim: return "trim";
    case Function::kConcat: return "concat";
    case Function::kContains: return "contains";
    case Function::kStartsWith: return "starts_with";
    case Function::kEndsWith: return "ends_with";
    case Function::kSubstr: return "substr";
    case Function::kReplace: return "replace";

    case Function::kEventTime: return "event_time";
    case Function::kHour: return "hour";
    case Function::kMinute: return "minute";
    case Function::kDayOfWeek: return "day_of_week";
    case Function::kDayOfMonth: return "day_of_month";
    case Function::kMonth: return "month";
    case Function::kYear: return "year";
    case Function::kDateTrunc: return "date_trunc";
    case Function::kSeconds: return "seconds";

    case Function::kToDouble: return "double";
    case Function::kToInt: return "int";
    case Function::kToString: return "string";
    case Function::kToBool: return "bool";
  }
  return "?";
}

}  // namespace headrace
