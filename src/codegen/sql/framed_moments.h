#pragma once

/// Variances, covariances and correlations over frames, in DuckDB. Private to codegen/sql.
///
/// DuckDB keeps their moments around the mean and merges them, which loses digits where values differ by little of what
/// they are, and stops where squares leave the doubles. Such windows are looked at again event by event.

#include "codegen/sql/framing.h"

namespace headrace::sql {

Framing framed_spread(const WindowRows& rows, const WindowSpec& window);
Framing framed_pair(const WindowRows& rows, const WindowSpec& window);

}  // namespace headrace::sql
