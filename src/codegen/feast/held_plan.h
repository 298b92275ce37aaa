#pragma once

/// What of a plan a Feast repository holds, under Feast's names, and what it cannot hold. Private to codegen/feast.
///
/// Feast joins what it reads with columns of its own; a feature with the name of one of those would be dropped or replaced
/// there, so it is refused. Its online keys are text or integers.

#include "codegen/feast/feast.h"
#include "codegen/generated_project.h"

#include <optional>
#include <set>
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

/// What Feast materializes at once.
struct HeldView {
  std::string name;
  std::string owner;            // of all its features; empty: they may have several
  std::optional<Duration> ttl;  // nothing: a row counts until the next one
  std::vector<size_t> features;
};

struct HeldEntity {
  const PlanEntity* definition = nullptr;
  std::vector<FeastEntity> keys;  // in the order of the definition
  std::vector<size_t> features;   // of the plan; none: nothing is computed for the entity
  std::vector<HeldView> views;    // of the features, in the order of their first ones
};

struct HeldPlan {
  const Plan& plan;
  FeastChoices choices;
  std::string project;               // Feast's name
  std::vector<HeldEntity> entities;  // in the order of the plan
  std::vector<Refusal> refusals;

  bool has_features() const;
};

HeldPlan hold(const GeneratorInput& input, const FeastChoices& choices = {});

}  // namespace headrace
