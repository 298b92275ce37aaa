#pragma once

/// Reads what environments.yaml says of the messages of topics and of where their schemas are.
///
/// Internal to environments/.

#include "language/definitions/fields.h"
#include "language/environments/environments.h"

#include <optional>

namespace headrace {

/// `registry` of `kafka`.
std::optional<EnvironmentRegistry> read_registry(Fields& kafka);
/// Of a source. `has_registry`: the environment has one.
EnvironmentMessages read_messages(Fields& source, bool has_registry);

}  // namespace headrace
