#include "serving/api/feature_catalog.h"

namespace headrace {
namespace {

ListedFeature listed(const Repository& repository, const FeatureDefinition& feature) {
  ListedFeature out{.name = feature.name,
                    .version = feature.version,
                    .entity = feature.entity,
                    .type = feature.type,
                    .owner = feature.owner,
                    .description = feature.description,
                    .tags = feature.tags,
                    .formula = feature.formula_text,
                    .filter = feature.filter_text,
                    .source = feature.source,
                    .is_internal = feature.is_internal};
  if (const EntityDefinition* entity = repository.find_entity(feature.entity)) out.keys = entity->keys;
  if (feature.aggregation) {
    out.aggregation = std::string(to_string(*feature.aggregation));
    out.window = to_string(feature.window);
  }
  return out;
}

}  // namespace

FeatureCatalog::FeatureCatalog(const Repository& repository) {
  list_.project = repository.project_name;
  for (const FeatureDefinition& each : repository.features) {
    owners_[each.source].insert(each.owner);
    list_.features.push_back(listed(repository, each));
  }
  index_ = NameIndex(list_.features);
}

const ListedFeature* FeatureCatalog::find(std::string_view name) const {
  const std::optional<size_t> found = index_.find(name);
  return found ? &list_.features[*found] : nullptr;
}

std::vector<std::string> FeatureCatalog::names() const {
  std::vector<std::string> out;
  for (const ListedFeature& each : list_.features) out.push_back(each.name);
  return out;
}

const std::set<std::string>& FeatureCatalog::owners_of_source(std::string_view source) const {
  static const std::set<std::string> none;
  const auto found = owners_.find(source);
  return found == owners_.end() ? none : found->second;
}

}  // namespace headrace
