#include "codegen/feast/feast.h"

#include "codegen/feast/definitions_module.h"
#include "codegen/feast/held_plan.h"
#include "codegen/feast/project_texts.h"

#include <algorithm>

namespace headrace {

std::optional<FeastOffline> feast_offline(std::string_view name) {
  if (name == "file") return FeastOffline::kFile;
  if (name == "bigquery") return FeastOffline::kBigQuery;
  if (name == "snowflake") return FeastOffline::kSnowflake;
  return std::nullopt;
}

std::optional<FeastViews> feast_views(std::string_view name) {
  if (name == "entity") return FeastViews::kEntity;
  if (name == "owner") return FeastViews::kOwner;
  return std::nullopt;
}

GeneratedProject generate_feast(const GeneratorInput& input, const FeastChoices& choices) {
  const HeldPlan held = hold(input, choices);
  GeneratedProject out;
  out.refusals = held.refusals;
  if (!held.has_features()) return out;
  out.files = feast_files(held);
  out.files.push_back({"definitions.py", definitions_module(held)});
  out.files.push_back({"README.md", feast_readme(held)});
  std::sort(out.files.begin(), out.files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return out;
}

}  // namespace headrace
