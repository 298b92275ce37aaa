#include "language/analysis/analysis.h"
#include "language/diagnostics/codes.h"

#include <fmt/format.h>

#include <cmath>

namespace headrace {
namespace {

/// The value of a scalar as one of a type; nothing when it does not fit.
std::optional<Value> fit(const YamlNode& node, ScalarType type) {
  if (!node.is_scalar()) return std::nullopt;
  const Value value = resolve_scalar(node);
  const auto* text = std::get_if<std::string>(&value.data);
  const auto* integer = std::get_if<int64_t>(&value.data);
  switch (type) {
    case ScalarType::kBool: return std::holds_alternative<bool>(value.data) ? std::optional(value) : std::nullopt;
    case ScalarType::kInt64: return integer != nullptr ? std::optional(value) : std::nullopt;
    case ScalarType::kDouble: {
      if (integer != nullptr) return Value{static_cast<double>(*integer)};
      const auto* number = std::get_if<double>(&value.data);
      return number != nullptr && std::isfinite(*number) ? std::optional(Value{*number + 0.0}) : std::nullopt;
    }
    case ScalarType::kString: return text != nullptr ? std::optional(value) : std::nullopt;
    case ScalarType::kTimestamp: {
      const auto time = text != nullptr ? parse_timestamp(*text) : std::nullopt;
      return time ? std::optional(Value{*time}) : std::nullopt;
    }
    case ScalarType::kNull:
    case ScalarType::kDuration: return std::nullopt;
  }
  return std::nullopt;
}

/// What stands there; a number in place of another kind of number is shown itself, because "a number" would not tell.
std::string describe_misfit(const YamlNode& node, const Type& type) {
  const bool wants_number = type.scalar == ScalarType::kInt64 || type.scalar == ScalarType::kDouble;
  const bool is_number = node.is_scalar() && std::holds_alternative<double>(resolve_scalar(node).data);
  if (wants_number && !type.is_list && is_number) return fmt::format("`{}`", node.text);
  return std::string(describe_kind(node));
}

std::string help_for(const YamlNode& node, ScalarType type) {
  if (type == ScalarType::kString && node.is_scalar()) return fmt::format("write it in quotes: \"{}\"", node.text);
  if (type == ScalarType::kTimestamp) return "write a time as 2024-03-01T12:00:00Z";
  if (type == ScalarType::kBool) return "write true or false";
  return "";
}

}  // namespace

std::optional<Value> read_value(const YamlNode& node, Type type, std::string_view code, std::string_view what,
                                Diagnostics& diagnostics) {
  std::optional<Value> value;
  if (!type.is_list) {
    value = fit(node, type.scalar);
  } else if (node.is_sequence()) {
    Value::List items;
    for (const YamlNodePtr& item : node.items) {
      const auto read = read_value(*item, {type.scalar, false}, code, fmt::format("an item of {}", what), diagnostics);
      if (!read) return std::nullopt;
      items.push_back(*read);
    }
    value = Value{std::move(items)};
  }
  if (value) return value;
  Diagnostic problem = make_diagnostic(
      code, fmt::format("{} must be {}, but this is {}", what, with_article(type), describe_misfit(node, type)),
      node.span());
  if (!type.is_list) problem.help = help_for(node, type.scalar);
  diagnostics.add(std::move(problem));
  return std::nullopt;
}

}  // namespace headrace
