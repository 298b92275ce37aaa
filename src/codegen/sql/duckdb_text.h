#pragma once

/// How DuckDB reads text files that are written in a form of their own, as the native engine does; and what it cannot
/// say so. Private to codegen/sql.

#include "codegen/sql/table_files.h"

#include <string>
#include <string_view>
#include <vector>

namespace headrace::sql {

/// What of a source's `batch` DuckDB cannot read exactly, for messages; empty: nothing.
std::vector<std::string> unread_by_duckdb(const PlanSource& source, const std::map<std::string, SourceFiles>& files);

/// The options of read_csv that follow from the form: delimiter, quote, header and encoding.
std::string csv_form_options(const TextForm& form, bool has_tabs);

/// A field's text, null where it is a word for no value.
std::string without_null_words(const TextForm& form, const std::string& text);

/// The name of the macro that reads times of the source's own form.
std::string time_macro_name(const PlanSource& source);

/// Its definition; empty where the source's times are RFC 3339 or numbers.
std::string time_macro(const PlanSource& source);

}  // namespace headrace::sql
