#pragma once

/// What each function of the language takes and gives: the one table behind type checking, "did you mean", completion
/// and the generated reference. Operators are typed in language/formula; their loops are beside the functions'.
///
/// Immutable; any thread may read it.

#include "compute/functions/function.h"
#include "data/type.h"

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

/// A set of scalar types.
class TypeSet {
 public:
  constexpr TypeSet() = default;
  constexpr TypeSet(std::initializer_list<ScalarType> types) {
    for (ScalarType type : types) bits_ |= bit(type);
  }
  constexpr bool contains(ScalarType type) const { return (bits_ & bit(type)) != 0; }
  /// The only type of the set, if there is one.
  std::optional<ScalarType> single() const;

  friend constexpr bool operator==(TypeSet, TypeSet) = default;

 private:
  static constexpr uint32_t bit(ScalarType type) { return 1U << static_cast<int>(type); }
  uint32_t bits_ = 0;
};

struct Parameter {
  enum class Role {
    kPlain,    // of a type of the set, taken as it is
    kWidened,  // int64 becomes double
    kUnified,  // all arguments with this role have one type; int64 becomes double if another is a double
    kLiteral,  // must be written as a literal
  };
  std::string_view name;
  TypeSet accepts;
  Role role = Role::kPlain;
};

enum class FunctionGroup { kMath, kChoice, kText, kTime, kConversion };

struct FunctionSignature {
  Function function = Function::kAbs;
  FunctionGroup group = FunctionGroup::kMath;
  std::vector<Parameter> parameters;
  size_t required = 0;        // of the parameters; those after may be left out
  bool repeats_last = false;  // the last parameter may occur any number of times more
  /// Type of the result; nothing: that of the argument `result_argument`.
  std::optional<ScalarType> result;
  size_t result_argument = 0;
  std::string_view doc;      // one sentence or two
  std::string_view nulls;    // empty: null if an argument is null
  std::string_view example;  // a formula without names, and its value as JSON
  std::string_view example_value;

  std::string_view name() const { return to_string(function); }
  /// "round(x[, digits])", "least(x, ...)".
  std::string usage() const;
  bool takes(size_t arguments) const {
    return arguments >= required && (repeats_last || arguments <= parameters.size());
  }
  const Parameter& parameter(size_t argument) const { return parameters[std::min(argument, parameters.size() - 1)]; }
};

/// In the order of the reference.
const std::vector<FunctionSignature>& all_functions();

/// The function of that name, or null. Operators are not found.
const FunctionSignature* find_function(std::string_view name);

std::string_view to_string(FunctionGroup group);

}  // namespace headrace
