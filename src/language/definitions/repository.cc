#include "language/definitions/repository.h"

#include <algorithm>

namespace headrace {
namespace {

template <typename Definition>
const Definition* find_named(const std::vector<Definition>& definitions, std::string_view name) {
  const auto found =
      std::find_if(definitions.begin(), definitions.end(), [&](const Definition& each) { return each.name == name; });
  return found != definitions.end() ? &*found : nullptr;
}

}  // namespace

const EntityDefinition* Repository::find_entity(std::string_view name) const { return find_named(entities, name); }
const SourceDefinition* Repository::find_source(std::string_view name) const { return find_named(sources, name); }
const FeatureDefinition* Repository::find_feature(std::string_view name) const { return find_named(features, name); }

}  // namespace headrace
