#include "compute/functions/signatures.h"

namespace headrace {
namespace {

using enum ScalarType;
using Role = Parameter::Role;

constexpr TypeSet kNumbers = {kInt64, kDouble};
constexpr TypeSet kNumbersAndDurations = {kInt64, kDouble, kDuration};
constexpr TypeSet kOrdered = {kInt64, kDouble, kString, kTimestamp, kDuration};
constexpr TypeSet kAnything = {kBool, kInt64, kDouble, kString, kTimestamp, kDuration};
constexpr TypeSet kSimple = {kBool, kInt64, kDouble, kString};
constexpr TypeSet kPrintable = {kBool, kInt64, kDouble, kString, kTimestamp};

FunctionSignature same_number(Function function, std::string_view doc, std::string_view example,
                              std::string_view value) {
  return {.function = function,
          .parameters = {{"x", kNumbers}},
          .required = 1,
          .doc = doc,
          .example = example,
          .example_value = value};
}

FunctionSignature real(Function function, std::string_view doc, std::string_view example, std::string_view value) {
  return {.function = function,
          .parameters = {{"x", kNumbers, Role::kWidened}},
          .required = 1,
          .result = kDouble,
          .doc = doc,
          .example = example,
          .example_value = value};
}

FunctionSignature text(Function function, ScalarType result, std::vector<Parameter> parameters, std::string_view doc,
                       std::string_view example, std::string_view value) {
  const size_t required = parameters.size();
  return {.function = function,
          .group = FunctionGroup::kText,
          .parameters = std::move(parameters),
          .required = required,
          .result = result,
          .doc = doc,
          .example = example,
          .example_value = value};
}

FunctionSignature time_part(Function function, std::string_view doc) {
  return {.function = function,
          .group = FunctionGroup::kTime,
          .parameters = {{"t", {kTimestamp}}},
          .required = 1,
          .result = kInt64,
          .doc = doc};
}

FunctionSignature conversion(Function function, ScalarType result, TypeSet accepts, std::string_view doc,
                             std::string_view example, std::string_view value) {
  return {.function = function,
          .group = FunctionGroup::kConversion,
          .parameters = {{"x", accepts}},
          .required = 1,
          .result = result,
          .doc = doc,
          .example = example,
          .example_value = value};
}

void add_math(std::vector<FunctionSignature>& out) {
  FunctionSignature absolute =
      same_number(Function::kAbs, "The value without its sign. The least int64 has none: null.", "abs(-2.5)", "2.5");
  absolute.parameters[0].accepts = kNumbersAndDurations;
  out.push_back(absolute);
  out.push_back(same_number(Function::kSign, "-1, 0 or 1, of the type of x.", "sign(-2.5)", "-1.0"));
  out.push_back(same_number(Function::kFloor, "The greatest whole number that is not above x, of the type of x.",
                            "floor(-2.5)", "-3.0"));
  out.push_back(same_number(Function::kCeil, "The least whole number that is not below x, of the type of x.",
                            "ceil(-2.5)", "-2.0"));

  FunctionSignature round = same_number(
      Function::kRound,
      "Rounds half away from zero to a number of decimal digits (a literal from 0 to 15, by default 0): "
      "of y = |x| * 10^digits the whole part, plus 1 where the rest is at least 0.5, / 10^digits, with the sign of x.",
      "round(-2.345, 1)", "-2.3");
  round.parameters.push_back({"digits", {kInt64}, Role::kLiteral});
  out.push_back(round);

  out.push_back(real(Function::kSqrt, "The square root; null below zero.", "sqrt(6.25)", "2.5"));
  out.push_back(real(Function::kExp, "e to the power of x; null past the largest double.", "exp(0)", "1.0"));
  out.push_back(real(Function::kLn, "The natural logarithm; null at and below zero.", "ln(1)", "0.0"));
  out.push_back(real(Function::kLog10, "The logarithm to base 10; null at and below zero.", "log10(1000)", "3.0"));
  out.push_back(real(Function::kLog2, "The logarithm to base 2; null at and below zero.", "log2(8)", "3.0"));
  out.push_back(
      {.function = Function::kPow,
       .parameters = {{"x", kNumbers, Role::kWidened}, {"y", kNumbers, Role::kWidened}},
       .required = 2,
       .result = kDouble,
       .doc = "x to the power of y; null for a negative x with a y that is not whole, for zero with a negative y, "
              "and past the largest double.",
       .example = "pow(2, 0.5)",
       .example_value = "1.4142135623730951"});
}

void add_choice(std::vector<FunctionSignature>& out) {
  constexpr std::string_view kSkipsNulls = "Skips nulls; null if all arguments are.";
  const auto choice = [&](Function function, std::vector<Parameter> parameters, std::string_view doc,
                          std::string_view nulls, std::string_view example,
                          std::string_view value) -> FunctionSignature& {
    const size_t required = parameters.size();
    return out.emplace_back(FunctionSignature{.function = function,
                                              .group = FunctionGroup::kChoice,
                                              .parameters = std::move(parameters),
                                              .required = required,
                                              .doc = doc,
                                              .nulls = nulls,
                                              .example = example,
                                              .example_value = value});
  };

  choice(Function::kLeast, {{"x", kAnything, Role::kUnified}}, "The least of the arguments, which have one type.",
         kSkipsNulls, "least(3, 1.5, null)", "1.5")
      .repeats_last = true;
  choice(Function::kGreatest, {{"x", kAnything, Role::kUnified}}, "The greatest of the arguments, which have one type.",
         kSkipsNulls, "greatest('a', 'b')", "\"b\"")
      .repeats_last = true;
  choice(Function::kClip,
         {{"x", kOrdered, Role::kUnified}, {"lo", kOrdered, Role::kUnified}, {"hi", kOrdered, Role::kUnified}},
         "x moved into lo to hi: the lesser of hi and the greater of x and lo, so hi if lo is above hi.", "",
         "clip(120, 0, 100)", "100");

  choice(Function::kCoalesce, {{"x", kAnything, Role::kUnified}}, "The first argument that is not null.",
         "Null if all arguments are.", "coalesce(null, 2, 3)", "2")
      .repeats_last = true;
  choice(Function::kIf, {{"condition", {kBool}}, {"a", kAnything, Role::kUnified}, {"b", kAnything, Role::kUnified}},
         "a where the condition is true, else b.", "A null condition takes b.", "if(2 > 1, 'yes', 'no')", "\"yes\"")
      .result_argument = 1;
  choice(Function::kNullIf, {{"a", kAnything}, {"b", kAnything}}, "Null where a equals b, else a, with the type of a.",
         "a if b is null.", "nullif(5, 0)", "5");
  choice(Function::kIsNull, {{"x", kAnything}}, "Whether x is null, as `x is null`.", "Never null.", "is_null(1 / 0)",
         "true")
      .result = kBool;
}

void add_text(std::vector<FunctionSignature>& out) {
  const Parameter s = {"s", {kString}};
  const Parameter part = {"part", {kString}};

  out.push_back(text(Function::kLower, kString, {s}, "Each code point in lower case by itself (Unicode).",
                     "lower('ÄB')", "\"äb\""));
  out.push_back(text(Function::kUpper, kString, {s}, "Each code point in upper case by itself (Unicode).",
                     "upper('äß')", "\"Äß\""));
  out.push_back(text(Function::kLength, kInt64, {s}, "The number of code points.", "length('für')", "3"));
  out.push_back(
      text(Function::kTrim, kString, {s}, "Without ASCII white space at both ends.", "trim('  a b ')", "\"a b\""));
  out.push_back(text(Function::kConcat, kString, {s}, "The strings one after the other; null past 1 MiB.",
                     "concat('a', '-', 'b')", "\"a-b\""));
  out.back().repeats_last = true;

  out.push_back(
      text(Function::kContains, kBool, {s, part}, "Whether the part occurs in s.", "contains('abc', 'bc')", "true"));
  out.push_back(text(Function::kStartsWith, kBool, {s, part}, "Whether s begins with the part.",
                     "starts_with('abc', 'ab')", "true"));
  out.push_back(
      text(Function::kEndsWith, kBool, {s, part}, "Whether s ends with the part.", "ends_with('abc', 'ab')", "false"));

  out.push_back(text(Function::kSubstr, kString, {s, {"start", {kInt64}}, {"n", {kInt64}}},
                     "What exists of the code points start to start + n - 1, counted from 1; null for a negative n.",
                     "substr('hello', 2, 3)", "\"ell\""));
  out.push_back(text(
      Function::kReplace, kString, {s, {"old", {kString}}, {"new", {kString}}},
      "Every occurrence of `old`, from left to right, becomes `new`; an empty `old` changes nothing. Null past 1 MiB.",
      "replace('a-b-c', '-', '+')", "\"a+b+c\""));
}

void add_time(std::vector<FunctionSignature>& out) {
  out.push_back({.function = Function::kEventTime,
                 .group = FunctionGroup::kTime,
                 .result = kTimestamp,
                 .doc = "The time of the event; in a derived feature over features, the instant of the value.",
                 .nulls = "Never null."});

  out.push_back(time_part(Function::kHour, "The hour of the day (UTC), 0 to 23."));
  out.push_back(time_part(Function::kMinute, "The minute of the hour, 0 to 59."));
  out.push_back(time_part(Function::kDayOfWeek, "The day of the week (UTC), Monday 1 to Sunday 7."));
  out.push_back(time_part(Function::kDayOfMonth, "The day of the month (UTC), 1 to 31."));
  out.push_back(time_part(Function::kMonth, "The month (UTC), 1 to 12."));
  out.push_back(time_part(Function::kYear, "The year (UTC)."));

  out.push_back(
      {.function = Function::kDateTrunc,
       .group = FunctionGroup::kTime,
       .parameters = {{"unit", {kString}, Role::kLiteral}, {"t", {kTimestamp}}},
       .required = 2,
       .result = kTimestamp,
       .doc = "The start (UTC) of the 'second', 'minute', 'hour', 'day', 'week' (from Monday), 'month' or 'year' "
              "in which t lies."});
  out.push_back({.function = Function::kSeconds,
                 .group = FunctionGroup::kTime,
                 .parameters = {{"d", {kDuration}}},
                 .required = 1,
                 .result = kDouble,
                 .doc = "A duration as a number of seconds.",
                 .example = "seconds(duration'15m')",
                 .example_value = "900.0"});
}

void add_conversions(std::vector<FunctionSignature>& out) {
  out.push_back(conversion(Function::kToDouble, kDouble, kSimple,
                           "A double: of a string that is plain decimal text, else null; of true 1.0, of false 0.0.",
                           "double('1.5e3')", "1500.0"));
  out.push_back(
      conversion(Function::kToInt, kInt64, kSimple,
                 "An int64: a double is truncated, null past 64 bits; a string of decimal digits with or without "
                 "sign is read, another one is null; true is 1, false 0.",
                 "int(-2.7)", "-2"));
  out.push_back(
      conversion(Function::kToString, kString, kPrintable,
                 "A string: of a double the shortest text that reads back the same, as Python writes it; of a "
                 "bool true or false; of a timestamp RFC 3339 with Z.",
                 "string(5.0)", "\"5.0\""));
  out.push_back(conversion(
      Function::kToBool, kBool, kSimple,
      "A bool: of a number whether it is not 0; of the strings true and false their meaning, of others null.",
      "bool('true')", "true"));
}

}  // namespace

std::optional<ScalarType> TypeSet::single() const {
  for (ScalarType type : {kBool, kInt64, kDouble, kString, kTimestamp, kDuration}) {
    if (*this == TypeSet{type}) return type;
  }
  return std::nullopt;
}

std::string FunctionSignature::usage() const {
  std::string out(name());
  out += '(';
  for (size_t i = 0; i < parameters.size(); ++i) {
    if (i >= required) out += '[';
    if (i > 0) out += ", ";
    out += parameters[i].name;
    if (i >= required) out += ']';
  }
  if (repeats_last) out += ", ...";
  return out + ")";
}

const std::vector<FunctionSignature>& all_functions() {
  static const std::vector<FunctionSignature> functions = [] {
    std::vector<FunctionSignature> out;
    add_math(out);
    add_choice(out);
    add_text(out);
    add_time(out);
    add_conversions(out);
    return out;
  }();
  return functions;
}

const FunctionSignature* find_function(std::string_view name) {
  for (const FunctionSignature& signature : all_functions()) {
    if (signature.name() == name) return &signature;
  }
  return nullptr;
}

std::string_view to_string(FunctionGroup group) {
  switch (group) {
    case FunctionGroup::kMath: return "Numbers";
    case FunctionGroup::kChoice: return "Choice and nulls";
    case FunctionGroup::kText: return "Strings";
    case FunctionGroup::kTime: return "Time";
    case FunctionGroup::kConversion: return "Conversion";
  }
  return "?";
}

}  // namespace headrace
