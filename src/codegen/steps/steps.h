#pragma once

/// What the generated projects of all orchestrators share: the steps of a day as Python modules, and the names under
/// which a project is known to an orchestrator. For codegen/airflow and codegen/kubeflow.

#include "codegen/filled_template.h"
#include "codegen/generated_project.h"

#include <string>
#include <string_view>
#include <vector>

namespace headrace {

/// "headrace_pumping_station": a Python identifier; the names of DAG, Variable and modules.
std::string orchestrated_id(const GeneratorInput& input);

/// Puts what is known of the project into a template:
///
///   {{project}}           its name, fit for a docstring      {{project_literal}}   as a Python string
///   {{id}}                orchestrated_id                    {{name}}              the same for Kubernetes: "a-b"
///   {{environment}}       the same for variables: "A_B"      {{description}}       a Python string
///   {{features}}          a Markdown table                   {{features_literal}}  `FEATURES: list[str] = ..`
///   {{entities_literal}}  `ENTITIES: list[str] = ..`         {{owners_literal}}, {{tags_literal}}  likewise
///   {{digest}}            of the plan
///
/// REQUIRES: the template has no other places but `more`.
std::string project_text(std::string_view text, const GeneratorInput& input, const Places& more = {});

/// Owners of the features, each once, sorted.
std::vector<std::string> owners_of(const GeneratorInput& input);

/// The modules of `headrace_steps`, below a folder: "" or "dags/".
std::vector<GeneratedFile> step_modules(const std::string& folder);

}  // namespace headrace
