#pragma once

/// What a source's table is made of, for every dialect: its columns and where its files lie. Private to codegen/sql.

#include "codegen/sql/table_files.h"

#include <string>
#include <string_view>
#include <vector>

namespace headrace::sql {

struct SourceColumn {
  std::string name;  // as in the source
  std::string sql_name;
  ScalarType type = ScalarType::kString;
  bool is_declared = true;  // false: a key or an id whose type no source tells
};

/// The source with all columns that the plan reads, and those that its checks are about. Columns that cannot be named are left out,
/// with the features that read them.
std::vector<SourceColumn> source_columns(const TableInput& input, size_t source);

/// Whether the table holds the order of arrival in columns of its own.
bool has_arrival_columns(const TableInput& input, size_t source);

/// REQUIRES: the source has a location.
BatchLocation location_of(const PlanSource& source);

/// The glob of a location's files: a folder stands for the files of its format below it.
std::string glob_of(const BatchLocation& location);

bool is_tab_separated(std::string_view path);

}  // namespace headrace::sql
