#pragma once

/// Code generation for Python.

#include "open_repository.h"

namespace headrace {

/// (report as JSON, whether nothing was written because of refusals, the refusals as text, their summary).
nanobind::tuple generate_code(const OpenRepository& repository, std::string target, std::string dialect,
                              std::string engine, std::string offline, std::string views,
                              std::vector<std::string> features, std::vector<std::string> excluded, std::string output,
                              bool skip_refused, bool overwrite);

}  // namespace headrace
