#pragma once

/// Checks types and builds the expression. Private to language/typing; the public interface is type_formula.h.
///
/// A wrong part yields null and one report; the parts beside it are still checked, so that all problems of a formula
/// are told at once, and what contains a wrong part says nothing more.

#include "compute/functions/signatures.h"
#include "language/formula/report.h"
#include "language/formula/syntax.h"
#include "language/typing/type_formula.h"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace headrace {

class Typer {
 public:
  /// All live longer than the typer.
  Typer(const ParsedFormula& formula, const NameResolver& resolve, Report& report);

  /// The formula's expression; null if there was a problem (reported).
  ExprPtr type_root();

 private:
  /// An expression with the syntax that it came from. The literal `null` has the type kNull until its context is known.
  struct Operand {
    const SyntaxNode* node = nullptr;
    ExprPtr expr;

    ScalarType type() const { return expr->type.scalar; }
    bool is_null() const { return type() == ScalarType::kNull; }
  };

  ExprPtr type_node(const SyntaxNode& node);
  ExprPtr type_name(const SyntaxNode& node);
  /// Types all children; nothing if one was wrong.
  std::optional<std::vector<Operand>> type_children(const SyntaxNode& node);

  // Operators (typer_operators.cc).
  ExprPtr type_operator(const SyntaxNode& node, std::vector<Operand> operands);
  ExprPtr type_logic(const SyntaxNode& node, std::vector<Operand> operands);
  ExprPtr type_comparison(const SyntaxNode& node, std::vector<Operand> operands);
  ExprPtr type_in(const SyntaxNode& node, std::vector<Operand> operands);
  ExprPtr type_negation(const SyntaxNode& node, Operand operand);
  ExprPtr type_arithmetic(const SyntaxNode& node, std::vector<Operand> operands);
  ExprPtr wrong_sides(const SyntaxNode& node, const Operand& left, const Operand& right, std::string message);

  // Functions (typer_functions.cc).
  ExprPtr type_call(const SyntaxNode& node);
  ExprPtr unknown_function(const SyntaxNode& node);
  bool check_argument(const FunctionSignature& signature, size_t index, Operand& operand);
  bool check_literal(const FunctionSignature& signature, const Operand& operand);
  ExprPtr type_null_if(const FunctionSignature& signature, const SyntaxNode& node, std::vector<Operand> operands);

  /// The type of all values that are not `null`, with int64 widened if there is a double; kNull if all are. Nothing
  /// (reported) when they do not go together.
  std::optional<ScalarType> common_type(const SyntaxNode& node, std::span<Operand> operands);
  /// The operand as a value of the type: a null gets it, an int64 is widened to double.
  static ExprPtr as_type(const Operand& operand, ScalarType type);
  ExprPtr null_without_type(const SyntaxNode& node);
  void add_with_declaration(Diagnostic problem, std::string help, std::span<const Operand> operands);

  /// The operand as written, cut short for a message; and the same in backquotes.
  std::string source(const Operand& operand) const;
  std::string quote(const SyntaxNode& node) const;
  std::string quote(const Operand& operand) const { return quote(*operand.node); }

  const ParsedFormula& formula_;
  const NameResolver& resolve_;
  Report& report_;
  std::map<size_t, std::optional<ResolvedName>> resolved_;  // by position in names
};

}  // namespace headrace
