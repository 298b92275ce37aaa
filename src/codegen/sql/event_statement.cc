// Events of a feature's statement: the rows of a source that count, and the instants at which values are asked.
#include "codegen/sql/feature_statement.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace headrace::sql {

std::vector<std::string> FeatureStatement::arrival_columns(size_t source) const {
  if (!is_ordered(source)) return {};
  const PlanSource& definition = plan_.sources[source];
  if (definition.arrival) return {own("arrival")};
  return {own("arrival_file"), own("arrival_row")};
}

std::string FeatureStatement::event_column(const PlanSource& source, const std::string& name, ScalarType type) const {
  const std::string column = names_.column(name);
  const std::string as = column_of({Reference::Kind::kColumn, source.name, name});
  switch (type) {
    case ScalarType::kDouble: return fmt::format("{} AS {}", finite(dialect_, column), as);
    case ScalarType::kTimestamp: return fmt::format("{} AS {}", to_micros(dialect_, column), as);
    case ScalarType::kNull:
    case ScalarType::kBool:
    case ScalarType::kInt64:
    case ScalarType::kString:
    case ScalarType::kDuration: break;
  }
  return aliased(column, as);
}

std::string FeatureStatement::add_events(size_t source) {
  const auto found = events_.find(source);
  if (found != events_.end()) return found->second;

  const PlanSource& definition = plan_.sources[source];
  const std::string time = names_.column(definition.event_time);
  Select select;
  select.columns = keys(definition.entity);
  select.columns.push_back(fmt::format("{} AS {}", to_micros(dialect_, time), own("seen_us")));

  for (const Reference& reference : columns_) {
    if (reference.kind != Reference::Kind::kColumn || reference.source != definition.name) continue;
    const auto column =
        std::find_if(definition.columns.begin(), definition.columns.end(),
                     [&](const ColumnDefinition& candidate) { return candidate.name == reference.name; });
    select.columns.push_back(event_column(definition, column->name, column->type));
  }

  if (is_ordered(source)) {
    if (definition.arrival) {
      select.columns.push_back(aliased(names_.column(*definition.arrival), own("arrival")));
    } else {
      for (const std::string& column : arrival_columns(source)) select.columns.push_back(column);
    }
  }

  // Rows without a key or a time belong to no instant.
  select.from = names_.source_table(definition.name);
  for (const std::string& key : keys(definition.entity)) select.where += key + " IS NOT NULL AND ";
  select.where += time + " IS NOT NULL";
  if (definition.identity) return events_[source] = add_counting_events(source, std::move(select));
  const std::string name = unique_table(definition.name + "_events");
  with_.add(name, select);
  events_[source] = name;
  return name;
}

std::string FeatureStatement::add_counting_events(size_t source, Select select) {
  const PlanSource& definition = plan_.sources[source];
  const std::string id = own("event_id"), deleted = own("is_deleted"), rank = own("row_of_event");

  // An id is compared by its text: 7 in one file and '7' in another are the same.
  Select rows = select;
  const std::string text = column_type(dialect_, ScalarType::kString);
  rows.columns.push_back(fmt::format("CAST({} AS {}) AS {}", names_.column(definition.identity->id), text, id));
  if (definition.identity->deleted)
    rows.columns.push_back(aliased(names_.column(*definition.identity->deleted), deleted));
  const std::string rows_name = unique_table(definition.name + "_rows");
  with_.add(rows_name, rows);

  // The row that stands for an event has rank 1; a null id is nobody's.
  std::vector<std::string> event = keys(definition.entity);
  event.insert(event.end(), {own("seen_us"), id});
  std::vector<std::string> order = arrival_columns(source);
  for (std::string& column : order) column += definition.identity->is_first_kept ? "" : " DESC";
  Select ranked;
  ranked.columns = {
      "*", fmt::format("CASE WHEN {} IS NULL THEN 1 ELSE ROW_NUMBER() OVER (PARTITION BY {} ORDER BY {}) END AS {}", id,
                       fmt::join(event, ", "), fmt::join(order, ", "), rank)};
  ranked.from = rows_name;
  const std::string ranked_name = unique_table(definition.name + "_ranked");
  with_.add(ranked_name, ranked);

  Select counting;
  counting.columns = {"*"};
  counting.from = ranked_name;
  counting.where = rank + " = 1";
  if (definition.identity->deleted) counting.where += fmt::format(" AND NOT COALESCE({}, FALSE)", deleted);
  const std::string name = unique_table(definition.name + "_events");
  with_.add(name, counting);
  return name;
}

Instants FeatureStatement::add_event_instants(const std::vector<size_t>& sources) {
  const size_t entity = plan_.sources[sources[0]].entity;
  std::string body;
  for (const size_t source : sources) {
    Select select;
    select.is_distinct = sources.size() == 1;
    select.columns = keys(entity);
    select.columns.push_back(fmt::format("{} AS {}", own("seen_us"), own("event_us")));
    select.from = add_events(source);
    if (!body.empty()) body += dialect_ == SqlDialect::kBigQuery ? "\n  UNION DISTINCT\n" : "\n  UNION\n";
    body += to_text(select, 2);
  }
  const std::string name = unique_table("spine");
  with_.add(name, body);
  if (sources.size() == 1) instants_of_[sources[0]] = name;
  return {name, entity, "", {sources.begin(), sources.end()}};
}

Instants FeatureStatement::add_observed_instants(size_t entity) {
  Select select;
  select.is_distinct = true;
  select.columns = keys(entity);
  select.columns.push_back(fmt::format("{} AS {}", to_micros(dialect_, "event_time"), own("event_us")));
  select.from = names_.observations_table();
  for (const std::string& key : keys(entity)) select.where += key + " IS NOT NULL AND ";
  select.where += "event_time IS NOT NULL";
  const std::string name = unique_table("spine");
  with_.add(name, select);
  return {name, entity, "", {}};
}

std::string FeatureStatement::add_instants_of(size_t source) {
  const auto found = instants_of_.find(source);
  if (found != instants_of_.end()) return found->second;
  const PlanSource& definition = plan_.sources[source];
  Select select;
  select.is_distinct = true;
  select.columns = keys(definition.entity);
  select.columns.push_back(fmt::format("{} AS {}", own("seen_us"), own("event_us")));
  select.from = add_events(source);
  const std::string name = unique_table(definition.name + "_instants");
  with_.add(name, select);
  instants_of_[source] = name;
  return name;
}

}  // namespace headrace::sql
