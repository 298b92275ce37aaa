#pragma once

/// Definitions as written, before names are resolved: what the readers of the single documents hand to the resolution.
/// For definitions/, which reads them, and resolution/; other layers read repository.h.
///
/// A document with a problem is kept (its name must not be reported as unknown) with `is_sound` false.

#include "language/definitions/fields.h"
#include "language/definitions/repository.h"
#include "language/formula/formula.h"
#include "language/yaml/yaml_tree.h"

#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace headrace {

/// Limits of one definition.
inline constexpr size_t kCombinationItemsMax = 100;      // of a list of aggregations or windows
inline constexpr size_t kCopiedTextBytesMax = 64 << 20;  // of combinations, in a repository
inline constexpr size_t kListItemsMax = 2000;            // of source features, formulas, checks

struct ProjectDocument {
  std::string name;
  std::optional<PlacedText> default_source;
  std::optional<PlacedText> default_entity;  // for sources that name none
  Span place;
};

struct EntityDocument {
  EntityDefinition definition;
  bool is_sound = true;
};

struct WrittenCheck {
  QualityCheck check;
  const YamlNode* values = nullptr;      // allowed_values
  std::optional<ParsedFormula> formula;  // expression
  std::optional<PlacedText> column;      // of a source's check
  Span type_span;
  bool is_sound = true;
};

struct SourceDocument {
  SourceDefinition definition;
  std::optional<PlacedText> entity;
  std::optional<PlacedText> event_time;
  std::optional<PlacedText> arrival;
  Span unit_span;
  std::vector<WrittenCheck> checks;
  Span place;  // the definition's first line
  const YamlNode* body = nullptr;
  bool are_columns_known = true;  // false: any name may be a column of it
  bool is_sound = true;

  const ColumnDefinition* find_column(std::string_view name) const;
};

/// A name in `source_features`.
struct ListedName {
  NameUse use;
  std::string text;  // as written
};

/// One aggregation of a feature; several when a list was written.
struct WrittenAggregation {
  std::string word;
  std::optional<Aggregation> aggregation;  // absent: unknown, reported
  AggregationParams params;
  Span span;
};

struct WrittenWindow {
  std::string word;                  // of a list's item, for the name
  std::optional<WindowSpec> window;  // absent: wrong, reported
  Span span;
};

struct FeatureDocument {
  std::string name;  // of the definition; expanded features append to it
  Span name_span;
  Span place;  // the definition's first line
  std::string description;
  std::string owner;
  std::string version;
  Span version_span;
  std::vector<std::string> tags;
  bool is_internal = false;
  std::optional<PlacedText> entity;
  std::optional<PlacedText> source;
  std::vector<ListedName> listed;
  Span listed_span;
  bool are_names_known = true;  // false: `source_features` could not be read
  bool has_formula = false;
  std::vector<ParsedFormula> formulas;
  std::string formula_text;
  Span formula_span;
  std::optional<ParsedFormula> filter;
  std::string filter_text;
  Span filter_span;
  bool is_aggregation_listed = false;
  bool is_window_listed = false;
  std::vector<WrittenAggregation> aggregations;  // empty: a derived feature
  std::vector<WrittenWindow> windows;
  const YamlNode* default_value = nullptr;
  std::optional<ExpectedChange> expected_change;
  std::vector<WrittenCheck> checks;
  bool is_sound = true;

  bool is_derived_form() const { return aggregations.empty(); }
};

/// All definitions of some files, each kind in the order of the files. A name may be there twice.
struct Documents {
  ProjectDocument project;
  std::vector<EntityDocument> entities;
  std::vector<SourceDocument> sources;
  std::vector<FeatureDocument> features;
  std::unordered_set<std::string> unreadable_words;  // of documents that could not be read
};

Documents read_documents(const std::vector<YamlFile>& files, Diagnostics& diagnostics);

/// Adds the words of a text, each of which may be a name that is defined there.
void add_words(const YamlNode& node, std::unordered_set<std::string>& words);

// The readers. `place` is the definition's first line: the top-level key of the document.
ProjectDocument read_project(const YamlNode& body, Span place, Diagnostics& diagnostics);
EntityDocument read_entity(const YamlNode& body, Span place, Diagnostics& diagnostics);
SourceDocument read_source(const YamlNode& body, Span place, Diagnostics& diagnostics);
FeatureDocument read_feature(const YamlNode& body, Span place, Diagnostics& diagnostics);

/// The key `batch` of a source.
std::optional<BatchLocation> read_batch(Fields& fields);

// Parts of a feature.
std::optional<ExpectedChange> read_expected_change(const YamlNode& node, Span place, Diagnostics& diagnostics);
std::vector<WrittenAggregation> read_aggregations(const YamlNode* node, const YamlNode* params,
                                                  Diagnostics& diagnostics);
std::vector<WrittenWindow> read_windows(const YamlNode& node, Diagnostics& diagnostics);
std::vector<WrittenCheck> read_checks(const YamlNode& node, Diagnostics& diagnostics);

/// The key `quality_checks` of a source.
std::vector<WrittenCheck> read_source_checks(const YamlNode& node, Diagnostics& diagnostics);

/// Whether text is `[A-Za-z_][A-Za-z0-9_]*`, as the names of entities and sources must be.
bool is_identifier(std::string_view text);
/// Whether text is `[a-z][a-z0-9_]*`, as the names of features must be.
bool is_feature_name(std::string_view text);

}  // namespace headrace
