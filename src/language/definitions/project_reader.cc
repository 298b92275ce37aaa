#include "language/definitions/documents.h"
#include "language/diagnostics/codes.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// The key columns: one name, or a list of names.
void read_keys(Fields& fields, EntityDocument& entity) {
  const YamlNode* node = fields.required("key");
  if (node == nullptr) return;
  Diagnostics& diagnostics = fields.diagnostics();
  if (!node->is_sequence()) {
    if (auto key = read_text(*node, "`key`", diagnostics)) entity.definition.keys.push_back(std::move(*key));
    return;
  }
  if (node->items.empty()) {
    Diagnostic problem = make_diagnostic("E001", "an entity needs at least one key column", node->span());
    problem.help =
        "name the columns that tell one entity from another: `key: pump_id`; where there is only one, say which it is "
        "in the "
        "`batch` of its sources: `constants: {id: all}`, with `key: id`";
    diagnostics.add(std::move(problem));
  }

  for (const PlacedText& key : read_texts(*node, "`key`", diagnostics)) {
    std::vector<std::string>& keys = entity.definition.keys;
    if (std::find(keys.begin(), keys.end(), key.text) != keys.end()) {
      diagnostics.add(make_diagnostic("E001", fmt::format("the key column `{}` is listed twice", key.text), key.span));
    } else {
      keys.push_back(key.text);
    }
  }
}

}  // namespace

bool is_identifier(std::string_view text) {
  if (text.empty() || !is_letter(text.front())) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return is_letter(c) || is_digit(c); });
}

bool is_feature_name(std::string_view text) {
  if (text.empty() || text.front() < 'a' || text.front() > 'z') return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || is_digit(c) || c == '_'; });
}

ProjectDocument read_project(const YamlNode& body, Span place, Diagnostics& diagnostics) {
  ProjectDocument project;
  project.place = place;
  Fields fields(body, "project", place, {"name", "defaults", "description"}, diagnostics);
  if (const auto name = fields.optional_text("name")) project.name = name->text;
  fields.optional_text("description");
  const YamlNode* node = fields.optional("defaults");
  if (node == nullptr) return project;
  if (!node->is_mapping()) {
    report_kind(*node, "`defaults`", "a mapping", diagnostics);
    return project;
  }
  Fields defaults(*node, "`defaults`", node->span(), {"source", "entity"}, diagnostics);
  project.default_source = defaults.optional_text("source");
  project.default_entity = defaults.optional_text("entity");
  return project;
}

EntityDocument read_entity(const YamlNode& body, Span place, Diagnostics& diagnostics) {
  const size_t errors = diagnostics.error_reports();
  EntityDocument entity;
  Fields fields(body, "entity", place, {"name", "key", "description"}, diagnostics);
  if (const auto name = fields.required_text("name")) {
    entity.definition.name = name->text;
    place = name->span;
    if (!is_identifier(name->text)) {
      Diagnostic problem =
          make_diagnostic("D008", fmt::format("`{}` cannot be the name of an entity", name->text), name->span);
      problem.help = "a name has letters, digits and `_`, and does not begin with a digit";
      diagnostics.add(std::move(problem));
    }
  }
  entity.definition.span = place;
  if (const auto description = fields.optional_text("description")) entity.definition.description = description->text;
  read_keys(fields, entity);
  entity.is_sound = diagnostics.error_reports() == errors;
  return entity;
}

}  // namespace headrace
