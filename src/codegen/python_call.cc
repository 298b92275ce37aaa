#include "codegen/python_call.h"

#include <algorithm>

namespace headrace {
namespace {

constexpr size_t kLineCharactersMax = 120;
constexpr size_t kIndent = 4;

char closing(char bracket) { return bracket == '(' ? ')' : bracket == '[' ? ']' : '}'; }

bool must_break(const PythonTerm& term) {
  return (term.is_an_item_a_line && !term.items.empty()) ||
         std::any_of(term.items.begin(), term.items.end(), must_break);
}

std::string joined(const std::vector<PythonTerm>& items) {
  std::string out;
  for (const PythonTerm& item : items) out += (out.empty() ? "" : ", ") + one_line(item);
  return out;
}

}  // namespace

PythonTerm python_call(std::string function, std::vector<PythonTerm> arguments) {
  PythonTerm out(std::move(function));
  out.bracket = '(';
  out.is_call = true;
  out.items = std::move(arguments);
  return out;
}

PythonTerm python_collection(char bracket, std::vector<PythonTerm> items) {
  PythonTerm out("");
  out.bracket = bracket;
  out.items = std::move(items);
  return out;
}

PythonTerm named(std::string_view name, PythonTerm value) {
  value.text = std::string(name) + "=" + value.text;
  return value;
}

PythonTerm an_item_a_line(PythonTerm term) {
  term.is_an_item_a_line = true;
  return term;
}

std::string one_line(const PythonTerm& term) {
  if (term.bracket == 0) return term.text;
  const bool is_tuple_of_one = term.bracket == '(' && !term.is_call && term.items.size() == 1;
  return term.text + term.bracket + joined(term.items) + (is_tuple_of_one ? "," : "") + closing(term.bracket);
}

std::string laid_out(const PythonTerm& term, size_t indent, size_t before, size_t after) {
  if (term.bracket == 0) return term.text;
  const bool breaks = must_break(term);
  const std::string line = one_line(term);
  if (term.items.empty() || (!breaks && indent + before + characters(line) + after <= kLineCharactersMax)) return line;

  const std::string margin(indent, ' '), inner(indent + kIndent, ' ');
  std::string out = term.text + term.bracket + "\n";
  const std::string all = joined(term.items);
  if (term.is_call && !breaks && inner.size() + characters(all) <= kLineCharactersMax) {
    out += inner + all + "\n";
  } else {
    for (const PythonTerm& item : term.items) out += inner + laid_out(item, inner.size(), 0, 1) + ",\n";
  }
  return out + margin + closing(term.bracket);
}

size_t characters(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace headrace
