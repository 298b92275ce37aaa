#pragma once

/// What of a plan goes into the pipeline, and at which instants each feature is needed. Private to codegen/beam.

#include "codegen/generated_project.h"

#include <optional>
#include <set>
#include <vector>

namespace headrace {

struct KeptPlan {
  const Plan& plan;
  std::vector<size_t> features;  // computed: outputs that are not refused and what they use, in the plan's order
  std::vector<size_t> outputs;   // written, in the plan's order
  std::vector<Refusal> refusals;
  /// Of each feature of the plan: whether it is asked at the results' instants, and at the events of which sources.
  std::vector<bool> at_instants;
  std::vector<std::set<size_t>> at_events;
  /// Of each feature of the plan: sources whose events it needs, which are those that drive it or what it uses, and
  /// those that are aggregated.
  std::vector<std::set<size_t>> sources_of_feature;

  /// Sources of an entity that are read, in the plan's order.
  std::vector<size_t> sources_of(size_t entity) const;
  /// How long before an instant an event of a source can matter.
  struct SourceReach {
    size_t source = 0;
    Duration bounded{0};       // to features that no event matters to for ever
    bool is_for_ever = false;  // whether it matters to another one for ever
  };
  /// Of the sources of an entity, in the plan's order.
  std::vector<SourceReach> reach_of(size_t entity) const;
};

KeptPlan keep(const GeneratorInput& input);

}  // namespace headrace
