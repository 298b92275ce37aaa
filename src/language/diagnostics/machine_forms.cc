#include "language/diagnostics/codes.h"
#include "language/diagnostics/diagnostic_json.h"
#include "language/diagnostics/render.h"

#include <fmt/format.h>

#include <map>

namespace headrace {
namespace {

std::string_view level(Severity severity) { return severity == Severity::kError ? "error" : "warning"; }

/// A relative path as a URI reference.
std::string to_uri(std::string_view path) {
  constexpr std::string_view kPlain = "-._~/";
  std::string out;
  for (char c : path) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                          kPlain.find(c) != std::string_view::npos;
    out += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

void write_text(JsonWriter& out, std::string_view key, std::string_view text) {
  out.key(key);
  out.text(text);
}

void write_integer(JsonWriter& out, std::string_view key, int64_t value) {
  out.key(key);
  out.integer(value);
}

/// SARIF puts texts into objects: {"text": ..}.
void write_message(JsonWriter& out, std::string_view key, std::string_view text) {
  out.key(key);
  out.begin_object();
  write_text(out, "text", text);
  out.end_object();
}

void write_physical_location(JsonWriter& out, const Span& span) {
  out.key("physicalLocation");
  out.begin_object();
  out.key("artifactLocation");
  out.begin_object();
  write_text(out, "uri", to_uri(span.file));
  out.end_object();

  out.key("region");
  out.begin_object();
  write_integer(out, "startLine", span.line);
  write_integer(out, "startColumn", span.column);
  write_integer(out, "endLine", span.end_line);
  write_integer(out, "endColumn", span.end_column);
  out.end_object();
  out.end_object();
}

void write_rule(JsonWriter& out, const std::string& code) {
  out.begin_object();
  write_text(out, "id", code);
  if (const CodeEntry* entry = find_code(code)) {
    write_message(out, "shortDescription", entry->title);
    write_message(out, "fullDescription", entry->explanation);
    out.key("defaultConfiguration");
    out.begin_object();
    write_text(out, "level", level(entry->severity));
    out.end_object();
  }
  out.end_object();
}

void write_result(JsonWriter& out, const Diagnostic& diagnostic, size_t rule) {
  const std::string help = diagnostic.help.empty() ? "" : "\n" + diagnostic.help;
  out.begin_object();
  write_text(out, "ruleId", diagnostic.code);
  write_integer(out, "ruleIndex", static_cast<int64_t>(rule));
  write_text(out, "level", level(diagnostic.severity));
  write_message(out, "message", diagnostic.message + help);

  out.key("locations");
  out.begin_array();
  out.begin_object();
  write_physical_location(out, diagnostic.span);
  out.end_object();
  out.end_array();

  if (!diagnostic.related.empty()) {
    out.key("relatedLocations");
    out.begin_array();
    for (const Related& related : diagnostic.related) {
      out.begin_object();
      write_physical_location(out, related.span);
      write_message(out, "message", related.message);
      out.end_object();
    }
    out.end_array();
  }
  out.end_object();
}

void write_tool(JsonWriter& out, const std::map<std::string, size_t>& rule_of) {
  out.key("tool");
  out.begin_object();
  out.key("driver");
  out.begin_object();
  write_text(out, "name", "headrace");
  out.key("rules");
  out.begin_array();
  for (const auto& [code, index] : rule_of) write_rule(out, code);
  out.end_array();
  out.end_object();
  out.end_object();
}

}  // namespace

std::string render_json(const Diagnostics& diagnostics) { return json_document(diagnostics.sorted()); }

std::string render_sarif(const Diagnostics& diagnostics) {
  const std::vector<Diagnostic> sorted = diagnostics.sorted();
  std::map<std::string, size_t> rule_of;
  for (const Diagnostic& diagnostic : sorted) rule_of.emplace(diagnostic.code, 0);
  size_t rules = 0;
  for (auto& [code, index] : rule_of) index = rules++;

  JsonWriter out;
  out.begin_object();
  write_text(out, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
  write_text(out, "version", "2.1.0");
  out.key("runs");
  out.begin_array();
  out.begin_object();
  write_tool(out, rule_of);
  write_text(out, "columnKind", "unicodeCodePoints");

  out.key("results");
  out.begin_array();
  for (const Diagnostic& diagnostic : sorted) write_result(out, diagnostic, rule_of.at(diagnostic.code));
  out.end_array();
  out.end_object();
  out.end_array();
  out.end_object();
  return out.take() + "\n";
}

}  // namespace headrace
