#include "language/diagnostics/codes.h"

namespace headrace {
namespace {

using enum Severity;

std::vector<CodeEntry> syntax_codes() {
  return {
      {"F101", kError, "unexpected character in a formula",
       "A character, or a sign of another language, that means nothing in a formula. Names with blanks, hyphens or "
       "letters "
       "past ASCII are written in backquotes.",
       "formula: a && b", "formula: a and b"},
      {"F102", kError, "quote not closed",
       "A string, a duration or a name in backquotes has no end. Inside a text its own kind of quote is doubled; a "
       "backslash is itself.",
       "formula: \"s == 'it's'\"", "formula: \"s == 'it''s'\""},
      {"F103", kError, "number past its range",
       "An integer literal must fit into 64 bits, a literal with a point or an exponent into a double.",
       "formula: n < 9223372036854775808", "formula: n < 9223372036854775808.0"},
      {"F104", kError, "not a number", "A word that begins with a digit is neither a number nor a name.",
       "formula: 12abc + 1", "formula: \"`12abc` + 1\""},
      {"F105", kError, "not a duration",
       "A duration literal is the word duration and, without a blank, a quoted positive whole number with one of the "
       "units "
       "ms, s, m, h, d, w.",
       "formula: t + duration'15 minutes'", "formula: t + duration'15m'"},

      // What is built of them.
      {"F106", kError, "unexpected word or sign in a formula",
       "The formula is not complete, or something stands where it cannot. The message says what was expected.",
       "formula: a + * b", "formula: a * b"},
      {"F107", kError, "empty formula", "The text of the formula is empty or blank.", "formula: \"\"",
       "formula: output_flow_rate"},
      {"F108", kError, "bracket not closed", "A parenthesis or a square bracket has no closing one where it must end.",
       "formula: (a + b", "formula: (a + b)"},
      {"F109", kError, "empty list", "A list after `in` has at least one value; nothing is in an empty one.",
       "formula: x in []", "formula: x in [1, 2]"},
      {"F110", kError, "unary plus", "A number has no sign `+`; only `-` can stand before a value.", "formula: +x",
       "formula: x"},

      // Bounds.
      {"F111", kError, "formula nested too deeply",
       "Parentheses, argument lists, lists, `not` and unary `-` may be nested 200 deep, so that every way of computing "
       "a "
       "feature can follow.",
       "a formula with 201 parentheses around x", "Split the formula into several features."},
      {"F112", kError, "formula too long",
       "A formula has at most 128 KiB, and at most 1000 operations hang on one another.", "x + x + x .. (1001 times)",
       "Split the formula into several features, or use `in [..]` for a choice among many values."},
      {"F113", kError, "chained comparison",
       "a < b < c means different things in different languages, so it means nothing here.", "formula: 0 < x < 10",
       "formula: 0 < x and x < 10"},
  };
}

std::vector<CodeEntry> type_codes() {
  return {
      {"F201", kError, "unknown function", "There is no function of this name. Names of functions are in lower case.",
       "formula: sqr(x)", "formula: sqrt(x)"},
      {"F202", kError, "wrong number of arguments",
       "The function takes another number of arguments; the help shows how it is called.", "formula: pow(x)",
       "formula: pow(x, 2)"},
      {"F203", kError, "argument of the wrong type",
       "int64 becomes double where a double is needed; nothing else converts by itself. The functions double, int, "
       "string "
       "and bool convert.",
       "formula: length(n)", "formula: length(string(n))"},

      {"F204", kError, "types that do not go together",
       "The two sides of an operator, or values of which one is chosen, have types that do not go together. int64 "
       "becomes "
       "double beside a double; nothing else converts by itself, and bool is not a number.",
       "formula: \"ok + 1\"", "formula: \"if(ok, 1, 0) + 1\""},
      {"F205", kError, "not a bool",
       "`and`, `or` and `not` take bools only; a number is compared with something first.", "formula: n and ok",
       "formula: n != 0 and ok"},

      // Literals that are part of the meaning.
      {"F206", kError, "not a literal",
       "The digits of round and the unit of date_trunc are part of the meaning of a formula, so they are written as "
       "literals.",
       "formula: round(x, n)", "formula: round(x, 2)"},
      {"F207", kError, "literal out of its range",
       "round takes 0 to 15 digits; date_trunc takes second, minute, hour, day, week, month or year.",
       "formula: \"date_trunc('hours', t)\"", "formula: \"date_trunc('hour', t)\""},
      {"F208", kError, "null without a type",
       "The literal null takes the type of what stands beside it. Here there is nothing that has one.",
       "formula: coalesce(null, null)", "formula: coalesce(x, 0)"},
      {"F209", kWarning, "comparison with null",
       "A comparison with null is null, never true or false, whatever the other side is. Whether a value is null is "
       "asked by `is null`.",
       "formula: x == null", "formula: x is null"},

      // Values that a formula cannot have.
      {"F210", kError, "a duration as value",
       "Durations occur inside formulas only. seconds(..) makes a number of one.", "formula: event_time() - due",
       "formula: seconds(event_time() - due)"},
      {"F211", kError, "computing with a list",
       "The value of first_k, last_k, top_k and histogram is a list. A formula can hand a list on, but not compute "
       "with it.",
       "formula: last_three + 1", "formula: last_three"},
  };
}

}  // namespace

const std::vector<CodeEntry>& formula_codes() {
  static const std::vector<CodeEntry> codes = [] {
    std::vector<CodeEntry> all = syntax_codes();
    const std::vector<CodeEntry> types = type_codes();
    all.insert(all.end(), types.begin(), types.end());
    return all;
  }();
  return codes;
}

}  // namespace headrace
