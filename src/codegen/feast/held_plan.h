#pragma once

/// What of a plan a Feast repository holds, under Feast's names, and what it cannot hold. Private to codegen/feast.
///
/// Feast reads the offline store through DuckDB and joins it with columns of its own; a feature with the name of one of
/// those would be dropped or replaced there, so it is refused. Its online keys are text or integers.

#include "codegen/generated_project.h"

#include <string>
#include <string_view>
#include <vector>

namespace headrace {

/// An entity of Feast, which has one key column: a composite key takes several.
struct FeastEntity {
  std::string name;
  std::string key;
  ScalarType type = ScalarType::kNull;  // kNull: no source declares it, Feast takes it from the files
};

struct HeldEntity {
  const PlanEntity* definition = nullptr;
  std::vector<FeastEntity> keys;  // in the order of the definition
  std::vector<size_t> features;   // of the plan; none: nothing is computed for the entity
};

struct HeldPlan {
  const Plan& plan;
  std::string project;               // Feast's name
  std::vector<HeldEntity> entities;  // in the order of the plan
  std::vector<Refusal> refusals;

  bool has_features() const;
};

HeldPlan hold(const GeneratorInput& input);

}  // namespace headrace
