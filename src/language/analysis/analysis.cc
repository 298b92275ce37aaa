#include "language/analysis/analysis.h"
#include "language/diagnostics/codes.h"

#include <fmt/format.h>

namespace headrace {
namespace {

bool grows_over_lifetime(Aggregation aggregation) {
  return aggregation == Aggregation::kMedian || aggregation == Aggregation::kPercentile ||
         aggregation == Aggregation::kCountDistinct || aggregation == Aggregation::kMode ||
         aggregation == Aggregation::kTopK;
}

/// Warns of exact aggregations that keep every value for ever (language, section 5).
void warn_of_growth(const FeatureNode& node, Diagnostics& diagnostics) {
  if (node.aggregation == nullptr || node.window == nullptr || !node.window->window) return;
  const std::optional<Aggregation>& aggregation = node.aggregation->aggregation;
  if (!aggregation || !grows_over_lifetime(*aggregation) || node.window->window->kind != WindowSpec::Kind::kLifetime)
    return;
  Diagnostic warning =
      make_diagnostic("F029", fmt::format("`{}` over `lifetime` keeps every value for ever", node.aggregation->word),
                      node.window->span);
  const bool is_order_statistic = *aggregation == Aggregation::kMedian || *aggregation == Aggregation::kPercentile;
  warning.help = is_order_statistic                            ? "use `approx_percentile`, or a window that ends"
                 : *aggregation == Aggregation::kCountDistinct ? "use `approx_count_distinct`, or a window that ends"
                                                               : "use a window that ends";
  diagnostics.add(std::move(warning));
}

void describe(const Catalog& catalog, FeatureNode& node) {
  const FeatureDocument& document = *node.document;
  FeatureDefinition& definition = node.definition;
  definition.name = node.name;
  definition.description = document.description;
  definition.owner = document.owner;
  definition.version = document.version;
  definition.version_span = document.version_span;
  definition.tags = document.tags;
  definition.definition = document.name;
  definition.is_internal = document.is_internal;
  definition.expected_change = document.expected_change;
  definition.span = document.name_span;
  if (node.source) {
    definition.source = catalog.sources[*node.source].definition.name;
    definition.entity = catalog.sources[*node.source].definition.entity;
  }
  if (node.type) definition.type = *node.type;
}

void find_default(FeatureNode& node, Diagnostics& diagnostics) {
  const YamlNode* written = node.document->default_value;
  if (written == nullptr || written->is_null()) return;
  if (auto value =
          read_value(*written, *node.type, "F027", fmt::format("the default of `{}`", node.name), diagnostics)) {
    node.definition.default_value = std::move(*value);
  }
}

void analyse(Catalog& catalog, FeatureNode& node, Diagnostics& diagnostics) {
  const size_t errors = diagnostics.error_reports();
  const bool has_source = find_driving_source(catalog, node, diagnostics);
  const bool has_types = find_types(catalog, node, diagnostics);
  if (node.type) find_default(node, diagnostics);
  warn_of_growth(node, diagnostics);
  describe(catalog, node);
  if (!has_source || !has_types || diagnostics.error_reports() != errors) node.is_sound = false;
}

}  // namespace

void analyse_sources(Catalog& catalog, Diagnostics& diagnostics) {
  for (SourceDocument& source : catalog.sources) find_source_checks(catalog, source, diagnostics);
}

void analyse_features(Catalog& catalog, const std::vector<size_t>& order, Diagnostics& diagnostics) {
  for (size_t index : order) {
    FeatureNode& node = catalog.features[index];
    if (diagnostics.is_full()) return;
    if (node.is_in_cycle) {
      node.is_sound = false;
      continue;
    }
    analyse(catalog, node, diagnostics);
    for (size_t used : node.uses) node.is_sound &= catalog.features[used].is_sound;
  }
  // Expressions of checks may use any feature, so they come when all types are known.
  for (size_t index : order) {
    FeatureNode& node = catalog.features[index];
    if (node.is_in_cycle) continue;
    const size_t errors = diagnostics.error_reports();
    find_checks(catalog, node, diagnostics);
    if (diagnostics.error_reports() != errors) node.is_sound = false;
  }
}

}  // namespace headrace
