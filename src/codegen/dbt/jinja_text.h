#pragma once

/// Texts in files that dbt renders with Jinja before it reads them. Private to codegen/dbt. Pure functions.

#include <string>
#include <string_view>

namespace headrace::dbt {

/// The text so that Jinja gives it back as it was: `{{`, `{%` and `{#` begin nothing.
std::string jinja_text(std::string_view text);

/// A double-quoted scalar of YAML that is the text once YAML and then Jinja have read it.
std::string yaml_text(std::string_view text);

}  // namespace headrace::dbt
