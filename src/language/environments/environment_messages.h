#pragma once

/// Reads what environments.yaml says of the messages of topics and of where their schemas are.
///
/// Internal to environments/.

#include "language/definitions/fields.h"
#include "language/environments/environments.h"

#include <optional>
#include <string_view>

namespace headrace {

/// Whether a text is one variable and nothing else.
bool is_variable(std::string_view text);
/// A password that is no variable is reported, and gone.
void refuse_written_password(std::optional<EnvironmentText>& password, Diagnostics& diagnostics);

/// `registry` of `kafka`.
std::optional<EnvironmentRegistry> read_registry(Fields& kafka);
/// Of a source. `has_registry`: the environment has one.
EnvironmentMessages read_messages(Fields& source, bool has_registry);

}  // namespace headrace
