// Prints the reference page of all diagnostics as Markdown; tools/generate_reference.py writes it to docs/reference.

#include "casefiles/case_codes.h"
#include "codegen/refusal_codes.h"
#include "language/diagnostics/codes.h"
#include "plan/version_codes.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

namespace headrace {
namespace {

const std::map<std::string, std::string> kFamilies = {
    {"D", "Documents and their keys"}, {"E", "Entities"},         {"F0", "Features"},
    {"F1", "Formulas: syntax"},        {"F2", "Formulas: names and types"}, {"G", "Generated code"}, {"N", "Environments"},
    {"P", "Projects"},
    {"Q", "Quality checks"},           {"S", "Sources"},          {"T", "Tests of features"},
    {"V", "Versions"},                 {"W", "Windows"},                  {"Y", "YAML"},
};

std::string family_of(std::string_view code) {
  return std::string(code.substr(0, code.front() == 'F' ? 2 : 1));
}

/// A fence that no line of the text can end.
std::string fenced(std::string_view text, std::string_view language) {
  const std::string fence = text.find("```") == std::string_view::npos ? "```" : "````";
  std::string out = fmt::format("{}{}\n{}", fence, language, text);
  if (!out.ends_with('\n')) out += '\n';
  return out + fence + "\n";
}

std::string page() {
  std::vector<CodeEntry> entries = all_codes();
  for (const CodeEntry& entry : case_codes()) entries.push_back(entry);
  for (const CodeEntry& entry : refusal_codes()) entries.push_back(entry);
  for (const CodeEntry& entry : version_codes()) entries.push_back(entry);
  std::sort(entries.begin(), entries.end(), [](const CodeEntry& a, const CodeEntry& b) { return a.code < b.code; });
  std::string out =
      "# Diagnostics\n\nEvery problem that Headrace finds in your files has a code. A code never changes its meaning and is never reused.\n";
  std::string family;
  for (const CodeEntry& entry : entries) {
    if (family_of(entry.code) != family) {
      family = family_of(entry.code);
      out += fmt::format("\n## {}\n", kFamilies.contains(family) ? kFamilies.at(family) : family);
    }
    const std::string_view severity = entry.severity == Severity::kError ? "error" : "warning";
    out += fmt::format("\n### {}: {}\n\n*{}* {}\n", entry.code, entry.title, severity, entry.explanation);
    if (!entry.example.empty()) out += "\nRaised by:\n\n" + fenced(entry.example, "yaml");
    if (entry.fix.empty()) continue;
    const bool is_text = entry.fix.find('\n') != std::string_view::npos || entry.fix.find(": ") != std::string_view::npos;
    out += is_text ? "\nSet right:\n\n" + fenced(entry.fix, "yaml") : fmt::format("\n{}\n", entry.fix);
  }
  return out;
}

}  // namespace
}  // namespace headrace

int main() {
  fmt::print("{}", headrace::page());
  return 0;
}
