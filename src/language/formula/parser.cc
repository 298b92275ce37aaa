#include "language/formula/parser.h"

#include "compute/functions/signatures.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>

namespace headrace {
namespace {

struct SymbolFunction {
  std::string_view symbol;
  Function function;
};
constexpr std::array<SymbolFunction, 8> kComparisons = {{{"==", Function::kEqual},
                                                         {"=", Function::kEqual},
                                                         {"!=", Function::kNotEqual},
                                                         {"<>", Function::kNotEqual},
                                                         {"<=", Function::kLessEqual},
                                                         {">=", Function::kGreaterEqual},
                                                         {"<", Function::kLess},
                                                         {">", Function::kGreater}}};
constexpr std::array<SymbolFunction, 2> kSums = {{{"+", Function::kAdd}, {"-", Function::kSubtract}}};
constexpr std::array<SymbolFunction, 3> kProducts = {
    {{"*", Function::kMultiply}, {"/", Function::kDivide}, {"%", Function::kModulo}}};

template <size_t count>
std::optional<Function> find_symbol(const std::array<SymbolFunction, count>& table, const Token& token) {
  for (const SymbolFunction& entry : table) {
    if (token.is_symbol(entry.symbol)) return entry.function;
  }
  return std::nullopt;
}

template <typename... Nodes>
std::vector<SyntaxPtr> list_of(Nodes... nodes) {
  std::vector<SyntaxPtr> list;
  (list.push_back(std::move(nodes)), ...);
  return list;
}

}  // namespace

class Parser::Nested {
 public:
  explicit Nested(Parser& parser) : parser_(parser) { ++parser_.nesting_; }
  ~Nested() { --parser_.nesting_; }
  Nested(const Nested&) = delete;
  Nested& operator=(const Nested&) = delete;

 private:
  Parser& parser_;
};

Parser::Parser(ParsedFormula& formula, Report& report)
    : formula_(formula), report_(report), lexer_(formula.text.text, report) {
  current_ = lexer_.next();
  if (current_.kind != Token::Kind::kInvalid) following_ = lexer_.next();
}

void Parser::advance() {
  end_ = current_.range.end;
  current_ = std::move(following_);
  // One report is enough; nothing is read after an invalid token.
  if (current_.kind != Token::Kind::kInvalid && current_.kind != Token::Kind::kEnd) following_ = lexer_.next();
}

SyntaxPtr Parser::parse() {
  if (current_.kind == Token::Kind::kEnd) {
    report_.add("F107", {0, formula_.text.text.size()}, "the formula is empty",
                "leave the key out, or write an expression");
    return nullptr;
  }
  SyntaxPtr root = parse_or();
  if (root == nullptr) return nullptr;
  if (current_.kind != Token::Kind::kEnd) return expected("an operator or the end of the formula");
  return root;
}

SyntaxPtr Parser::parse_or() {
  SyntaxPtr left = parse_and();
  while (left != nullptr && current_.is_keyword("or")) {
    const TextRange token = current_.range;
    advance();
    SyntaxPtr right = parse_and();
    if (right == nullptr) return nullptr;
    left = operation(Function::kOr, token, list_of(std::move(left), std::move(right)), end_);
  }
  return left;
}

SyntaxPtr Parser::parse_and() {
  SyntaxPtr left = parse_not();
  while (left != nullptr && current_.is_keyword("and")) {
    const TextRange token = current_.range;
    advance();
    SyntaxPtr right = parse_not();
    if (right == nullptr) return nullptr;
    left = operation(Function::kAnd, token, list_of(std::move(left), std::move(right)), end_);
  }
  return left;
}

SyntaxPtr Parser::parse_not() {
  if (!current_.is_keyword("not")) return parse_comparison();
  const Nested nested(*this);
  if (is_too_deep()) return nullptr;
  const TextRange token = current_.range;
  advance();
  SyntaxPtr operand = parse_not();
  if (operand == nullptr) return nullptr;
  return operation(Function::kNot, token, list_of(std::move(operand)), end_);
}

bool Parser::is_comparison() const {
  return find_symbol(kComparisons, current_).has_value() || current_.is_keyword("is") || current_.is_keyword("in") ||
         is_not_in();
}

SyntaxPtr Parser::parse_comparison() {
  SyntaxPtr left = parse_sum();
  if (left == nullptr || !is_comparison()) return left;
  SyntaxPtr compared;
  if (const auto function = find_symbol(kComparisons, current_)) {
    const TextRange token = current_.range;
    advance();
    SyntaxPtr right = parse_sum();
    if (right == nullptr) return nullptr;
    compared = operation(*function, token, list_of(std::move(left), std::move(right)), end_);
  } else if (current_.is_keyword("is")) {
    compared = parse_is_null(std::move(left));
  } else {
    const bool is_negated = take_keyword("not");
    compared = parse_in(std::move(left), is_negated);
  }
  if (compared != nullptr && is_comparison()) return chained(*compared);
  return compared;
}

SyntaxPtr Parser::parse_is_null(SyntaxPtr operand) {
  const TextRange token = current_.range;
  advance();
  const bool is_negated = take_keyword("not");
  if (!take_keyword("null")) {
    if (current_.kind != Token::Kind::kInvalid) {
      report_.add("F106", current_.range, fmt::format("expected `null` after `is`, found {}", found()),
                  "`is null` and `is not null` test for null; values are compared with `==` and `!=`");
    }
    return nullptr;
  }
  SyntaxPtr test = operation(Function::kIsNull, token, list_of(std::move(operand)), end_);
  if (test == nullptr || !is_negated) return test;
  return operation(Function::kNot, token, list_of(std::move(test)), end_);
}

SyntaxPtr Parser::parse_in(SyntaxPtr operand, bool is_negated) {
  const Nested nested(*this);
  if (is_too_deep()) return nullptr;
  const TextRange token = current_.range;
  advance();

  const TextRange opening = current_.range;
  if (!take_symbol("[")) {
    if (current_.kind != Token::Kind::kInvalid) {
      report_.add("F106", current_.range, fmt::format("expected `[` after `in`, found {}", found()),
                  "a list is written in square brackets: x in [1, 2]");
    }
    return nullptr;
  }
  if (current_.is_symbol("]")) {
    report_.add("F109", {opening.start, current_.range.end}, "the list after `in` is empty",
                "name at least one value; nothing is in an empty list");
    return nullptr;
  }

  std::vector<SyntaxPtr> children = list_of(std::move(operand));
  do {
    SyntaxPtr item = parse_sum();
    if (item == nullptr) return nullptr;
    children.push_back(std::move(item));
  } while (take_symbol(","));
  if (!take_symbol("]")) return unclosed("]", opening);

  SyntaxPtr test = operation(Function::kIn, token, std::move(children), end_);
  if (test == nullptr || !is_negated) return test;
  return operation(Function::kNot, token, list_of(std::move(test)), end_);
}

SyntaxPtr Parser::parse_sum() {
  SyntaxPtr left = parse_product();
  while (left != nullptr) {
    const auto function = find_symbol(kSums, current_);
    if (!function) return left;
    const TextRange token = current_.range;
    advance();
    SyntaxPtr right = parse_product();
    if (right == nullptr) return nullptr;
    left = operation(*function, token, list_of(std::move(left), std::move(right)), end_);
  }
  return left;
}

SyntaxPtr Parser::parse_product() {
  SyntaxPtr left = parse_unary();
  while (left != nullptr) {
    const auto function = find_symbol(kProducts, current_);
    if (!function) return left;
    const TextRange token = current_.range;
    advance();
    SyntaxPtr right = parse_unary();
    if (right == nullptr) return nullptr;
    left = operation(*function, token, list_of(std::move(left), std::move(right)), end_);
  }
  return left;
}

SyntaxPtr Parser::parse_unary() {
  if (current_.is_symbol("+")) {
    report_.add("F110", current_.range, "there is no unary `+`", "leave it out");
    return nullptr;
  }
  if (!current_.is_symbol("-")) return parse_atom();
  const Nested nested(*this);
  if (is_too_deep()) return nullptr;
  const TextRange token = current_.range;
  advance();
  // The least int64 has no positive counterpart, so the lexer leaves its digits without a value.
  if (current_.kind == Token::Kind::kLiteral && current_.type.scalar == ScalarType::kInt64 &&
      current_.literal.is_null()) {
    Token whole = current_;
    whole.range.start = token.start;
    advance();
    return literal(whole, whole.type, {std::numeric_limits<int64_t>::min()});
  }
  SyntaxPtr operand = parse_unary();
  if (operand == nullptr) return nullptr;
  return operation(Function::kNegate, token, list_of(std::move(operand)), end_);
}

SyntaxPtr Parser::parse_atom() {
  const Token token = current_;
  switch (token.kind) {
    case Token::Kind::kLiteral:
      if (token.literal.is_null()) {
        report_.add("F103", token.range, fmt::format("`{}` is past the range of int64", source(token.range)),
                    fmt::format("an int64 is at most 9223372036854775807; `{}.0` is a double", source(token.range)));
        return nullptr;
      }
      advance();
      return literal(token, token.type, token.literal);

    case Token::Kind::kName: return parse_name_or_call();
    case Token::Kind::kKeyword:
      if (token.text == "true" || token.text == "false") {
        advance();
        return literal(token, {ScalarType::kBool}, {token.text == "true"});
      }
      if (token.text == "null") {
        advance();
        return literal(token, {ScalarType::kNull}, {});
      }
      return unexpected_value();

    case Token::Kind::kSymbol: return token.text == "(" ? parse_group() : unexpected_value();
    case Token::Kind::kEnd: return unexpected_value();
    case Token::Kind::kInvalid: return nullptr;
  }
  return nullptr;
}

SyntaxPtr Parser::parse_group() {
  const Nested nested(*this);
  if (is_too_deep()) return nullptr;
  const TextRange opening = current_.range;
  advance();
  SyntaxPtr inner = parse_or();
  if (inner == nullptr) return nullptr;
  if (!take_symbol(")")) return unclosed(")", opening);
  inner->range = {opening.start, end_};
  return inner;
}

SyntaxPtr Parser::parse_name_or_call() {
  const Token name = current_;
  advance();
  if (current_.is_symbol("(") && !name.is_quoted) return parse_call(name);
  const bool is_duration = name.text == "duration" && name.qualifier.empty() && current_.kind == Token::Kind::kLiteral;
  if (is_duration && current_.type.scalar == ScalarType::kString) {
    report_.add("F105", {name.range.start, current_.range.end}, "a duration has no blank before its quote",
                fmt::format("write `duration{}`", shorten(source(current_.range))));
    return nullptr;
  }
  auto node = std::make_unique<SyntaxNode>();
  node->kind = SyntaxNode::Kind::kName;
  node->range = node->token = name.range;
  node->name = index_of_name(name);
  return node;
}

SyntaxPtr Parser::parse_call(const Token& name) {
  const Nested nested(*this);
  if (is_too_deep()) return nullptr;
  const TextRange opening = current_.range;
  advance();
  auto node = std::make_unique<SyntaxNode>();
  node->kind = SyntaxNode::Kind::kCall;
  node->token = name.range;
  node->function = name.qualifier.empty() ? name.text : name.qualifier + "." + name.text;
  if (node->function == to_string(Function::kEventTime)) formula_.uses_event_time = true;
  if (find_function(node->function) == nullptr) formula_.has_unknown_function = true;
  if (!take_symbol(")")) {
    do {
      SyntaxPtr argument = parse_or();
      if (argument == nullptr) return nullptr;
      node->children.push_back(std::move(argument));
    } while (take_symbol(","));
    if (!take_symbol(")")) return unclosed(")", opening);
  }
  node->range = {name.range.start, end_};
  return finish(std::move(node));
}

bool Parser::take_symbol(std::string_view symbol) {
  if (!current_.is_symbol(symbol)) return false;
  advance();
  return true;
}

bool Parser::take_keyword(std::string_view word) {
  if (!current_.is_keyword(word)) return false;
  advance();
  return true;
}

size_t Parser::index_of_name(const Token& token) {
  const auto [found, is_new] = name_indexes_.try_emplace({token.qualifier, token.text}, formula_.names.size());
  if (is_new) formula_.names.push_back({token.qualifier, token.text, report_.span(token.range)});
  return found->second;
}

SyntaxPtr Parser::literal(const Token& token, Type type, Value value) const {
  auto node = std::make_unique<SyntaxNode>();
  node->kind = SyntaxNode::Kind::kLiteral;
  node->range = node->token = token.range;
  node->type = type;
  node->literal = std::move(value);
  return node;
}

SyntaxPtr Parser::operation(Function function, TextRange token, std::vector<SyntaxPtr> children, size_t end) {
  auto node = std::make_unique<SyntaxNode>();
  node->kind = SyntaxNode::Kind::kOperator;
  node->operation = function;
  node->token = token;
  node->range = {std::min(token.start, children.front()->range.start), end};
  node->children = std::move(children);
  return finish(std::move(node));
}

SyntaxPtr Parser::finish(std::unique_ptr<SyntaxNode> node) {
  for (const SyntaxPtr& child : node->children) node->height = std::max(node->height, child->height + 1);
  if (node->height <= kHeightMax) return node;
  report_.add("F112", node->token, fmt::format("more than {} operations hang on one another", kHeightMax),
              "split the formula into several features; a choice among many values is shorter as `x in [..]`");
  return nullptr;
}

bool Parser::is_too_deep() {
  if (nesting_ <= kNestingMax) return false;
  report_.add("F111", current_.range, fmt::format("the formula is nested more than {} deep here", kNestingMax),
              "split the formula into several features");
  return true;
}

}  // namespace headrace
