#include "codegen/steps/steps.h"

#include "base/hash.h"
#include "codegen/filled_template.h"
#include "codegen/python_text.h"
#include "codegen/steps/step_templates.h"
#include "codegen/visible_text.h"

#include <fmt/format.h>

#include <set>

namespace headrace {
namespace {

/// Orchestrators limit the lengths of their names.
constexpr size_t kIdentifierMax = 40;

/// Small letters and digits of ASCII, all else as single underscores between them; a long text is told from others by
/// its digest.
std::string identifier(std::string_view text) {
  std::string out = "headrace";
  bool is_apart = true;
  for (const char c : text) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    const bool is_kept = is_upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (is_kept && is_apart) out += '_';
    if (is_kept) out += is_upper ? static_cast<char>(c - 'A' + 'a') : c;
    is_apart = !is_kept;
  }
  if (out.size() > kIdentifierMax) {
    const std::string digest = sha256_hex(text).substr(0, 8);
    out.resize(kIdentifierMax - digest.size() - 1);
    if (out.back() != '_') out += '_';
    out += digest;
  }
  return out == "headrace" ? "headrace_features" : out;
}

std::string with(std::string text, char from, char to) {
  for (char& c : text) c = c == from ? to : c;
  return text;
}

std::string upper(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

std::string feature_table(const GeneratorInput& input) {
  std::string out = "| entity | feature | type | version |\n|---|---|---|---|\n";
  for (const size_t i : input.outputs) {
    const PlanFeature& feature = input.plan.features[i];
    out += fmt::format("| {} | `{}` | {} | {} |\n", input.plan.entities[feature.entity].name, feature.name,
                       to_string(feature.type), feature.version);
  }
  out.pop_back();
  return out;
}

/// One name a line, with the comma at the end that keeps formatters from joining them.
std::string features_literal(const GeneratorInput& input) {
  if (input.plan.is_whole && input.outputs.size() == input.plan.features.size()) return "FEATURES: list[str] = []";
  std::string out = "FEATURES: list[str] = [\n";
  for (const size_t i : input.outputs) out += fmt::format("    {},\n", python_string(input.plan.features[i].name));
  return out + "]";
}

/// Names one a line, sorted, each once.
std::string list_literal(std::string_view name, const std::set<std::string>& texts) {
  std::string out = fmt::format("{}: list[str] = [\n", name);
  for (const std::string& text : texts) out += fmt::format("    {},\n", python_string(text));
  return out + "]";
}

std::set<std::string> entities_of(const GeneratorInput& input) {
  std::set<std::string> names;
  for (const size_t i : input.outputs) names.insert(input.plan.entities[input.plan.features[i].entity].name);
  return names;
}

/// Airflow takes no longer tag.
constexpr size_t kTagBytesMax = 100;

/// What an orchestrator's pages are searched by: our name, and the tags of the features.
std::set<std::string> tags_of(const GeneratorInput& input) {
  std::set<std::string> names = {"headrace"};
  for (const size_t i : input.outputs) {
    for (const std::string& tag : input.plan.features[i].tags) {
      if (tag.size() <= kTagBytesMax) names.insert(tag);
    }
  }
  return names;
}

std::string project_name(const GeneratorInput& input) {
  return input.plan.project.empty() ? "features" : input.plan.project;
}

}  // namespace

std::string orchestrated_id(const GeneratorInput& input) { return identifier(project_name(input)); }

std::vector<std::string> owners_of(const GeneratorInput& input) {
  std::set<std::string> names;
  for (const size_t i : input.outputs) names.insert(input.plan.features[i].owner);
  return {names.begin(), names.end()};
}

std::string project_text(std::string_view text, const GeneratorInput& input, const Places& more) {
  const std::string project = project_name(input);
  const std::string id = orchestrated_id(input);
  const std::vector<std::string> owners = owners_of(input);
  Places places = {
      {"description", python_string("Features of " + project + ", a day at a time")},
      {"digest", sha256_hex(to_json(input.plan)).substr(0, 16)},
      {"entities_literal", list_literal("ENTITIES", entities_of(input))},
      {"environment", upper(id)},
      {"features", feature_table(input)},
      {"features_literal", features_literal(input)},
      {"first_day", input.first_day},
      {"id", id},
      {"name", with(id, '_', '-')},
      {"owners_literal", list_literal("OWNERS", {owners.begin(), owners.end()})},
      {"project", docstring_text(project)},
      {"project_in_markdown", markdown_text(project)},
      {"project_literal", python_string(project)},
      {"tags_literal", list_literal("TAGS", tags_of(input))},
  };
  places.insert(more.begin(), more.end());
  return filled_template(text, places);
}

std::vector<GeneratedFile> step_modules(const std::string& folder) {
  std::vector<GeneratedFile> out = copied_files(step_templates());
  for (GeneratedFile& file : out) file.path = folder + file.path;
  return out;
}

}  // namespace headrace
