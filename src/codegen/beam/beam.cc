#include "codegen/beam/beam.h"

#include "codegen/beam/beam_templates.h"
#include "codegen/beam/kept_plan.h"
#include "codegen/beam/pipeline_module.h"
#include "codegen/beam/project_texts.h"

#include <algorithm>

namespace headrace {
namespace {

constexpr std::string_view kCaseWorker = "case_worker.py";  // runs tests, no part of a project

}  // namespace

GeneratedProject generate_beam(const GeneratorInput& input) {
  const KeptPlan kept = keep(input);
  GeneratedProject out;
  out.refusals = kept.refusals;
  if (kept.outputs.empty()) return out;
  out.files = copied_files(beam_templates(), {kCaseWorker});
  out.files.push_back({"pipeline.py", pipeline_module(kept)});
  out.files.push_back({"README.md", readme_text(kept)});
  out.files.push_back({"metadata.json", flex_template_metadata(kept)});
  out.files.push_back({"requirements-native.txt", native_requirements()});
  for (const DefinitionFile& file : input.definitions) out.files.push_back({"definitions/" + file.name, file.text});
  out.files.push_back({"definitions/digests.json", digests_json(kept)});
  std::sort(out.files.begin(), out.files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return out;
}

std::string_view beam_case_worker() { return text_of(beam_templates(), kCaseWorker); }

}  // namespace headrace
