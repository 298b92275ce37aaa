#include "codegen/airflow/airflow.h"

#include "codegen/airflow/airflow_template.h"
#include "codegen/steps/steps.h"

#include <algorithm>

namespace headrace {
namespace {

constexpr std::string_view kCopied[] = {"requirements.txt", "ruff.toml", "test_dag.py"};

}  // namespace

GeneratedProject generate_airflow(const GeneratorInput& input) {
  GeneratedProject out;
  out.files = step_modules("dags/");
  for (const std::string_view path : kCopied) {
    out.files.push_back({std::string(path), std::string(airflow_template(path))});
  }
  // The steps are modules of the DAG, not DAGs.
  out.files.push_back({"dags/.airflowignore", "headrace_steps\n"});
  out.files.push_back(
      {"dags/" + orchestrated_id(input) + ".py", project_text(airflow_template("dags/dag.py.in"), input)});
  out.files.push_back({"README.md", project_text(airflow_template("README.md.in"), input)});
  std::sort(out.files.begin(), out.files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return out;
}

}  // namespace headrace
