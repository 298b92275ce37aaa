#pragma once

/// What the dialects spell differently: literals, types, conversions between instants and microseconds, guards.
/// Private to codegen/sql.
///
/// Inside a statement an instant is an integer, microseconds since the epoch: the same arithmetic, exact, in every
/// dialect. Only what comes in from a table and what goes out is a timestamp.
///
/// Pure functions; any thread may call them.

#include "codegen/sql/quoting.h"
#include "data/value.h"

#include <string>
#include <string_view>
#include <vector>

namespace headrace::sql {

/// The spelling of one dialect.
std::string choose(SqlDialect dialect, std::string_view bigquery, std::string_view snowflake, std::string_view duckdb);

/// "DOUBLE", "FLOAT64", "FLOAT", ...: the type of a column in a table.
std::string column_type(SqlDialect dialect, ScalarType type);

/// The type that a value of the type has inside a statement: instants and durations are integers.
std::string inner_type(SqlDialect dialect, ScalarType type);

/// The literal; a null is cast to the inner type. Lists are written as arrays.
std::string literal(SqlDialect dialect, const Value& value, ScalarType type);
std::string double_literal(SqlDialect dialect, double value);

/// Conversions of an instant: of a table's timestamp to microseconds and back.
std::string to_micros(SqlDialect dialect, std::string_view timestamp);
std::string to_timestamp(SqlDialect dialect, std::string_view micros);

std::string cast(SqlDialect dialect, std::string_view text, ScalarType type);

/// The double, or null where it is NaN or infinite; −0.0 becomes 0.0. `name` is repeated: give a column.
std::string finite(SqlDialect dialect, std::string_view name);

/// The integer, or null where it is past 64 bits. `name` is repeated.
std::string within_int64(SqlDialect dialect, std::string_view name);

/// The sum of doubles, with compensation where the dialect has such a sum; of integers, exact.
std::string sum_of_doubles(SqlDialect dialect, std::string_view text);
std::string sum_of_integers(SqlDialect dialect, std::string_view text);

/// An array of the values in the rows where `condition` is true, in order; null when there are none.
std::string array_of(SqlDialect dialect, const std::string& value, const std::string& condition,
                     const std::string& order);
/// An array of the given elements.
std::string array_literal(SqlDialect dialect, const std::vector<std::string>& elements);

/// The remainder with the sign of the divisor, a positive integer.
std::string floor_modulo(SqlDialect dialect, std::string_view dividend, int64_t divisor);

}  // namespace headrace::sql
