#pragma once

/// What definitions mean once their names are resolved and in order: types, defaults and checks.
///
/// The last step of load_repository. Internal to language/. As in resolution/, one diagnostic a cause: what has been
/// reported keeps its name in the catalog, and everything that depends on it stays silent.

#include "language/resolution/catalog.h"

namespace headrace {

/// Types the checks of sources.
void analyse_sources(Catalog& catalog, Diagnostics& diagnostics);
/// Driving source, entity, types and default of each feature, in `order`; then the checks of all.
void analyse_features(Catalog& catalog, const std::vector<size_t>& order, Diagnostics& diagnostics);

// Parts of the analysis of one source or feature.
bool find_types(Catalog& catalog, FeatureNode& node, Diagnostics& diagnostics);
void find_checks(Catalog& catalog, FeatureNode& node, Diagnostics& diagnostics);
void find_source_checks(const Catalog& catalog, SourceDocument& source, Diagnostics& diagnostics);

/// Reads a value of a type from YAML: a default, an allowed value. Reports `code` when it does not fit.
std::optional<Value> read_value(const YamlNode& node, Type type, std::string_view code, std::string_view what,
                                Diagnostics& diagnostics);

}  // namespace headrace
