#pragma once

/// The YAML of test files as a JSON Schema, for editors. schema_json_test.cc holds its keys to those of parse_case.

#include <string>

namespace headrace {

/// JSON Schema, draft 2020-12, of a file of tests; the same bytes each time. Only `headrace test` knows the meaning.
std::string tests_json_schema();

}  // namespace headrace
