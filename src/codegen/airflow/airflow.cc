#include "codegen/airflow/airflow.h"

#include "codegen/airflow/airflow_templates.h"
#include "codegen/steps/steps.h"

#include <algorithm>

namespace headrace {

GeneratedProject generate_airflow(const GeneratorInput& input) {
  GeneratedProject out;
  out.files = copied_files(airflow_templates());
  for (GeneratedFile& file : step_modules("dags/")) out.files.push_back(std::move(file));
  // The steps are modules of the DAG, not DAGs.
  out.files.push_back({"dags/.airflowignore", "headrace_steps\n"});
  out.files.push_back(
      {"dags/" + orchestrated_id(input) + ".py", project_text(text_of(airflow_templates(), "dags/dag.py.in"), input)});
  out.files.push_back({"README.md", project_text(text_of(airflow_templates(), "README.md.in"), input)});
  std::sort(out.files.begin(), out.files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return out;
}

}  // namespace headrace
