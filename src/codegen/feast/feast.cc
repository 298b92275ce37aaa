#include "codegen/feast/feast.h"

#include "codegen/feast/definitions_module.h"
#include "codegen/feast/feast_templates.h"
#include "codegen/feast/held_plan.h"
#include "codegen/feast/project_texts.h"

#include <algorithm>

namespace headrace {

GeneratedProject generate_feast(const GeneratorInput& input) {
  const HeldPlan held = hold(input);
  GeneratedProject out;
  out.refusals = held.refusals;
  if (!held.has_features()) return out;
  out.files = copied_files(feast_templates());
  out.files.push_back({"definitions.py", definitions_module(held)});
  out.files.push_back({"feature_store.yaml", feature_store_yaml(held)});
  out.files.push_back({"README.md", feast_readme(held)});
  std::sort(out.files.begin(), out.files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return out;
}

}  // namespace headrace
