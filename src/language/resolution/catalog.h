#pragma once

/// All definitions of a repository by name, with features expanded: the state that the steps of load_repository share.
///
///   collect    documents -> catalog: entities, sources, expanded features; duplicate names (collect.cc)
///   resolve    what the names in each feature stand for (names.cc)
///   order      features after those that they use; cycles (dependencies.cc)
///
/// Then language/analysis finds types, defaults and checks. Internal to language/. One diagnostic a cause: what could not be read or resolved keeps its name here, and
/// everything that depends on it stays silent.

#include "language/definitions/documents.h"
#include "language/typing/type_formula.h"

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace headrace {

/// One feature: a definition, or one combination of its lists.
struct FeatureNode {
  const FeatureDocument* document = nullptr;
  std::string name;
  const WrittenAggregation* aggregation = nullptr;  // null: derived form
  const WrittenWindow* window = nullptr;

  // Resolved names.
  std::map<std::pair<std::string, std::string>, std::optional<Reference>> names;  // (qualifier, name); absent: reported
  std::vector<std::optional<Reference>> listed;                                   // what document->listed stand for
  std::optional<size_t> implied;                                                  // the listed name that is the formula
  std::vector<size_t> uses;  // features, each once, in order of appearance
  bool is_derived = false;   // a formula over features at an instant

  // Analysed.
  bool is_in_cycle = false;
  std::optional<size_t> source;
  std::optional<Type> type;
  bool is_sound = true;  // free of errors itself; what it uses may not be
  FeatureDefinition definition;
};

struct Catalog {
  ProjectDocument project;
  std::vector<EntityDocument> entities;
  std::vector<SourceDocument> sources;
  std::vector<FeatureDocument> documents;  // of features; not changed once nodes point into it
  std::vector<FeatureNode> features;       // in file order
  std::unordered_map<std::string, size_t> entity_of, source_of, feature_of;  // by name
  std::unordered_set<std::string> unreadable_words;                          // of documents that could not be read

  const EntityDocument* find_entity(const std::string& name) const;
  const SourceDocument* find_source(const std::string& name) const;
  /// Whether a name that is not known may be defined in text that could not be read.
  bool may_be_unreadable(const std::string& name) const { return unreadable_words.contains(name); }
  std::vector<std::string> source_names() const;
};

// The steps.
Catalog collect_definitions(Documents documents, Diagnostics& diagnostics);
void check_sources(Catalog& catalog, Diagnostics& diagnostics);
void expand_features(Catalog& catalog, Diagnostics& diagnostics);
void resolve_names(Catalog& catalog, Diagnostics& diagnostics);
/// Indices of all features, each after those that it uses; members of cycles are marked and come last.
std::vector<size_t> order_features(Catalog& catalog, Diagnostics& diagnostics);
/// The source whose events a feature is about: its own, or that of what it uses. For the analysis, in order.
bool find_driving_source(Catalog& catalog, FeatureNode& node, Diagnostics& diagnostics);

/// The meaning of a name inside a feature's formulas, for type_formula; silent, because problems have been reported.
std::optional<ResolvedName> resolved_name(const Catalog& catalog, const FeatureNode& node, const NameUse& use);

}  // namespace headrace
