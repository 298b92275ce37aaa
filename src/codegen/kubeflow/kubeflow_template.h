#pragma once

/// The texts below templates/, compiled in. Private to codegen/kubeflow.

#include <string_view>

namespace headrace {

/// The text of a file by its path; empty where there is none.
std::string_view kubeflow_template(std::string_view path);

}  // namespace headrace
