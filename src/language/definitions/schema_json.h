#pragma once

/// The YAML of definitions as a JSON Schema, so that editors complete keys and show what they mean.
///
/// The schema says what can be said without knowing other documents: keys, kinds, choices, patterns. Names, types and
/// everything between documents is checked by load_repository only. schema_json_test.cc holds the keys of both
/// together.

#include <string>

namespace headrace {

/// JSON Schema, draft 2020-12, of one document of project.yaml or features/*.yaml; the same bytes each time.
std::string definitions_json_schema();

}  // namespace headrace
