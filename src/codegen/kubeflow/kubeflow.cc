#include "codegen/kubeflow/kubeflow.h"

#include "codegen/kubeflow/kubeflow_templates.h"
#include "codegen/steps/steps.h"

#include <algorithm>

namespace headrace {

GeneratedProject generate_kubeflow(const GeneratorInput& input) {
  GeneratedProject out;
  out.files = copied_files(kubeflow_templates());
  for (GeneratedFile& file : step_modules("")) out.files.push_back(std::move(file));
  out.files.push_back({"pipeline.py", project_text(text_of(kubeflow_templates(), "pipeline.py.in"), input)});
  out.files.push_back({"README.md", project_text(text_of(kubeflow_templates(), "README.md.in"), input)});
  std::sort(out.files.begin(), out.files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return out;
}

}  // namespace headrace
