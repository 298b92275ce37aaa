#include "language/diagnostics/codes.h"
#include "language/diagnostics/suggest.h"
#include "language/resolution/catalog.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

std::vector<std::string> entity_names(const Catalog& catalog) {
  std::vector<std::string> names;
  for (const EntityDocument& entity : catalog.entities) names.push_back(entity.definition.name);
  return names;
}

void check_defaults(Catalog& catalog, Diagnostics& diagnostics) {
  const std::optional<PlacedText>& source = catalog.project.default_source;
  if (source && catalog.find_source(source->text) == nullptr && !catalog.may_be_unreadable(source->text)) {
    Diagnostic problem =
        make_diagnostic("P003", fmt::format("the default source `{}` is not defined", source->text), source->span);
    problem.help = did_you_mean(source->text, catalog.source_names());
    diagnostics.add(std::move(problem));
  }
  const std::optional<PlacedText>& entity = catalog.project.default_entity;
  if (entity && catalog.find_entity(entity->text) == nullptr && !catalog.may_be_unreadable(entity->text)) {
    Diagnostic problem =
        make_diagnostic("P003", fmt::format("the default entity `{}` is not defined", entity->text), entity->span);
    problem.help = did_you_mean(entity->text, entity_names(catalog));
    diagnostics.add(std::move(problem));
  }
}

/// Finds the entity of a source: its own, or the default one.
void find_entity(Catalog& catalog, SourceDocument& source, Diagnostics& diagnostics) {
  const std::optional<PlacedText>& entity = source.entity ? source.entity : catalog.project.default_entity;
  if (!entity) {
    // Not reported when `entity` is there and wrong.
    if (source.is_sound) {
      Diagnostic problem = make_diagnostic("D005", "this source has no `entity`", source.place);
      problem.help = "add `entity: ..`";
      diagnostics.add(std::move(problem));
    }
    source.is_sound = false;
    return;
  }
  source.definition.entity = entity->text;
  if (catalog.find_entity(entity->text) != nullptr) return;
  if (source.entity && !catalog.may_be_unreadable(entity->text)) {
    Diagnostic problem =
        make_diagnostic("S001", fmt::format("the entity `{}` is not defined", entity->text), entity->span);
    problem.help = did_you_mean(entity->text, entity_names(catalog));
    if (problem.help.empty())
      problem.help = fmt::format("add a document `entity: {{name: {}, key: ..}}`", entity->text);
    diagnostics.add(std::move(problem));
  }
  source.is_sound = false;
}

/// Key columns that a source declares must have a type of keys, and the same one in each source.
void check_keys(Catalog& catalog, SourceDocument& source,
                std::map<std::pair<std::string, std::string>, const ColumnDefinition*>& seen,
                Diagnostics& diagnostics) {
  const EntityDocument* entity = catalog.find_entity(source.definition.entity);
  if (entity == nullptr) return;
  for (const std::string& key : entity->definition.keys) {
    const ColumnDefinition* column = source.find_column(key);
    if (column == nullptr || column->type == ScalarType::kNull) continue;
    if (column->type == ScalarType::kDouble) {
      Diagnostic problem = make_diagnostic(
          "S006", fmt::format("the key column `{}` is a double, and doubles make no keys", key), column->span);
      problem.help = "a key is an int64, a string, a bool or a timestamp";
      diagnostics.add(std::move(problem));
      source.is_sound = false;
      continue;
    }
    const auto [first, is_new] = seen.emplace(std::pair(source.definition.entity, key), column);
    if (is_new || first->second->type == column->type) continue;
    Diagnostic problem = make_diagnostic("S007",
                                         fmt::format("the key column `{}` is {} here and {} in another source", key,
                                                     with_article(column->type), with_article(first->second->type)),
                                         column->span);
    problem.related.push_back({first->second->span, "the other one"});
    problem.help = fmt::format("all sources of the entity `{}` must agree", source.definition.entity);
    diagnostics.add(std::move(problem));
    source.is_sound = false;
  }
}

}  // namespace

void check_sources(Catalog& catalog, Diagnostics& diagnostics) {
  check_defaults(catalog, diagnostics);
  std::map<std::pair<std::string, std::string>, const ColumnDefinition*> keys;
  for (SourceDocument& source : catalog.sources) {
    find_entity(catalog, source, diagnostics);
    check_keys(catalog, source, keys, diagnostics);
    const EntityDocument* entity = catalog.find_entity(source.definition.entity);
    if (entity != nullptr && !entity->is_sound) source.is_sound = false;
  }
}

}  // namespace headrace
