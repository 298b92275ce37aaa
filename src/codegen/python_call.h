#pragma once

/// Pieces of Python with brackets, printed as Python's formatter prints them, so that generated code needs no
/// formatting and a formatter changes nothing. Internal to codegen/. Pure functions; any thread may call them.
///
///   python_call("Feature", {"\"speed\"", named("version", "\"v1\"")})
///
///   Feature("speed", version="v1")      on one line, where that fits
///   Feature(                            a call's arguments on the next line, where they fit there
///       "speed", version="v1"
///   )
///   Feature(                            else an argument a line
///       "speed",
///       version="v1",
///   )

#include <string>
#include <string_view>
#include <vector>

namespace headrace {

struct PythonTerm {
  PythonTerm(std::string all) : text(std::move(all)) {}  // NOLINT: a text is a term
  PythonTerm(const char* all) : text(all) {}             // NOLINT

  std::string text;                // what stands before the bracket; all of a term without brackets
  char bracket = 0;                // '(', '[', '{'; 0: none
  bool is_call = false;            // else a tuple, a list or a dict
  bool is_an_item_a_line = false;  // also where one line would do
  std::vector<PythonTerm> items;
};

PythonTerm python_call(std::string function, std::vector<PythonTerm> arguments);

/// A tuple, a list or a dict, by its opening bracket.
PythonTerm python_collection(char bracket, std::vector<PythonTerm> items);

/// `name=value`.
PythonTerm named(std::string_view name, PythonTerm value);

/// The same with an item a line.
PythonTerm an_item_a_line(PythonTerm term);

std::string one_line(const PythonTerm& term);

/// The term as it stands after `indent` blanks and `before` further characters, with `after` characters behind its last
/// one. Lines after the first are indented; none ends with a newline but those between lines.
std::string laid_out(const PythonTerm& term, size_t indent, size_t before = 0, size_t after = 0);

/// Code points, which are what formatters count.
size_t characters(std::string_view text);

}  // namespace headrace
