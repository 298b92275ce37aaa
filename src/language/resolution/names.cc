#include "language/diagnostics/codes.h"
#include "language/diagnostics/suggest.h"
#include "language/resolution/catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace headrace {
namespace {

/// Names that could have been meant: made once, because each wrong name is compared with all of them.
struct KnownNames {
  explicit KnownNames(const Catalog& catalog) {
    for (const FeatureNode& feature : catalog.features) features.push_back(feature.name);
    features_and_columns = features;
    for (const SourceDocument& source : catalog.sources) {
      for (const ColumnDefinition& column : source.definition.columns) features_and_columns.push_back(column.name);
    }
  }

  std::vector<std::string> features;              // in the order of the catalog
  std::vector<std::string> features_and_columns;  // the features first
};

/// Resolves the names of one feature (language, section 2, `source_features`).
class NameResolution {
 public:
  NameResolution(Catalog& catalog, size_t feature, const KnownNames& known, Diagnostics& diagnostics)
      : catalog_(catalog),
        feature_(feature),
        node_(catalog.features[feature]),
        document_(*node_.document),
        known_(known),
        diagnostics_(diagnostics) {}

  void run() {
    const size_t errors = diagnostics_.error_reports();
    for (const ListedName& listed : document_.listed) node_.listed.push_back(resolve_listed(listed));
    std::set<Reference> in_filter;
    if (document_.filter) use_names(*document_.filter, in_filter);
    std::set<Reference> used = in_filter;
    for (const ParsedFormula& formula : document_.formulas) use_names(formula, used);
    if (!document_.has_formula) find_implied_formula(in_filter, used);
    for (const WrittenCheck& check : document_.checks) {
      if (check.formula) use_names(*check.formula, used);
    }
    // A name that was misspelt is used, and who writes a function of another language may have meant anything.
    if (are_all_readable() && !has_unresolved_ && !has_unknown_function()) report_unused(used);
    collect_uses();
    find_form();
    if (diagnostics_.error_reports() != errors) node_.is_sound = false;
  }

 private:
  std::optional<Reference> resolve(const NameUse& use) {
    const auto [entry, is_new] = node_.names.try_emplace({use.qualifier, use.name});
    if (is_new)
      entry->second = use.qualifier.empty()        ? resolve_bare(use)
                      : use.qualifier == "feature" ? resolve_feature(use)
                                                   : resolve_column(use);
    return entry->second;
  }

  /// A listed name may be a column with a dot in its name.
  std::optional<Reference> resolve_listed(const ListedName& listed) {
    const bool is_plain_column = !listed.use.qualifier.empty() && listed.use.qualifier != "feature" &&
                                 catalog_.find_source(listed.use.qualifier) == nullptr && is_column(listed.text);
    return resolve(is_plain_column ? NameUse{"", listed.text, listed.use.span} : listed.use);
  }

  bool is_column(const std::string& name) const {
    return std::any_of(catalog_.sources.begin(), catalog_.sources.end(),
                       [&](const SourceDocument& source) { return source.find_column(name) != nullptr; });
  }

  std::optional<Reference> resolve_feature(const NameUse& use) {
    if (catalog_.feature_of.contains(use.name)) return Reference{Reference::Kind::kFeature, "", use.name};
    if (catalog_.may_be_unreadable(use.name)) return std::nullopt;
    Diagnostic problem = make_diagnostic("F008", fmt::format("there is no feature `{}`", use.name), use.span);
    problem.help = did_you_mean(use.name, known_.features, feature_);
    diagnostics_.add(std::move(problem));
    return std::nullopt;
  }

  std::optional<Reference> resolve_column(const NameUse& use) {
    const SourceDocument* source = catalog_.find_source(use.qualifier);
    if (source == nullptr) {
      if (catalog_.may_be_unreadable(use.qualifier)) return std::nullopt;
      Diagnostic problem = make_diagnostic("F008", fmt::format("there is no source `{}`", use.qualifier), use.span);
      std::vector<std::string> names = catalog_.source_names();
      names.emplace_back("feature");
      problem.help = did_you_mean(use.qualifier, names);
      diagnostics_.add(std::move(problem));
      return std::nullopt;
    }
    if (source->find_column(use.name) != nullptr) return Reference{Reference::Kind::kColumn, use.qualifier, use.name};
    if (!source->are_columns_known) return std::nullopt;
    Diagnostic problem =
        make_diagnostic("F008", fmt::format("the source `{}` has no column `{}`", use.qualifier, use.name), use.span);
    std::vector<std::string> names;
    for (const ColumnDefinition& column : source->definition.columns) names.push_back(column.name);
    problem.help = did_you_mean(use.name, names);
    if (problem.help.empty()) problem.help = help_for_hidden(use.name);
    if (problem.help.empty()) problem.help = help_for_unlisted(use.name, *source);
    problem.related.push_back({source->definition.span, "the source is defined here"});
    diagnostics_.add(std::move(problem));
    return std::nullopt;
  }

  std::optional<Reference> resolve_bare(const NameUse& use) {
    std::vector<Reference> readings;
    if (use.name != node_.name && catalog_.feature_of.contains(use.name))
      readings.push_back({Reference::Kind::kFeature, "", use.name});
    const SourceDocument* source = wanted_source();
    if (source != nullptr && source->find_column(use.name) != nullptr) {
      readings.push_back({Reference::Kind::kColumn, source->definition.name, use.name});
    } else {
      for (const SourceDocument& each : catalog_.sources) {
        if (each.find_column(use.name) != nullptr)
          readings.push_back({Reference::Kind::kColumn, each.definition.name, use.name});
      }
    }
    if (readings.size() == 1) return readings.front();
    if (readings.empty()) {
      report_unknown(use);
    } else {
      report_ambiguous(use, readings);
    }
    return std::nullopt;
  }

  /// The source that bare names mean first; null: none is named.
  const SourceDocument* wanted_source() const {
    const std::optional<PlacedText>& wanted = document_.source ? document_.source : catalog_.project.default_source;
    return wanted ? catalog_.find_source(wanted->text) : nullptr;
  }

  /// A column that is in the files, perhaps, and not in the definition.
  static std::string help_for_unlisted(const std::string& name, const SourceDocument& source) {
    constexpr size_t kColumnsShownMax = 8;
    std::vector<std::string> columns;
    for (const ColumnDefinition& column : source.definition.columns) columns.push_back(column.name);
    const bool is_cut = columns.size() > kColumnsShownMax;
    if (is_cut) columns.resize(kColumnsShownMax);
    return fmt::format("if the files have it, add `{}` with its type to the `columns` of `{}`, which are {}{}", name,
                       source.definition.name, fmt::join(columns, ", "), is_cut ? " and more" : "");
  }

  void report_unknown(const NameUse& use) {
    const bool may_be_anything = std::any_of(catalog_.sources.begin(), catalog_.sources.end(),
                                             [](const SourceDocument& source) { return !source.are_columns_known; });
    if (may_be_anything || catalog_.may_be_unreadable(use.name)) return;
    Diagnostic problem =
        make_diagnostic("F008", fmt::format("`{}` is neither a column of a source nor a feature", use.name), use.span);
    const bool is_template = use.name.find("{{") != std::string::npos || use.name.find("{%") != std::string::npos;
    if (is_template)
      problem.help = "there are no templates: a column or another feature is named as it is, without `ref`";
    if (problem.help.empty()) problem.help = did_you_mean(use.name, known_.features_and_columns, feature_);
    if (problem.help.empty()) problem.help = help_for_hidden(use.name);
    const SourceDocument* source = wanted_source();
    if (source == nullptr && catalog_.sources.size() == 1) source = &catalog_.sources.front();
    if (problem.help.empty() && source != nullptr) problem.help = help_for_unlisted(use.name, *source);
    if (problem.help.empty()) problem.help = "a column is listed in the `columns` of its source, with its type";
    diagnostics_.add(std::move(problem));
  }

  /// Columns that sources have without listing them: keys and the event time.
  std::string help_for_hidden(const std::string& name) const {
    for (const SourceDocument& source : catalog_.sources) {
      if (source.definition.event_time == name) return "the event time is `event_time()` in formulas";
      const EntityDocument* entity = catalog_.find_entity(source.definition.entity);
      if (entity == nullptr) continue;
      const std::vector<std::string>& keys = entity->definition.keys;
      if (std::find(keys.begin(), keys.end(), name) == keys.end()) continue;
      return fmt::format("to use the key column, add it to `columns` of the source `{}` with its type",
                         source.definition.name);
    }
    return "";
  }

  void report_ambiguous(const NameUse& use, const std::vector<Reference>& readings) {
    Diagnostic problem =
        make_diagnostic("F009", fmt::format("`{}` has {} readings", use.name, readings.size()), use.span);
    std::vector<std::string> qualified;
    for (const Reference& reading : readings) {
      const bool is_feature = reading.kind == Reference::Kind::kFeature;
      const std::string name = is_identifier(use.name) ? use.name : "`" + use.name + "`";
      qualified.push_back((is_feature ? "feature" : reading.source) + "." + name);
      const Span span = is_feature ? catalog_.features[catalog_.feature_of.at(reading.name)].document->name_span
                                   : catalog_.find_source(reading.source)->find_column(reading.name)->span;
      problem.related.push_back(
          {span, is_feature ? "a feature" : fmt::format("a column of the source `{}`", reading.source)});
    }
    problem.help = "write " + list_words(qualified, "or");
    diagnostics_.add(std::move(problem));
  }

  /// Resolves the names of a formula; each must be listed.
  void use_names(const ParsedFormula& formula, std::set<Reference>& used) {
    if (formula.root == nullptr) return;  // what could not be read names nothing
    const bool is_check = std::any_of(document_.checks.begin(), document_.checks.end(), [&](const WrittenCheck& check) {
      return check.formula && &*check.formula == &formula;
    });
    for (const NameUse& use : formula.names) {
      if (is_check && use.qualifier.empty() && use.name == "value") continue;
      const std::optional<Reference> reference = resolve(use);
      if (!reference) {
        has_unresolved_ = true;
        continue;
      }
      used.insert(*reference);
      if (is_listed(*reference) || !document_.are_names_known) continue;
      Diagnostic problem = make_diagnostic(
          "F010", fmt::format("`{}` is used but not listed in `source_features`", use.text()), use.span);
      std::vector<std::string> all;
      for (const ListedName& listed : document_.listed) all.push_back(listed.text);
      all.push_back(use.text());
      problem.help = fmt::format("write `source_features: [{}]`", fmt::join(all, ", "));
      diagnostics_.add(std::move(problem));
    }
  }

  bool is_listed(const Reference& reference) const {
    return std::any_of(node_.listed.begin(), node_.listed.end(),
                       [&](const auto& listed) { return listed && *listed == reference; });
  }

  bool has_unknown_function() const {
    const auto has_one = [](const ParsedFormula& formula) { return formula.has_unknown_function; };
    return std::any_of(document_.formulas.begin(), document_.formulas.end(), has_one) ||
           (document_.filter && has_one(*document_.filter)) ||
           std::any_of(document_.checks.begin(), document_.checks.end(),
                       [&](const WrittenCheck& check) { return check.formula && has_one(*check.formula); });
  }

  bool are_all_readable() const {
    const auto is_readable = [](const ParsedFormula& formula) { return formula.root != nullptr; };
    const bool has_formula =
        !document_.formulas.empty() && std::all_of(document_.formulas.begin(), document_.formulas.end(), is_readable);
    const bool is_readable_check =
        std::all_of(document_.checks.begin(), document_.checks.end(),
                    [&](const WrittenCheck& check) { return !check.formula || is_readable(*check.formula); });
    return (has_formula || !document_.has_formula) && (!document_.filter || is_readable(*document_.filter)) &&
           is_readable_check;
  }

  /// Without a formula, the one listed name that the filter does not use stands for it.
  void find_implied_formula(const std::set<Reference>& in_filter, std::set<Reference>& used) {
    const bool has_unknown =
        std::any_of(node_.listed.begin(), node_.listed.end(), [](const auto& listed) { return !listed; });
    std::set<Reference> free;
    size_t position = 0;
    for (size_t i = 0; i < node_.listed.size(); ++i) {
      if (!node_.listed[i] || in_filter.contains(*node_.listed[i])) continue;
      free.insert(*node_.listed[i]);
      position = i;
    }

    if (free.size() == 1) {
      node_.implied = position;
      used.insert(*free.begin());
      return;
    }
    const bool is_count = node_.aggregation != nullptr &&
                          (node_.aggregation->aggregation == Aggregation::kCount || !node_.aggregation->aggregation);
    if (is_count || has_unknown || !document_.are_names_known) {
      for (const auto& reference : free) {
        if (has_unknown) used.insert(reference);
      }
      return;
    }

    Diagnostic problem = make_diagnostic(
        "F016",
        free.empty() ? fmt::format("the feature `{}` has no formula and no source feature to stand for it", node_.name)
                     : fmt::format("the feature `{}` has no formula, and {} source features could stand for it",
                                   node_.name, free.size()),
        document_.listed.empty() ? document_.place : document_.listed_span);
    problem.help = "add `formula`";
    diagnostics_.add(std::move(problem));
    used.insert(free.begin(), free.end());
  }

  void report_unused(const std::set<Reference>& used) {
    for (size_t i = 0; i < node_.listed.size(); ++i) {
      if (!node_.listed[i] || used.contains(*node_.listed[i])) continue;
      Diagnostic warning = make_diagnostic(
          "F011", fmt::format("`{}` is listed in `source_features` but not used", document_.listed[i].text),
          document_.listed[i].use.span);
      warning.help = "remove it from the list, or use it in `formula` or `filter`";
      diagnostics_.add(std::move(warning));
    }
  }

  void collect_uses() {
    const auto add = [&](const std::optional<Reference>& reference) {
      if (!reference || reference->kind != Reference::Kind::kFeature) return;
      const size_t index = catalog_.feature_of.at(reference->name);
      if (std::find(node_.uses.begin(), node_.uses.end(), index) == node_.uses.end()) node_.uses.push_back(index);
    };
    for (const auto& listed : node_.listed) add(listed);
    for (const ParsedFormula& formula : document_.formulas) {
      for (const NameUse& use : formula.names) add(node_.names[{use.qualifier, use.name}]);
    }
    if (!document_.filter) return;
    for (const NameUse& use : document_.filter->names) add(node_.names[{use.qualifier, use.name}]);
  }

  /// Without aggregation: a formula over columns is short for the last value, one over features is derived.
  void find_form() {
    if (!document_.is_derived_form() || !document_.windows.empty() || !are_all_readable()) return;
    const NameUse* column = nullptr;
    const NameUse* feature = nullptr;
    const auto note = [&](const NameUse& use) {
      const std::optional<Reference> reference = node_.names[{use.qualifier, use.name}];
      if (reference) (reference->kind == Reference::Kind::kColumn ? column : feature) = &use;
    };
    for (const ParsedFormula& formula : document_.formulas) {
      for (const NameUse& use : formula.names) note(use);
    }
    if (node_.implied) {
      const Reference::Kind kind = node_.listed[*node_.implied]->kind;
      (kind == Reference::Kind::kColumn ? column : feature) = &document_.listed[*node_.implied].use;
    }

    if (column != nullptr && feature != nullptr) {
      Diagnostic problem =
          make_diagnostic("F014", "a formula without aggregation cannot mix columns and features", column->span);
      problem.label = "a column";
      problem.related.push_back({feature->span, "a feature"});
      problem.help = fmt::format("give `{}` a feature of its own, and use that", column->text());
      diagnostics_.add(std::move(problem));
      return;
    }

    node_.is_derived = column == nullptr;
    if (node_.is_derived && document_.filter) {
      Diagnostic problem =
          make_diagnostic("F024", "a derived feature over features has no filter", document_.filter_span);
      problem.help = "use `if(condition, value, null)` in the formula, or add `aggregation` and `window`";
      diagnostics_.add(std::move(problem));
    }
  }

  Catalog& catalog_;
  const size_t feature_;  // the place of the feature
  FeatureNode& node_;
  const FeatureDocument& document_;
  const KnownNames& known_;
  Diagnostics& diagnostics_;
  bool has_unresolved_ = false;
};

}  // namespace

void resolve_names(Catalog& catalog, Diagnostics& diagnostics) {
  const KnownNames known(catalog);
  for (size_t feature = 0; feature < catalog.features.size(); ++feature) {
    if (diagnostics.is_full()) return;
    NameResolution(catalog, feature, known, diagnostics).run();
  }
}

std::optional<ResolvedName> resolved_name(const Catalog& catalog, const FeatureNode& node, const NameUse& use) {
  const auto found = node.names.find({use.qualifier, use.name});
  if (found == node.names.end() || !found->second) return std::nullopt;
  const Reference& reference = *found->second;
  if (reference.kind == Reference::Kind::kFeature) {
    const FeatureNode& feature = catalog.features[catalog.feature_of.at(reference.name)];
    if (!feature.type) return std::nullopt;
    return ResolvedName{reference, *feature.type, feature.document->name_span};
  }
  const ColumnDefinition* column = catalog.find_source(reference.source)->find_column(reference.name);
  if (column->type == ScalarType::kNull) return std::nullopt;
  return ResolvedName{reference, {column->type, false}, column->span};
}

}  // namespace headrace
