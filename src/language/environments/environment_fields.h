#pragma once

/// Reads kinds of values that several keys of environments.yaml have: mappings, texts with their places, secrets, limits.
///
/// Internal to environments/.

#include "language/definitions/fields.h"
#include "language/environments/environments.h"

#include <optional>
#include <string_view>

namespace headrace {

/// Ends the name of a secret's setting whose value is the file that has it.
constexpr std::string_view kFileSuffix = "_file";

/// The mapping under a key; null where there is none, or something else than what is `expected`, which is reported.
const YamlNode* mapping_of(Fields& fields, std::string_view key, std::string_view expected);
std::optional<EnvironmentText> text_of(Fields& fields, std::string_view key);
/// A number from 1 on.
std::optional<int64_t> read_limit(Fields& fields, std::string_view key);

/// Whether a text is one variable and nothing else.
bool is_variable(std::string_view text);
/// A password that is no variable is reported, and gone.
void refuse_written_password(std::optional<EnvironmentText>& password, Diagnostics& diagnostics);

}  // namespace headrace
