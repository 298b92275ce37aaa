#pragma once

/// The stretch of time whose rows a statement gives, said by whoever runs it: from `start` on and before `end`. Private to
/// codegen/sql.
///
/// Bounds stand beside the time column as constants of the run, so that a warehouse leaves out the days before them. A
/// source is read from as far before `start` as windows reach back, its halo.
///
///   BigQuery    @start, @end                        query parameters, TIMESTAMP
///   Snowflake   $headrace_start, $headrace_end      session variables
///   DuckDB      headrace_start, headrace_end        variables of the session

#include "codegen/sql/reach.h"
#include "codegen/sql/sql.h"

#include <string>

namespace headrace::sql {

class InstantBounds {
 public:
  InstantBounds(SqlDialect dialect, Reach reach) : dialect_(dialect), reach_(std::move(reach)) {}

  /// Conditions on a timestamp column: of the rows to give; of the events of a source that they follow from.
  std::string rows(const std::string& time) const;
  std::string events(size_t source, const std::string& time) const;
  /// On an instant in microseconds.
  std::string instants(const std::string& micros) const;

  /// A statement that fails where they are not given, or not in order.
  std::string check() const;
  /// How they are given: "`@start` and `@end`, parameters of type TIMESTAMP".
  std::string usage() const;
  /// "from @start less 7d on", "from its beginning".
  std::string since(size_t source) const;

 private:
  std::string start() const;
  std::string end() const;
  std::string start_less(int64_t us) const;
  std::optional<int64_t> reach(size_t source) const;

  SqlDialect dialect_;
  Reach reach_;
};

/// An expression that is true where the condition is, else ends the statement with the message. `seen` is a column or
/// an aggregate whose value is not known before the statement runs.
std::string true_or_error(SqlDialect dialect, const std::string& condition, std::string_view message,
                          const std::string& seen);

}  // namespace headrace::sql
