#pragma once

/// What the server tells of definitions: made once of a repository, then only read.

#include "data/json/json_texts.h"
#include "language/definitions/name_index.h"
#include "language/definitions/repository.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

struct ListedFeature {
  std::string name;
  std::string version;
  std::string entity;
  std::vector<std::string> keys;
  Type type;
  std::string owner;
  std::string description;
  std::vector<std::string> tags;
  std::string formula;
  std::optional<std::string> aggregation;
  std::optional<std::string> window;
  std::string filter;
  std::string source;
  bool is_internal = false;  // for other features: not in lists
};

template <typename Fields>
void describe(Fields& fields, const ListedFeature*) {
  fields.name("Feature", "a feature as it is defined");
  fields.required("name", &ListedFeature::name);
  fields.required("version", &ListedFeature::version);
  fields.required("entity", &ListedFeature::entity, {.text = "what it describes"});
  fields.required("keys", &ListedFeature::keys, {.text = "the columns that name one of the entity"});
  fields.required("type", &ListedFeature::type, {.text = "of its value"});
  fields.required("owner", &ListedFeature::owner, {.text = "empty: nobody"});
  fields.required("description", &ListedFeature::description);
  fields.required("tags", &ListedFeature::tags);
  fields.required("formula", &ListedFeature::formula, {.text = "as written; empty where events are only counted"});
  fields.required("aggregation", &ListedFeature::aggregation, {.text = "null: computed of other features"});
  fields.required("window", &ListedFeature::window, {.text = "over which events; null: computed of other features"});
  fields.required("filter", &ListedFeature::filter, {.text = "as written; empty: every event"});
  fields.required("source", &ListedFeature::source, {.text = "whose events move it"});
}

struct FeatureList {
  std::string project;
  std::vector<ListedFeature> features;
};

template <typename Fields>
void describe(Fields& fields, const FeatureList*) {
  fields.name("FeatureList", "the features of a repository, each after those that it uses");
  fields.required("project", &FeatureList::project);
  fields.required("features", &FeatureList::features);
}

/// Immutable; any thread may use it.
class FeatureCatalog {
 public:
  explicit FeatureCatalog(const Repository& repository);

  const std::string& project() const { return list_.project; }
  const std::vector<ListedFeature>& features() const { return list_.features; }
  /// Null: there is none of that name.
  const ListedFeature* find(std::string_view name) const;
  std::vector<std::string> names() const;
  /// Owners of the features that a source's events move; empty for a source that there is not.
  const std::set<std::string>& owners_of_source(std::string_view source) const;

 private:
  FeatureList list_;
  NameIndex index_;  // of the features
  std::map<std::string, std::set<std::string>, std::less<>> owners_;
};

}  // namespace headrace
