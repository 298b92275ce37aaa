#include "codegen/kubeflow/kubeflow.h"

#include "codegen/kubeflow/kubeflow_template.h"
#include "codegen/steps/steps.h"

#include <algorithm>

namespace headrace {
namespace {

constexpr std::string_view kCopied[] = {"Dockerfile", "requirements.txt", "ruff.toml", "test_pipeline.py"};

}  // namespace

GeneratedProject generate_kubeflow(const GeneratorInput& input) {
  GeneratedProject out;
  out.files = step_modules("");
  for (const std::string_view path : kCopied) {
    out.files.push_back({std::string(path), std::string(kubeflow_template(path))});
  }
  out.files.push_back({"pipeline.py", project_text(kubeflow_template("pipeline.py.in"), input)});
  out.files.push_back({"README.md", project_text(kubeflow_template("README.md.in"), input)});
  std::sort(out.files.begin(), out.files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return out;
}

}  // namespace headrace
