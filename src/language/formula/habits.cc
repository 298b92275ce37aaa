#include "language/formula/habits.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace headrace {
namespace {

struct ForeignWord {
  std::string_view written;
  std::string_view help;
};

/// Functions of SQL, pandas, dbt and spreadsheets.
constexpr ForeignWord kFunctions[] = {
    {"len", "use `length(s)`"},
    {"strlen", "use `length(s)`"},
    {"log", "use `ln(x)` or `log10(x)`"},
    {"power", "use `pow(x, y)`"},
    {"max", "use `greatest(x, y)`; over events it is `aggregation: max`"},
    {"min", "use `least(x, y)`; over events it is `aggregation: min`"},
    {"avg", "over events it is `aggregation: mean`"},
    {"mean", "over events it is `aggregation: mean`"},
    {"sum", "over events it is `aggregation: sum`"},
    {"count", "over events it is `aggregation: count`"},
    {"median", "over events it is `aggregation: median`"},
    {"stddev", "over events it is `aggregation: stddev`"},
    {"ifnull", "use `coalesce(x, y)`"},
    {"nvl", "use `coalesce(x, y)`"},
    {"fillna", "use `coalesce(x, y)`"},
    {"isnull", "write `x is null`"},
    {"isna", "write `x is null`"},
    {"substring", "use `substr(s, start, n)`"},
    {"iff", "use `if(condition, a, b)`"},
    {"case", "use `if(condition, a, b)`"},
    {"where", "use `if(condition, a, b)`"},
    {"float", "use `double(x)`"},
    {"cast", "use `double(x)`, `int(x)`, `string(x)` or `bool(x)`"},
    {"str", "use `string(x)`"},
    {"mod", "write `x % y`"},
    {"ceiling", "use `ceil(x)`"},
    {"strip", "use `trim(s)`"},
    {"now", "use `event_time()`"},
    {"current_timestamp", "use `event_time()`"},
    {"trunc", "use `int(x)`, or `date_trunc('hour', t)` for times"},
    {"dayofweek", "use `day_of_week(t)`"},
    {"lag",
     "the value before is a feature of its own: `aggregation: first`, `window: {last: 2}`; a difference is "
     "`aggregation: delta`"},
    {"lead", "a feature sees nothing that happens later"},
    {"shift",
     "the value before is a feature of its own: `aggregation: first`, `window: {last: 2}`; a difference is "
     "`aggregation: delta`"},
    {"diff", "over events it is `aggregation: delta`"},
    {"pct_change",
     "name two features, the value now and the one before (`aggregation: first`, `window: {last: 2}`), and divide "
     "them"},
    {"rolling", "a window is not part of the formula: `aggregation: mean`, `window: 24h`"},
    {"expanding", "a window is not part of the formula: `aggregation: mean`, `window: lifetime`"},
    {"cumsum", "over events it is `aggregation: sum`, `window: lifetime`"},
    {"ewm", "over events it is `aggregation: ewma`, `params: {half_life: 1h}`"},
    {"row_number", "over events it is `aggregation: count`, `window: lifetime`"},
    {"ref", "another feature is named as it is, without quotes, and listed in `source_features`"},
    {"source", "a column is named as it is, without quotes, or as `source.column`, and listed in `source_features`"},
    {"var", "`${..}` and variables are of other tools; write the value itself"},
    {"col", "a column is named as it is, without quotes"},
    {"lit", "write the value itself"},
    {"isnan", "a NaN is null here: write `x is null`"},
    {"notnull", "write `x is not null`"},
    {"notna", "write `x is not null`"},
    {"nan", "write `null`"},
    {"clip_lower", "use `greatest(x, low)`"},
    {"clip_upper", "use `least(x, high)`"},
    {"astype", "use `double(x)`, `int(x)`, `string(x)` or `bool(x)`"},
    {"try_cast", "use `double(x)`, `int(x)`, `string(x)` or `bool(x)`"},
    {"to_number", "use `double(x)` or `int(x)`"},
    {"to_timestamp", "a column of times has the type timestamp in `columns` of its source"},
    {"timestamp", "a column of times has the type timestamp in `columns` of its source"},
    {"when", "use `if(condition, a, b)`"},
    {"ifelse", "use `if(condition, a, b)`"},
    {"iif", "use `if(condition, a, b)`"},
    {"between", "write `x >= low and x <= high`"},
    {"isin", "write `x in [1, 2]`"},
    {"like", "use `starts_with(s, 'a')`, `ends_with(s, 'a')` or `contains(s, 'a')`"},
    {"regexp_like", "there are no patterns; use `starts_with`, `ends_with` or `contains`"},
    {"datediff", "subtract two timestamps, and make a number of it: `seconds(a - b)`"},
    {"date_diff", "subtract two timestamps, and make a number of it: `seconds(a - b)`"},
    {"timestamp_diff", "subtract two timestamps, and make a number of it: `seconds(a - b)`"},
    {"extract", "use `hour(t)`, `day_of_week(t)`, `day_of_month(t)`, `month(t)` or `year(t)`"},
    {"date_part", "use `hour(t)`, `day_of_week(t)`, `day_of_month(t)`, `month(t)` or `year(t)`"},
    {"weekday", "use `day_of_week(t)`, which is 1 on Monday"},
    {"dayofmonth", "use `day_of_month(t)`"},
    {"getdate", "use `event_time()`"},
    {"log1p", "write `ln(1 + x)`"},
    {"expm1", "write `exp(x) - 1`"},
    {"square", "write `x * x`"},
    {"std", "over events it is `aggregation: stddev`"},
    {"variance", "over events it is `aggregation: variance`"},
    {"nunique", "over events it is `aggregation: count_distinct`"},
    {"count_distinct", "over events it is `aggregation: count_distinct`"},
    {"percentile", "over events it is `aggregation: percentile`, `params: {p: 0.95}`"},
    {"quantile", "over events it is `aggregation: percentile`, `params: {p: 0.95}`"},
    {"first", "over events it is `aggregation: first`"},
    {"last", "over events it is `aggregation: last`"},
    {"first_value", "over events it is `aggregation: first`"},
    {"last_value", "over events it is `aggregation: last`"},
};

/// Words that stand in SQL and Python where an operator is.
constexpr ForeignWord kOperators[] = {
    {"if", "a choice is `if(condition, a, b)`"},
    {"else", "a choice is `if(condition, a, b)`"},
    {"when", "a choice is `if(condition, a, b)`; with more cases, b is another `if(..)`"},
    {"then", "a choice is `if(condition, a, b)`"},
    {"between", "write `x >= low and x <= high`"},
    {"like", "use `starts_with(s, 'a')`, `ends_with(s, 'a')` or `contains(s, 'a')`"},
    {"ilike", "use `contains(lower(s), 'a')`"},
    {"over", "a window is not part of the formula: it is `window: 24h` beside `aggregation`, for each entity"},
    {"as", "a type is a function here: `double(x)`, `int(x)`, `string(x)` or `bool(x)`"},
    {"mod", "write `x % y`"},
    {"div", "write `floor(x / y)`"},
    {"xor", "write `a != b`"},
    {"where", "rows are chosen by the feature's `filter`"},
    {"from", "a formula is an expression over one event; the source follows from its columns"},
    {"for", "a formula is one expression over one event"},
};

std::string lowered(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

template <size_t n>
std::string help_of(const ForeignWord (&table)[n], std::string_view word) {
  for (const ForeignWord& habit : table) {
    if (habit.written == word) return std::string(habit.help);
  }
  return "";
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t start = text.find_first_not_of(kBlanks);
  if (start == std::string_view::npos) return "";
  return text.substr(start, text.find_last_not_of(kBlanks) - start + 1);
}

/// The place of a whole word, in any case, at or after `start`; npos: none.
size_t find_word(std::string_view text, std::string_view word, size_t start = 0) {
  const std::string lower = lowered(text);
  const auto is_part = [&](size_t i) {
    return i < lower.size() && (std::isalnum(static_cast<unsigned char>(lower[i])) != 0 || lower[i] == '_');
  };
  for (size_t at = lower.find(word, start); at != std::string::npos; at = lower.find(word, at + 1)) {
    if ((at == 0 || !is_part(at - 1)) && !is_part(at + word.size())) return at;
  }
  return std::string_view::npos;
}

bool has_word(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(),
                     [&](std::string_view word) { return find_word(text, word) != std::string_view::npos; });
}

std::string choice(std::string_view condition, std::string_view then, std::string_view otherwise) {
  constexpr size_t kShownBytesMax = 120;
  const std::string written = fmt::format("if({}, {}, {})", trimmed(condition), trimmed(then), trimmed(otherwise));
  return written.size() > kShownBytesMax ? "" : fmt::format("write `{}`", written);
}

/// Python's `a if c else b`, when it is the whole formula.
std::string help_for_python_choice(std::string_view formula, size_t start) {
  const size_t otherwise = find_word(formula, "else", start);
  if (otherwise == std::string_view::npos) return "";
  const std::string_view a = formula.substr(0, start);
  const std::string_view c = formula.substr(start + 2, otherwise - start - 2);
  const std::string_view b = formula.substr(otherwise + 4);
  if (has_word(b, {"if", "else"}) || has_word(c, {"if"})) return "";
  return choice(c, a, b);
}

/// SQL's `case when c then a else b end` with one case, when it is the whole formula.
std::string help_for_sql_choice(std::string_view formula, size_t start) {
  constexpr auto kNone = std::string_view::npos;
  const size_t then = find_word(formula, "then", start);
  const size_t otherwise = find_word(formula, "else", start);
  const size_t end = find_word(formula, "end", start);
  if (then == kNone || end == kNone || !trimmed(formula.substr(end + 3)).empty()) return "";
  if (lowered(trimmed(formula.substr(0, start))) != "case") return "";
  if (has_word(formula.substr(start + 4), {"when", "case"})) return "";
  const size_t then_end = otherwise == kNone ? end : otherwise;
  if (then_end < then) return "";
  return choice(formula.substr(start + 4, then - start - 4), formula.substr(then + 4, then_end - then - 4),
                otherwise == kNone ? "null" : formula.substr(otherwise + 4, end - otherwise - 4));
}

}  // namespace

std::string help_for_foreign_operator(std::string_view formula, size_t start, std::string_view word) {
  const std::string lower = lowered(word);
  std::string help;
  if (lower == "if") help = help_for_python_choice(formula, start);
  if (lower == "when") help = help_for_sql_choice(formula, start);
  return help.empty() ? help_of(kOperators, lower) : help;
}

std::string help_for_foreign_function(std::string_view name) {
  const std::string lower = lowered(name);
  const size_t dot = lower.rfind('.');
  return help_of(kFunctions, dot == std::string::npos ? lower : lower.substr(dot + 1));
}

}  // namespace headrace
