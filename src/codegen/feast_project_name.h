#pragma once

/// How Feast calls a project: what reads from it and what writes for it have to agree.

#include <string>
#include <string_view>

namespace headrace {

/// The project under a name that Feast accepts: runs of other characters than ASCII letters, digits and `_` become one
/// `_`. The Beam pipeline does the same (headrace_runtime/redis_store.py).
std::string feast_project_name(std::string_view project);

}  // namespace headrace
