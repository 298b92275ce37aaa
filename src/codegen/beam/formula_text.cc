#include "codegen/beam/formula_text.h"

#include "codegen/filled_template.h"
#include "codegen/python_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>

namespace headrace {
namespace {

constexpr size_t kFormulaBytesMax = 90;
constexpr int kDepthMax = 20;

constexpr std::string_view kFunction = R"py({{head}}    """{{about}}"""
{{steps}}    return {{result}}
)py";

/// The name in headrace_runtime/formulas.py; argument types tell the operators on times.
std::string_view runtime_name(const Expr& call) {
  const auto is_time = [&](size_t i) { return call.arguments[i]->type.scalar == ScalarType::kTimestamp; };
  switch (call.function) {
    case Function::kOr: return "or_";
    case Function::kAnd: return "and_";
    case Function::kNot: return "not_";
    case Function::kIsNull: return "is_null";
    case Function::kEqual: return "equal";
    case Function::kNotEqual: return "not_equal";
    case Function::kLess: return "less";
    case Function::kLessEqual: return "less_equal";
    case Function::kGreater: return "greater";
    case Function::kGreaterEqual: return "greater_equal";
    case Function::kIn: return "in_";

    case Function::kAdd: return is_time(0) || is_time(1) ? "add_time" : "add";
    case Function::kSubtract: return is_time(0) && !is_time(1) ? "subtract_time" : "subtract";
    case Function::kMultiply: return "multiply";
    case Function::kDivide: return "divide";
    case Function::kModulo: return "modulo";
    case Function::kNegate: return "negate";
    case Function::kAbs: return "absolute";

    case Function::kSign: return "sign";
    case Function::kFloor: return "floor";
    case Function::kCeil: return "ceil";
    case Function::kRound: return "round_";
    case Function::kSqrt: return "sqrt";
    case Function::kExp: return "exp";
    case Function::kLn: return "ln";
    case Function::kLog10: return "log10";
    case Function::kLog2: return "log2";
    case Function::kPow: return "pow_";

    case Function::kLeast: return "least";
    case Function::kGreatest: return "greatest";
    case Function::kClip: return "clip";
    case Function::kCoalesce: return "coalesce";
    case Function::kIf: return "if_";
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

    case Function::kEventTime: return "";  // an argument
    case Function::kHour: return "hour";
    case Function::kMinute: return "minute";
    case Function::kDayOfWeek: return "day_of_week";
    case Function::kDayOfMonth: return "day_of_month";
    case Function::kMonth: return "month";
    case Function::kYear: return "year";
    case Function::kDateTrunc: return "date_trunc";
    case Function::kSeconds: return "seconds";

    case Function::kToDouble: return "double";
    case Function::kToInt: return "integer";
    case Function::kToString: return is_time(0) ? "string_of_time" : "string";
    case Function::kToBool: return "boolean";
  }
  return "";
}

class FunctionWriter {
 public:
  explicit FunctionWriter(const Expr& expr) : names_({"f", "event_time", "Any", "Formula"}) {
    takes_time_ = uses_event_time(expr);
    for (const Reference& reference : references_of(expr))
      arguments_[reference] = names_.take(reference.name, "_value");
    collect_types(expr);
  }

  PythonFunction write(const Expr& expr, const std::string& name, const std::string& docstring) {
    const Text result = text_of(expr);
    std::vector<std::string> parameters;
    std::vector<PythonTerm> columns, features;
    if (takes_time_) parameters.emplace_back("event_time: int");
    for (Reference::Kind kind : {Reference::Kind::kColumn, Reference::Kind::kFeature}) {
      for (const auto& [reference, argument] : arguments_) {
        if (reference.kind != kind) continue;
        const Type type = types_.at(reference);
        parameters.push_back(fmt::format("{}: {}", argument, type.is_list ? "Any" : python_type(type.scalar)));
        (kind == Reference::Kind::kColumn ? columns : features).emplace_back(python_string(reference.name));
      }
    }

    const std::string returned(expr.type.is_list ? "Any" : python_type(expr.type.scalar));
    const std::string definition = filled_template(kFunction, {{"head", head(name, parameters, returned)},
                                                               {"about", docstring_text(docstring)},
                                                               {"steps", steps_},
                                                               {"result", result.text}});

    std::vector<PythonTerm> arguments = {name};
    if (!columns.empty()) arguments.push_back(named("columns", python_collection('(', std::move(columns))));
    if (!features.empty()) arguments.push_back(named("features", python_collection('(', std::move(features))));
    if (takes_time_) arguments.emplace_back("takes_time=True");
    return {definition, python_call("Formula", std::move(arguments)), uses_runtime_};
  }

 private:
  struct Text {
    std::string text;
    int depth = 0;
  };

  /// `def name(a: int | None) -> float | None:`, a parameter a line where the line is too long.
  static std::string head(const std::string& name, const std::vector<std::string>& parameters,
                          const std::string& returned) {
    constexpr size_t kLineBytesMax = 120;
    const std::string line = fmt::format("def {}({}) -> {}:", name, fmt::join(parameters, ", "), returned);
    if (line.size() <= kLineBytesMax) return line + "\n";
    std::string out = fmt::format("def {}(\n", name);
    for (const std::string& parameter : parameters) out += fmt::format("    {},\n", parameter);
    return out + fmt::format(") -> {}:\n", returned);
  }

  void collect_types(const Expr& expr) {
    if (expr.kind == Expr::Kind::kReference) types_[expr.reference] = expr.type;
    for (const ExprPtr& argument : expr.arguments) collect_types(*argument);
  }

  Text text_of(const Expr& expr) {
    switch (expr.kind) {
      case Expr::Kind::kLiteral: return {python_literal(expr.literal)};
      case Expr::Kind::kReference: return {arguments_.at(expr.reference)};
      case Expr::Kind::kCall: break;
    }
    if (expr.function == Function::kEventTime) return {"event_time"};

    uses_runtime_ = true;
    std::vector<Text> arguments;
    size_t size = 0;
    for (const ExprPtr& argument : expr.arguments) {
      arguments.push_back(text_of(*argument));
      size += arguments.back().text.size() + 2;
    }

    Text out{fmt::format("f.{}(", runtime_name(expr))};
    bool is_first = true;
    for (Text& argument : arguments) {
      const bool is_long = size > kFormulaBytesMax && argument.depth > 0;
      if (is_long || argument.depth >= kDepthMax) argument = name_step(argument);
      out.text += (is_first ? "" : ", ") + argument.text;
      out.depth = std::max(out.depth, argument.depth + 1);
      is_first = false;
    }
    out.text += ")";
    return out;
  }

  Text name_step(const Text& value) {
    const std::string name = names_.take(fmt::format("part_{}", ++parts_), "_");
    steps_ += fmt::format("    {} = {}\n", name, value.text);
    return {name};
  }

  PythonNames names_;
  std::map<Reference, std::string> arguments_;
  std::map<Reference, Type> types_;
  std::string steps_;
  int parts_ = 0;
  bool takes_time_ = false;
  bool uses_runtime_ = false;
};

}  // namespace

PythonFunction python_function(const Expr& expr, const std::string& name, const std::string& docstring) {
  return FunctionWriter(expr).write(expr, name, docstring);
}

}  // namespace headrace
