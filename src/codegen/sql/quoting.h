#pragma once

/// A user's words in SQL: names of columns and tables, literals, comments. Nothing else of this folder writes a quote
/// around a text that is not its own, so that no path, description or name can end the place where it stands. Private
/// to codegen/sql.
///
/// No dialect but BigQuery has escapes in names: columns whose names hold characters that nobody sees are refused
/// (G009), see is_sayable. Literals hold them as escapes, or where the dialect has none as `CHR(n)`.
///
/// Pure functions; any thread may call them.

#include "codegen/sql/sql.h"

#include <string>
#include <string_view>

namespace headrace::sql {

/// Whether the name can be written so that a reader sees all of it.
bool is_sayable(std::string_view name);

/// The identifier, quoted unless it is a plain lower-case word that no dialect reserves.
std::string identifier(SqlDialect dialect, std::string_view name);

/// An expression with the value of the text: a literal, where that can be said by one.
std::string string_literal(SqlDialect dialect, std::string_view text);

/// A literal for people: what they would not see is named, as `<U+202E>`.
std::string description_literal(SqlDialect dialect, std::string_view text);

/// Lines of a comment, each with its newline. Breaks in the text are breaks there.
std::string comment_lines(std::string_view text);

/// A field of Snowflake's semi-structured `$1`.
std::string snowflake_field(std::string_view name);

}  // namespace headrace::sql
