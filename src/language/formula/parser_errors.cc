#include "language/formula/habits.h"
#include "language/formula/parser.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace headrace {
namespace {

std::string lower_ascii(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

std::string Parser::found() const {
  return current_.kind == Token::Kind::kEnd ? "the end of the formula"
                                            : fmt::format("`{}`", shorten(source(current_.range)));
}

SyntaxPtr Parser::expected(std::string_view what) {
  if (current_.kind == Token::Kind::kInvalid) return nullptr;
  std::string help;
  if (current_.kind == Token::Kind::kName && !current_.is_quoted && is_keyword(lower_ascii(current_.text))) {
    help = fmt::format("keywords are written in lower case: `{}`", lower_ascii(current_.text));
  } else if (current_.is_symbol(")") || current_.is_symbol("]")) {
    help = fmt::format("this `{}` closes nothing", current_.text);
  } else if (current_.kind == Token::Kind::kName) {
    help = help_for_foreign_operator(formula_.text.text, current_.range.start, current_.text);
  }
  report_.add("F106", current_.range, fmt::format("expected {}, found {}", what, found()), std::move(help));
  return nullptr;
}

SyntaxPtr Parser::unclosed(std::string_view closing, TextRange opening) {
  if (current_.kind == Token::Kind::kInvalid) return nullptr;
  Diagnostic problem = make_diagnostic("F108", fmt::format("expected `{}` or an operator, found {}", closing, found()),
                                       report_.span(current_.range));
  problem.related.push_back({report_.span(opening), fmt::format("`{}` opens here", source(opening))});
  std::string help;
  if (current_.kind == Token::Kind::kName)
    help = help_for_foreign_operator(formula_.text.text, current_.range.start, current_.text);
  report_.add(std::move(problem), std::move(help));
  return nullptr;
}

/// Whether the symbol stands twice without a blank, as `**` does.
bool Parser::is_repeated(std::string_view symbol) const {
  const size_t start = current_.range.start;
  return current_.is_symbol(symbol) && start > 0 && formula_.text.text[start - 1] == symbol.front();
}

SyntaxPtr Parser::unexpected_value() {
  std::string help;
  if (current_.is_keyword("not")) {
    help = "`not` binds more loosely than this operator; put it into parentheses: (not x)";
  } else if (current_.kind == Token::Kind::kKeyword) {
    help = fmt::format("`{0}` is a reserved word; a column of this name is written `` `{0}` ``", current_.text);
  } else if (current_.is_symbol("[")) {
    help = "a list stands only after `in`";
  } else if (current_.is_symbol("=") || current_.is_symbol("==")) {
    help = "`==` and `=` are the same; `<=` and `>=` have the `=` last";
  } else if (is_repeated("*")) {
    help = "write `pow(x, y)` for powers";
  } else if (is_repeated("/")) {
    help = "write `floor(x / y)`; a formula has no comments";
  }
  if (help.empty() && current_.kind == Token::Kind::kEnd && current_.range.start > 0)
    help = "write what belongs behind the last operator, or remove that";
  report_.add("F106", current_.range, fmt::format("expected a value, found {}", found()), std::move(help));
  return nullptr;
}

SyntaxPtr Parser::chained(const SyntaxNode& first) {
  std::string help = "join two comparisons with `and`, or put one into parentheses";
  const bool is_plain = current_.kind == Token::Kind::kSymbol && first.children.size() == 2;
  const std::string whole = source(first.range);
  if (is_plain && whole.size() <= 60)
    help = fmt::format("write `{} and {} {} ..`", whole, source(first.children[1]->range), current_.text);
  report_.add("F113", current_.range, "comparisons cannot be chained", std::move(help));
  return nullptr;
}

}  // namespace headrace
