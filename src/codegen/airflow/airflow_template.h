#pragma once

/// The texts below templates/, compiled in. Private to codegen/airflow.

#include <string_view>

namespace headrace {

/// The text of a file by its path; empty where there is none.
std::string_view airflow_template(std::string_view path);

}  // namespace headrace
