#pragma once

/// The texts of repositories that `init` can make: small, commented, with data and a test. In the project's file stands
/// PROJECT for its name. Internal to session/; others call new_repository.h.

#include "session/new_repository/new_repository.h"

#include <string_view>
#include <vector>

namespace headrace {

struct RepositoryTemplate {
  std::string_view name;
  std::vector<RepositoryFile> files;  // the project's first
};

const RepositoryTemplate& pumps_template();
const RepositoryTemplate& payments_template();
const RepositoryTemplate& clicks_template();

}  // namespace headrace
