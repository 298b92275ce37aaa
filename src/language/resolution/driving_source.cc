#include "language/diagnostics/codes.h"
#include "language/diagnostics/suggest.h"
#include "language/resolution/catalog.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

/// A name with what it stands for, once for each reference, in order of appearance.
struct NamedReference {
  Reference reference;
  NameUse use;
};

std::vector<NamedReference> named_references(const FeatureNode& node) {
  std::vector<NamedReference> out;
  const auto add = [&](const NameUse& use, const std::optional<Reference>& reference) {
    if (!reference) return;
    const bool is_known =
        std::any_of(out.begin(), out.end(), [&](const NamedReference& each) { return each.reference == *reference; });
    if (!is_known) out.push_back({*reference, use});
  };
  const auto add_names = [&](const ParsedFormula& formula) {
    for (const NameUse& use : formula.names) {
      const auto found = node.names.find({use.qualifier, use.name});
      if (found != node.names.end()) add(use, found->second);
    }
  };
  // Formulas first: a message about a name is best shown where it works.
  for (const ParsedFormula& formula : node.document->formulas) add_names(formula);
  if (node.document->filter) add_names(*node.document->filter);
  for (size_t i = 0; i < node.listed.size(); ++i) add(node.document->listed[i].use, node.listed[i]);
  return out;
}

bool has_unresolved(const FeatureNode& node) {
  return std::any_of(node.names.begin(), node.names.end(), [](const auto& entry) { return !entry.second; });
}

/// Finds where a feature's events come from (language, section 3).
class DrivingSource {
 public:
  DrivingSource(Catalog& catalog, FeatureNode& node, Diagnostics& diagnostics)
      : catalog_(catalog),
        node_(node),
        document_(*node.document),
        diagnostics_(diagnostics),
        references_(named_references(node)) {}

  bool run() {
    const bool is_source_known = check_stated_source();
    const bool is_entity_known = check_stated_entity();
    if (!is_source_known) return false;
    if (!from_columns() || (!node_.source && !from_features())) return false;
    const SourceDocument& source = catalog_.sources[*node_.source];
    if (!source.is_sound) return false;
    return is_entity_known && check_entity(source) && check_uses(source);
  }

 private:
  bool check_stated_source() {
    const std::optional<PlacedText>& stated = document_.source;
    if (!stated || catalog_.find_source(stated->text) != nullptr) return true;
    if (catalog_.may_be_unreadable(stated->text)) return false;
    Diagnostic problem =
        make_diagnostic("F019", fmt::format("the source `{}` is not defined", stated->text), stated->span);
    problem.help = did_you_mean(stated->text, catalog_.source_names());
    diagnostics_.add(std::move(problem));
    return false;
  }

  bool check_stated_entity() {
    const std::optional<PlacedText>& stated = document_.entity;
    if (!stated || catalog_.find_entity(stated->text) != nullptr) return true;
    if (catalog_.may_be_unreadable(stated->text)) return false;
    Diagnostic problem =
        make_diagnostic("F021", fmt::format("the entity `{}` is not defined", stated->text), stated->span);
    std::vector<std::string> names;
    for (const EntityDocument& entity : catalog_.entities) names.push_back(entity.definition.name);
    problem.help = did_you_mean(stated->text, names);
    diagnostics_.add(std::move(problem));
    return false;
  }

  /// The source of the columns, if there are any; two are an error.
  bool from_columns() {
    const NamedReference* first = nullptr;
    for (const NamedReference& each : references_) {
      if (each.reference.kind != Reference::Kind::kColumn) continue;
      if (first == nullptr) first = &each;
      if (each.reference.source == first->reference.source) continue;
      report_two_sources(*first, each);
      return false;
    }

    if (first == nullptr) {
      if (document_.source) node_.source = catalog_.source_of.at(document_.source->text);
      return true;
    }
    node_.source = catalog_.source_of.at(first->reference.source);
    if (!document_.source || document_.source->text == first->reference.source) return true;
    Diagnostic problem =
        make_diagnostic("F020",
                        fmt::format("`source` is `{}`, but `{}` is a column of `{}`", document_.source->text,
                                    first->use.text(), first->reference.source),
                        document_.source->span);
    problem.related.push_back({first->use.span, "used here"});
    problem.help =
        fmt::format("write `source: {}`, or bring the column in by a feature of its own with `aggregation: last`",
                    first->reference.source);
    diagnostics_.add(std::move(problem));
    return false;
  }

  void report_two_sources(const NamedReference& first, const NamedReference& second) {
    const bool is_first_foreign = document_.source && first.reference.source != document_.source->text;
    const NamedReference& foreign = is_first_foreign ? first : second;
    const NamedReference& own = is_first_foreign ? second : first;
    Diagnostic problem =
        make_diagnostic("F013",
                        fmt::format("a feature reads the columns of one source, but here are columns of `{}` and `{}`",
                                    own.reference.source, foreign.reference.source),
                        foreign.use.span);
    problem.label = fmt::format("a column of `{}`", foreign.reference.source);
    problem.related.push_back(
        {own.use.span, fmt::format("`{}` is a column of `{}`", own.use.text(), own.reference.source)});
    problem.help = fmt::format(
        "define a feature `{0}_now` with `formula: {1}.{0}`, `aggregation: last` and `window: lifetime`, and use that",
        foreign.reference.name, foreign.reference.source);
    diagnostics_.add(std::move(problem));
  }

  /// The source that all used features have in common; without features the default one.
  bool from_features() {
    const NamedReference* first = nullptr;
    for (const NamedReference& each : references_) {
      const FeatureNode& feature = catalog_.features[catalog_.feature_of.at(each.reference.name)];
      if (!feature.source) return false;
      if (first == nullptr) {
        first = &each;
        node_.source = feature.source;
      } else if (*feature.source != *node_.source) {
        if (!check_uses(catalog_.sources[*node_.source])) return false;
        report_no_common_source(*first, each);
        node_.source.reset();
        return false;
      }
    }

    // A feature that uses none follows what the project says.
    if (first != nullptr) return true;
    if (has_unresolved(node_) || !document_.are_names_known) return false;
    const std::optional<PlacedText>& fallback = catalog_.project.default_source;
    if (fallback) {
      const auto found = catalog_.source_of.find(fallback->text);
      if (found == catalog_.source_of.end()) return false;
      node_.source = found->second;
      return true;
    }
    if (document_.has_formula && std::any_of(document_.formulas.begin(), document_.formulas.end(),
                                             [](const ParsedFormula& f) { return !f.root; }))
      return false;

    Diagnostic problem = make_diagnostic(
        "F018", fmt::format("nothing says which source the events of `{}` come from", node_.name), document_.name_span);
    problem.help = "add `source: ..`";
    diagnostics_.add(std::move(problem));
    return false;
  }

  void report_no_common_source(const NamedReference& first, const NamedReference& second) {
    const auto source_name = [&](const NamedReference& each) {
      return catalog_.sources[*catalog_.features[catalog_.feature_of.at(each.reference.name)].source].definition.name;
    };
    Diagnostic problem =
        make_diagnostic("F018", fmt::format("the features that `{}` uses come from different sources", node_.name),
                        document_.name_span);
    problem.related.push_back(
        {first.use.span, fmt::format("`{}` comes from `{}`", first.use.text(), source_name(first))});
    problem.related.push_back(
        {second.use.span, fmt::format("`{}` comes from `{}`", second.use.text(), source_name(second))});
    problem.help = fmt::format("say whose events it follows: `source: {}` or `source: {}`", source_name(first),
                               source_name(second));
    diagnostics_.add(std::move(problem));
  }

  /// The stated entity must be the driving source's; keys and event time must not hide the feature.
  bool check_entity(const SourceDocument& source) {
    const std::string& entity = source.definition.entity;
    if (document_.entity && document_.entity->text != entity) {
      Diagnostic problem = make_diagnostic("F022",
                                           fmt::format("`entity` is `{}`, but the source `{}` is about `{}`",
                                                       document_.entity->text, source.definition.name, entity),
                                           document_.entity->span);
      problem.related.push_back({source.definition.span, "the source is defined here"});
      problem.help = fmt::format("write `entity: {}` or leave it out", entity);
      diagnostics_.add(std::move(problem));
      return false;
    }

    const std::vector<std::string>& keys = catalog_.find_entity(entity)->definition.keys;
    const bool is_key = std::find(keys.begin(), keys.end(), node_.name) != keys.end();
    if (is_key || node_.name == "event_time") {
      Diagnostic problem = make_diagnostic(
          "F030",
          is_key ? fmt::format("the feature `{}` has the name of a key column of its entity", node_.name)
                 : "the feature cannot be called `event_time`",
          document_.name_span);
      problem.help = "tables of features have the keys and `event_time` as columns too; choose another name";
      diagnostics_.add(std::move(problem));
    }
    return true;
  }

  /// Features are of the same entity.
  bool check_uses(const SourceDocument& source) {
    for (const NamedReference& each : references_) {
      if (each.reference.kind != Reference::Kind::kFeature) continue;
      const FeatureNode& feature = catalog_.features[catalog_.feature_of.at(each.reference.name)];
      if (!feature.source) return false;
      const std::string& entity = catalog_.sources[*feature.source].definition.entity;
      if (entity == source.definition.entity) continue;
      Diagnostic problem = make_diagnostic("F023",
                                           fmt::format("`{}` is a feature of the entity `{}`, but `{}` is one of `{}`",
                                                       each.use.text(), entity, node_.name, source.definition.entity),
                                           each.use.span);
      problem.related.push_back({feature.document->name_span, "the feature is defined here"});
      problem.help = "a feature can use features of its own entity only";
      diagnostics_.add(std::move(problem));
      return false;
    }
    return true;
  }

  Catalog& catalog_;
  FeatureNode& node_;
  const FeatureDocument& document_;
  Diagnostics& diagnostics_;
  std::vector<NamedReference> references_;
};

}  // namespace

bool find_driving_source(Catalog& catalog, FeatureNode& node, Diagnostics& diagnostics) {
  return DrivingSource(catalog, node, diagnostics).run();
}

}  // namespace headrace
