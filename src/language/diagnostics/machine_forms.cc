#include "language/diagnostics/codes.h"
#include "language/diagnostics/render.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <map>

namespace headrace {
namespace {

using Json = nlohmann::ordered_json;

std::string_view level(Severity severity) { return severity == Severity::kError ? "error" : "warning"; }

void put_place(Json& object, const Span& span) {
  object["file"] = span.file;
  object["line"] = span.line;
  object["column"] = span.column;
  object["end_line"] = span.end_line;
  object["end_column"] = span.end_column;
}

std::string dump(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; }

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

Json sarif_location(const Span& span) {
  Json region = {{"startLine", span.line},
                 {"startColumn", span.column},
                 {"endLine", span.end_line},
                 {"endColumn", span.end_column}};
  return {{"physicalLocation", {{"artifactLocation", {{"uri", to_uri(span.file)}}}, {"region", std::move(region)}}}};
}

Json sarif_rule(const std::string& code) {
  Json rule = {{"id", code}};
  const CodeEntry* entry = find_code(code);
  if (entry == nullptr) return rule;
  rule["shortDescription"] = {{"text", entry->title}};
  rule["fullDescription"] = {{"text", entry->explanation}};
  rule["defaultConfiguration"] = {{"level", level(entry->severity)}};
  return rule;
}

Json sarif_result(const Diagnostic& diagnostic, size_t rule) {
  const std::string help = diagnostic.help.empty() ? "" : "\n" + diagnostic.help;
  Json result = {{"ruleId", diagnostic.code},
                 {"ruleIndex", rule},
                 {"level", level(diagnostic.severity)},
                 {"message", {{"text", diagnostic.message + help}}}};
  result["locations"] = Json::array({sarif_location(diagnostic.span)});
  if (diagnostic.related.empty()) return result;
  result["relatedLocations"] = Json::array();
  for (const Related& related : diagnostic.related) {
    Json location = sarif_location(related.span);
    location["message"] = {{"text", related.message}};
    result["relatedLocations"].push_back(std::move(location));
  }
  return result;
}

}  // namespace

std::string render_json(const Diagnostics& diagnostics) {
  Json out = Json::array();
  for (const Diagnostic& diagnostic : diagnostics.sorted()) {
    Json object = {
        {"code", diagnostic.code}, {"severity", level(diagnostic.severity)}, {"message", diagnostic.message}};
    put_place(object, diagnostic.span);
    object["help"] = diagnostic.help.empty() ? Json() : Json(diagnostic.help);
    object["related"] = Json::array();
    for (const Related& related : diagnostic.related) {
      Json place = {{"message", related.message}};
      put_place(place, related.span);
      object["related"].push_back(std::move(place));
    }
    out.push_back(std::move(object));
  }
  return dump(out);
}

std::string render_sarif(const Diagnostics& diagnostics) {
  const std::vector<Diagnostic> sorted = diagnostics.sorted();
  std::map<std::string, size_t> rule_of;
  for (const Diagnostic& diagnostic : sorted) rule_of.emplace(diagnostic.code, 0);
  Json rules = Json::array();
  for (auto& [code, index] : rule_of) {
    index = rules.size();
    rules.push_back(sarif_rule(code));
  }
  Json results = Json::array();
  for (const Diagnostic& diagnostic : sorted) results.push_back(sarif_result(diagnostic, rule_of.at(diagnostic.code)));
  Json run = {{"tool", {{"driver", {{"name", "headrace"}, {"rules", std::move(rules)}}}}},
              {"columnKind", "unicodeCodePoints"},
              {"results", std::move(results)}};
  Json out = {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
              {"version", "2.1.0"},
              {"runs", Json::array({std::move(run)})}};
  return dump(out);
}

}  // namespace headrace
