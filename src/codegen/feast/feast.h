#pragma once

/// Feast feature repositories: entities, file sources over the offline store, feature views and feature services.

#include "codegen/generated_project.h"

namespace headrace {

/// definitions.py, feature_store.yaml, requirements and a README, which `feast apply` accepts.
///
/// Offline, Feast reads the Parquet files that `headrace backfill` wrote. Online, it reads what the generated Beam
/// pipeline writes into Redis: project, view and key are named here as that pipeline names them by default.
GeneratedProject generate_feast(const GeneratorInput& input);

}  // namespace headrace
