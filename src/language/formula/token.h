#pragma once

/// Splits a formula into tokens, one at a time. Private to language/formula.

#include "language/formula/report.h"
#include "language/formula/syntax.h"

#include <string>
#include <string_view>

namespace headrace {

struct Token {
  enum class Kind {
    kEnd,
    kLiteral,  // number, string or duration
    kName,     // also with a qualifier, also in backquotes
    kKeyword,  // or and not in is null true false
    kSymbol,   // + - * / % ( ) [ ] , == = != <> < <= > >=
    kInvalid,  // reported already
  };
  Kind kind = Kind::kEnd;
  TextRange range;
  std::string text;        // kKeyword, kSymbol: as written; kName: the last part, without backquotes
  std::string qualifier;   // kName
  bool is_quoted = false;  // kName: some part is in backquotes
  Type type;               // kLiteral
  Value literal;           // kLiteral

  bool is(Kind wanted, std::string_view word) const { return kind == wanted && text == word; }
  bool is_symbol(std::string_view symbol) const { return is(Kind::kSymbol, symbol); }
  bool is_keyword(std::string_view word) const { return is(Kind::kKeyword, word); }
};

class Lexer {
 public:
  /// Both live longer than the lexer.
  Lexer(std::string_view text, Report& report) : text_(text), report_(report) {}

  /// The next token; kEnd after the last, kInvalid (with a report) where there is none.
  Token next();

 private:
  Token literal(size_t start, ScalarType type, Value value) const;
  Token number(size_t start);
  Token string_or_backquotes(size_t start);
  Token word(size_t start);
  Token foreign_word(size_t start);
  Token duration(size_t start);
  Token symbol(size_t start);
  Token unexpected_character(size_t start);
  /// Reads to the closing quote, halving doubled ones. False (and reported) when it is missing.
  bool read_quoted(std::string& content);
  std::string_view take_name();
  Token invalid(size_t start) const { return {.kind = Token::Kind::kInvalid, .range = {start, position_}}; }
  char peek(size_t ahead = 0) const { return position_ + ahead < text_.size() ? text_[position_ + ahead] : '\0'; }

  std::string_view text_;
  Report& report_;
  size_t position_ = 0;
};

bool is_keyword(std::string_view word);

}  // namespace headrace
