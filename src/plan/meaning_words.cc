#include "plan/meaning_words.h"

#include "data/time.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <vector>

namespace headrace {
namespace {

/// How tightly operators bind, loosest first.
using Binding = int;
constexpr Binding kOrBinds = 0;
constexpr Binding kAndBinds = 1;
constexpr Binding kNotBinds = 2;
constexpr Binding kComparisonBinds = 3;
constexpr Binding kSumBinds = 4;
constexpr Binding kProductBinds = 5;
constexpr Binding kUnaryBinds = 6;
constexpr Binding kAtomBinds = 7;

struct Infix {
  std::string_view word;
  Binding binding;
};
constexpr std::array<Infix, 13> kInfix = {{{"or", kOrBinds},
                                           {"and", kAndBinds},
                                           {"==", kComparisonBinds},
                                           {"!=", kComparisonBinds},
                                           {"<", kComparisonBinds},
                                           {"<=", kComparisonBinds},
                                           {">", kComparisonBinds},
                                           {">=", kComparisonBinds},
                                           {"+", kSumBinds},
                                           {"-", kSumBinds},
                                           {"*", kProductBinds},
                                           {"/", kProductBinds},
                                           {"%", kProductBinds}}};

/// A formula and what binds it together.
struct Words {
  std::string text;
  Binding binding = kAtomBinds;
};

std::string within(const Words& words, Binding least) {
  return words.binding < least ? "(" + words.text + ")" : words.text;
}

/// Reads one canonical formula; nothing as soon as it is none.
class CanonicalReader {
 public:
  explicit CanonicalReader(std::string_view text) : rest_(text) {}

  std::optional<Words> read() {
    std::optional<Words> words = read_term();
    return rest_.empty() ? words : std::nullopt;
  }

 private:
  static constexpr int kDepthMax = 500;

  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  std::string_view take_until(std::string_view ends) {
    const size_t end = std::min(rest_.find_first_of(ends), rest_.size());
    const std::string_view taken = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return taken;
  }

  /// A JSON string, quotes included.
  std::string_view take_quoted() {
    size_t end = 1;
    while (end < rest_.size() && rest_[end] != '"') end += rest_[end] == '\\' ? 2 : 1;
    end = std::min(end + 1, rest_.size());
    const std::string_view taken = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return taken;
  }

  std::string take_name() {
    if (!rest_.starts_with('"')) return std::string(take_until(" ).,"));
    const std::string_view quoted = take_quoted();
    return "`" + std::string(quoted.substr(1, quoted.size() - 2)) + "`";
  }

  std::optional<Words> read_term() {
    if (++depth_ > kDepthMax) return std::nullopt;
    std::optional<Words> words = take("(")          ? read_call()
                                 : take("feature:") ? std::optional<Words>(Words{take_name()})
                                 : take("col:")     ? read_column()
                                                    : read_literal();
    --depth_;
    return words;
  }

  /// People need not write which source a column is of.
  std::optional<Words> read_column() {
    take_name();
    if (!take(".")) return std::nullopt;
    return Words{take_name()};
  }

  std::optional<Words> read_literal() {
    const std::string_view type = take_until(": )");
    if (!take(":")) return std::nullopt;
    if (rest_.starts_with('"')) {
      const std::string_view quoted = take_quoted();
      const std::string inside(quoted.substr(1, quoted.size() < 2 ? 0 : quoted.size() - 2));
      return Words{fmt::format("{}'{}'", type == "string" ? "" : type, inside)};
    }
    const std::string_view value = take_until(" )");
    if (type != "duration" || value == "null") return Words{std::string(value)};
    int64_t us = 0;
    std::from_chars(value.data(), value.data() + value.size(), us);
    return Words{fmt::format("duration'{}'", us % 1000 == 0 ? to_string(Duration{us}) : std::string(value))};
  }

  std::optional<Words> read_call() {
    const std::string function(take_until(" "));
    if (!take(" ")) return std::nullopt;
    take("list of ");
    take_until(" )");
    std::vector<Words> arguments;
    while (take(" ")) {
      std::optional<Words> argument = read_term();
      if (!argument) return std::nullopt;
      arguments.push_back(std::move(*argument));
    }
    if (!take(")")) return std::nullopt;
    return call_words(function, arguments);
  }

  static Words call_words(const std::string& function, const std::vector<Words>& arguments) {
    const auto* const infix =
        std::find_if(kInfix.begin(), kInfix.end(), [&](const Infix& each) { return each.word == function; });
    if (infix != kInfix.end() && arguments.size() == 2) {
      // What stands on the right of its like is in parentheses: `a - (b - c)`.
      const Binding right = infix->binding + 1;
      const Binding left = infix->binding == kComparisonBinds ? right : infix->binding;
      return {fmt::format("{} {} {}", within(arguments[0], left), function, within(arguments[1], right)),
              infix->binding};
    }
    if (arguments.size() == 1) {
      if (function == "double") return arguments[0];
      if (function == "-") return {"-" + within(arguments[0], kUnaryBinds), kUnaryBinds};
      if (function == "not") return {"not " + within(arguments[0], kNotBinds), kNotBinds};
      if (function == "is_null") return {within(arguments[0], kSumBinds) + " is null", kComparisonBinds};
    }
    std::vector<std::string> texts;
    for (const Words& each : arguments) texts.push_back(each.text);
    if (function == "in" && !texts.empty()) {
      const std::string first = within(arguments[0], kSumBinds);
      texts.erase(texts.begin());
      return {fmt::format("{} in [{}]", first, fmt::join(texts, ", ")), kComparisonBinds};
    }
    return {fmt::format("{}({})", function, fmt::join(texts, ", "))};
  }

  std::string_view rest_;
  int depth_ = 0;
};

/// Lines of a meaning by their first word.
using MeaningLines = std::map<std::string, std::vector<std::string>, std::less<>>;

MeaningLines lines_of(std::string_view meaning) {
  MeaningLines lines;
  while (!meaning.empty()) {
    const std::string_view line = meaning.substr(0, meaning.find('\n'));
    meaning.remove_prefix(std::min(line.size() + 1, meaning.size()));
    const size_t blank = line.find(' ');
    if (blank != std::string_view::npos) lines[std::string(line.substr(0, blank))].emplace_back(line.substr(blank + 1));
  }
  return lines;
}

std::string joined_words(const std::vector<std::string>& lines, bool are_formulas) {
  std::vector<std::string> words;
  for (const std::string& line : lines) words.push_back(are_formulas ? formula_in_words(line) : line);
  return words.empty() ? "none" : fmt::format("{}", fmt::join(words, ", "));
}

std::string part_text(const std::string& word, const std::vector<std::string>& before,
                      const std::vector<std::string>& now) {
  const bool are_formulas = word == "formula" || word == "filter";
  std::string was = joined_words(before, are_formulas);
  std::string is = joined_words(now, are_formulas);
  // A step that people need not write is the whole difference.
  if (was == is) {
    was = joined_words(before, false);
    is = joined_words(now, false);
  }
  return fmt::format("{}: {}, was {}", word, is, was);
}

/// "name digest" -> name and digest.
std::map<std::string, std::string> uses_of(const std::vector<std::string>& lines) {
  std::map<std::string, std::string> uses;
  for (const std::string& line : lines) {
    const size_t blank = line.find(' ');
    if (blank != std::string::npos) uses[line.substr(0, blank)] = line.substr(blank + 1);
  }
  return uses;
}

std::string use_text(const std::string& name, const std::string& before, const std::string& now,
                     const VersionUnderDigest& version_of) {
  const std::string was = version_of ? version_of(name, before) : "";
  const std::string is = version_of ? version_of(name, now) : "";
  if (was.empty() || is.empty() || was == is) return fmt::format("uses `{}`, which has changed", name);
  return fmt::format("uses `{}`, which went from {} to {}", name, was, is);
}

}  // namespace

std::string formula_in_words(std::string_view canonical) {
  const std::optional<Words> words = CanonicalReader(canonical).read();
  return words ? words->text : std::string(canonical);
}

MeaningChange meaning_change(std::string_view before, std::string_view now, const VersionUnderDigest& version_of) {
  // In the order in which people write them.
  constexpr std::array<std::string_view, 10> kOrder = {"entity", "key",    "source",  "aggregation", "window",
                                                       "type",   "column", "formula", "filter",      "default"};
  const MeaningLines was = lines_of(before);
  const MeaningLines is = lines_of(now);
  const auto find = [](const MeaningLines& lines, std::string_view word) {
    const auto found = lines.find(word);
    return found == lines.end() ? std::vector<std::string>() : found->second;
  };

  // What a later form of meanings says beside is told too.
  std::vector<std::string_view> words(kOrder.begin(), kOrder.end());
  for (const MeaningLines* lines : {&was, &is}) {
    for (const auto& [word, texts] : *lines) {
      if (word != "uses" && std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
    }
  }

  std::vector<std::string> parts;
  for (const std::string_view word : words) {
    const std::vector<std::string> old_lines = find(was, word);
    const std::vector<std::string> new_lines = find(is, word);
    // Other columns are read because of another formula, which says so itself.
    const bool has_formula = find(was, "formula") != find(is, "formula") || find(was, "filter") != find(is, "filter");
    if (old_lines == new_lines || (word == "column" && has_formula)) continue;
    parts.push_back(part_text(std::string(word), old_lines, new_lines));
  }

  MeaningChange change;
  const size_t own_parts = parts.size();
  const std::map<std::string, std::string> used_before = uses_of(find(was, "uses"));
  for (const auto& [name, digest] : uses_of(find(is, "uses"))) {
    const auto earlier = used_before.find(name);
    if (earlier == used_before.end() || earlier->second == digest) continue;
    parts.push_back(use_text(name, earlier->second, digest, version_of));
  }
  change.is_only_by_use = own_parts == 0 && !parts.empty();
  change.text = fmt::format("{}", fmt::join(parts, "; "));
  return change;
}

}  // namespace headrace
