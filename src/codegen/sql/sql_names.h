#pragma once

/// Names in a statement: the user's, quoted where the dialect needs it, and the generator's own, which give way to
/// them. Private to codegen/sql.

#include "codegen/sql/quoting.h"

#include <set>
#include <string>
#include <string_view>

namespace headrace::sql {

class SqlNames {
 public:
  SqlNames(const Plan& plan, SqlDialect dialect);

  /// A column of the user's (key, source column).
  std::string column(std::string_view name) const { return identifier(dialect_, name); }
  /// A column of the generator's own: `base`, with underscores appended while a key or source column has that name.
  std::string own(std::string_view base) const;
  /// The column in which a feature's value stands beside source columns.
  std::string feature_column(std::string_view feature) const;

  /// A source's table, the table of a feature's values, and the table of observations.
  std::string source_table(std::string_view source) const { return identifier(dialect_, source); }
  std::string feature_table(std::string_view feature) const;
  std::string entity_table(std::string_view entity) const;
  /// Of the features of an entity at the instants of the observations.
  std::string observed_table(std::string_view entity) const;
  std::string observations_table() const { return table("observations"); }
  /// A name for a common table expression, which no table has.
  std::string table(std::string_view base) const;

 private:
  SqlDialect dialect_;
  std::set<std::string> columns_;   // lower case: keys and source columns
  std::set<std::string> features_;  // lower case
  std::set<std::string> sources_;   // lower case
};

}  // namespace headrace::sql
