#include "language/load_repository.h"

#include "language/analysis/analysis.h"

namespace headrace {
namespace {

Repository to_repository(Catalog& catalog, const std::vector<size_t>& order) {
  Repository repository;
  repository.project_name = catalog.project.name;
  for (EntityDocument& entity : catalog.entities) {
    if (entity.is_sound) repository.entities.push_back(std::move(entity.definition));
  }
  for (SourceDocument& source : catalog.sources) {
    if (source.is_sound) repository.sources.push_back(std::move(source.definition));
  }
  for (size_t index : order) {
    FeatureNode& node = catalog.features[index];
    if (node.is_sound) repository.features.push_back(std::move(node.definition));
  }
  repository.entity_index = NameIndex(repository.entities);
  repository.source_index = NameIndex(repository.sources);
  repository.feature_index = NameIndex(repository.features);
  return repository;
}

}  // namespace

LoadedRepository load_repository(std::vector<DefinitionFile> files) {
  LoadedRepository loaded;
  loaded.files = std::move(files);
  // Texts and trees stay where they are: nodes point into them.
  std::vector<std::unique_ptr<SourceText>> texts;
  std::vector<YamlFile> trees;
  for (const DefinitionFile& file : loaded.files) {
    texts.push_back(std::make_unique<SourceText>(file.name, file.text));
    trees.push_back(parse_yaml(*texts.back(), loaded.diagnostics));
  }
  Catalog catalog = collect_definitions(read_documents(trees, loaded.diagnostics), loaded.diagnostics);
  check_sources(catalog, loaded.diagnostics);
  expand_features(catalog, loaded.diagnostics);
  resolve_names(catalog, loaded.diagnostics);
  const std::vector<size_t> order = order_features(catalog, loaded.diagnostics);
  analyse_sources(catalog, loaded.diagnostics);
  analyse_features(catalog, order, loaded.diagnostics);
  loaded.repository = to_repository(catalog, order);
  return loaded;
}

}  // namespace headrace
