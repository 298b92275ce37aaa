#include "codegen/feast/feast.h"

#include "base/check.h"
#include "codegen/feast/definitions_module.h"
#include "codegen/feast/feast_template.h"
#include "codegen/feast/held_plan.h"
#include "codegen/feast/project_texts.h"

#include <algorithm>

namespace headrace {
namespace {

constexpr std::string_view kCopied[] = {"requirements.txt", "ruff.toml"};

}  // namespace

GeneratedProject generate_feast(const GeneratorInput& input) {
  const HeldPlan held = hold(input);
  GeneratedProject out;
  out.refusals = held.refusals;
  if (!held.has_features()) return out;
  for (std::string_view path : kCopied) {
    const std::string_view text = feast_template(path);
    CHECK(!text.empty());
    out.files.push_back({std::string(path), std::string(text)});
  }
  out.files.push_back({"definitions.py", definitions_module(held)});
  out.files.push_back({"feature_store.yaml", feature_store_yaml(held)});
  out.files.push_back({"README.md", feast_readme(held)});
  std::sort(out.files.begin(), out.files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return out;
}

}  // namespace headrace
