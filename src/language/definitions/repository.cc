#include "language/definitions/repository.h"

namespace headrace {
namespace {

template <typename Definition>
const Definition* at_place(const std::vector<Definition>& definitions, std::optional<size_t> place) {
  return place ? &definitions[*place] : nullptr;
}

}  // namespace

const EntityDefinition* Repository::find_entity(std::string_view name) const {
  return at_place(entities, entity_index.find(name));
}
const SourceDefinition* Repository::find_source(std::string_view name) const {
  return at_place(sources, source_index.find(name));
}
const FeatureDefinition* Repository::find_feature(std::string_view name) const {
  return at_place(features, feature_index.find(name));
}

}  // namespace headrace
