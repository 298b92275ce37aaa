#pragma once

/// The JSON Schema of the files of a feature repository and of test files, for editors.

#include <string>

namespace headrace {

/// Which kind of file: definitions (project.yaml, features/*.yaml) or tests (tests/*.yaml).
enum class SchemaOf { kDefinitions, kTests };

/// JSON Schema, draft 2020-12. An editor gets names, types and choices from it; only `headrace check` knows the
/// meaning.
std::string yaml_schema(SchemaOf what);

}  // namespace headrace
