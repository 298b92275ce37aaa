#pragma once

/// Variance, skewness, kurtosis, covariance and correlation. Private to codegen/sql; see aggregation_sql.h.

#include "codegen/sql/aggregation_sql.h"

namespace headrace::sql {

AggregationSql moments(const WindowRows& rows);
AggregationSql pair_moments(const WindowRows& rows);

/// In DuckDB, windows whose third moment cancels are computed again with twice the digits.
void add_exact_skewness(const WindowRows& rows, AggregationSql& out);

/// high - low, of columns; of integers null past 64 bits.
std::string difference(SqlDialect dialect, const std::string& high, const std::string& low, ScalarType type);

}  // namespace headrace::sql
