#pragma once

/// Variance, skewness, kurtosis, covariance and correlation. Private to codegen/sql; see aggregation_sql.h.

#include "codegen/sql/aggregation_sql.h"

namespace headrace::sql {

AggregationSql moments(const WindowRows& rows);
AggregationSql pair_moments(const WindowRows& rows);

/// high - low, of columns; of integers null past 64 bits.
std::string difference(SqlDialect dialect, const std::string& high, const std::string& low, ScalarType type);

}  // namespace headrace::sql
