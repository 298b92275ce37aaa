#pragma once

/// Builds the syntax tree of a formula. Private to language/formula.
///
/// From loose to tight: or, and, not, one comparison, + -, * / %, unary -, atoms. The first problem ends the parse:
/// what follows a syntax error would be guesses.

#include "language/formula/token.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace headrace {

class Parser {
 public:
  /// `formula` gets names and uses_event_time. Both live longer than the parser.
  Parser(ParsedFormula& formula, Report& report);

  /// Null if there was a problem (reported).
  SyntaxPtr parse();

 private:
  /// Counts the nesting while it lives.
  class Nested;

  SyntaxPtr parse_or();
  SyntaxPtr parse_and();
  SyntaxPtr parse_not();
  SyntaxPtr parse_comparison();
  SyntaxPtr parse_is_null(SyntaxPtr operand);
  SyntaxPtr parse_in(SyntaxPtr operand, bool is_negated);
  SyntaxPtr parse_sum();
  SyntaxPtr parse_product();
  SyntaxPtr parse_unary();
  SyntaxPtr parse_atom();
  SyntaxPtr parse_group();
  SyntaxPtr parse_name_or_call();
  SyntaxPtr parse_call(const Token& name);

  void advance();
  bool take_symbol(std::string_view symbol);
  bool take_keyword(std::string_view word);
  bool is_comparison() const;
  bool is_not_in() const { return current_.is_keyword("not") && following_.is_keyword("in"); }
  size_t index_of_name(const Token& token);
  SyntaxPtr literal(const Token& token, Type type, Value value) const;
  SyntaxPtr operation(Function function, TextRange token, std::vector<SyntaxPtr> children, size_t end);
  SyntaxPtr finish(std::unique_ptr<SyntaxNode> node);
  bool is_too_deep();
  SyntaxPtr expected(std::string_view what);
  SyntaxPtr unclosed(std::string_view closing, TextRange opening);
  SyntaxPtr unexpected_value();
  bool is_repeated(std::string_view symbol) const;
  SyntaxPtr chained(const SyntaxNode& first);
  std::string found() const;
  std::string source(TextRange range) const { return formula_.text.text.substr(range.start, range.end - range.start); }

  ParsedFormula& formula_;
  Report& report_;
  Lexer lexer_;
  Token current_;
  Token following_;
  std::map<std::pair<std::string, std::string>, size_t> name_indexes_;  // by qualifier and name
  size_t end_ = 0;                                                      // of the token before the current one
  int nesting_ = 0;
};

}  // namespace headrace
