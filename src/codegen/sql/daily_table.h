#pragma once

/// A table that is kept day by day, and the statements that bring days of it up to date. Private to codegen/sql.

#include "codegen/sql/instant_bounds.h"
#include "codegen/sql/select_text.h"
#include "codegen/sql/sql_names.h"

#include <string>
#include <utility>
#include <vector>

namespace headrace::sql {

struct DailyTable {
  std::string name;    // as SQL names it
  std::string label;   // as a text names it
  std::string layout;  // clauses of CREATE TABLE
  std::string meaning;
  std::vector<std::string> keys;
  std::vector<std::pair<std::string, std::string>> columns;  // all, with keys and event_time: name, type
};

/// Makes the table where it is not there, and fails where its rows have another meaning.
std::string table_for_days(SqlDialect dialect, const SqlNames& names, const DailyTable& table);

/// One statement, so that nobody sees days without rows: those within the bounds go, those of the query come.
/// REQUIRES: the query has the table's columns, and keys and event_time of a row are no other's.
std::string replaced_days(SqlDialect dialect, const SqlNames& names, const DailyTable& table,
                          const InstantBounds& bounds, const With& with, Select query);

}  // namespace headrace::sql
