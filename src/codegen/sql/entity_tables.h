#pragma once

/// The tables of an entity's features, a row for each instant of an event of a source that drives one of them. For
/// codegen/sql, which writes statements that make them, and codegen/dbt, which writes models.

#include "codegen/generated_project.h"
#include "codegen/sql/feature_statement.h"
#include "codegen/sql/select_text.h"
#include "codegen/sql/sql_names.h"

#include <map>
#include <string>
#include <vector>

namespace headrace::sql {

struct EntityTable {
  std::string table;                   // as SQL names it
  std::string name;                    // as a file can be named: "features_of_pump", "features_of_pump_part_1"
  std::vector<size_t> features;        // of the plan, in the order of the columns
  std::vector<size_t> sources;         // of the plan, that the statement reads
  std::map<size_t, SourceRead> reads;  // what it reads of them
  std::vector<std::string> parts;      // names of the tables before this one that it reads
  bool is_part = false;                // joined by the entity's own
  With with;
  Select select;
};

/// Of which instants tables have rows.
enum class TableRows { kEvents, kObservations };

/// The tables in the order in which they are made; the last is the entity's. Of many features there are others before it,
/// each with all rows and some of the features, since dialects take long statements badly or not at all; a part reads what
/// its features use from the parts before it, so that all grow with the number of features. Of observations, the entity's
/// table of events is read where a window of a feature looks at values of another one.
///
/// With bounds the entity's table has the rows within them. Parts have one for each event that was read, since windows
/// look at what features were before; of those early ones not all values are right, and none of these is used.
/// REQUIRES: bounds go with events.
std::vector<EntityTable> entity_tables(const GeneratorInput& input, SqlDialect dialect, const SqlNames& names,
                                       size_t entity, const std::vector<size_t>& features,
                                       TableRows rows = TableRows::kEvents, const InstantBounds* bounds = nullptr);

/// The statements that make the parts, and those that drop them in the end.
struct PartStatements {
  std::string made;
  std::string dropped;
};
PartStatements part_statements(SqlDialect dialect, const std::vector<EntityTable>& tables);

/// The sources whose events' instants the rows of the entity's table are.
std::vector<size_t> driving_sources(const Plan& plan, const std::vector<size_t>& features);

/// The features to write, without those refused, by entity.
std::map<size_t, std::vector<size_t>> outputs_by_entity(const GeneratorInput& input,
                                                        const std::map<size_t, Refusal>& refused);

/// The depth of expressions that DuckDB has to be told to allow; 0: its own is enough.
size_t needed_depth(SqlDialect dialect, const With& with);

/// A statement that tells it so; empty where that is not needed.
std::string depth_setting(SqlDialect dialect, const With& with);

/// The value as a column of a table.
std::string out_value(const PlanFeature& feature, SqlDialect dialect, const std::string& value);

}  // namespace headrace::sql
