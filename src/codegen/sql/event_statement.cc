// Events of a feature's statement: the rows of a source that count, and the instants at which values are asked.
//
// Where a source has no order of arrival (BigQuery keeps rows in none), events of one key and time that a value depends on
// must be equal: the statement fails by the feature's name where they are not, at whichever row is met first.
#include "codegen/sql/feature_statement.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace headrace::sql {
namespace {

/// Bytes of a value as BigQuery counts what is read; a text has two and its own besides.
int64_t width_of(ScalarType type) {
  switch (type) {
    case ScalarType::kBool: return 1;
    case ScalarType::kNull:
    case ScalarType::kString: return 2;
    case ScalarType::kInt64:
    case ScalarType::kDouble:
    case ScalarType::kTimestamp:
    case ScalarType::kDuration: break;
  }
  return 8;
}

/// Whether the rows of a window have one value of the column, null being one too.
std::string is_one_value(const std::string& column, const std::string& window) {
  return fmt::format(
      "COUNT({0}) OVER {1} IN (0, COUNT(*) OVER {1}) AND COALESCE(MIN({0}) OVER {1} = MAX({0}) OVER {1}, TRUE)", column,
      window);
}

}  // namespace

std::vector<std::string> FeatureStatement::arrival_columns(size_t source) const {
  if (!is_ordered(source)) return {};
  const PlanSource& definition = plan_.sources[source];
  if (definition.arrival) return {own("arrival")};
  if (lacks_order(source)) return {};
  return {own("arrival_file"), own("arrival_row")};
}

bool FeatureStatement::lacks_order(size_t source) const {
  return dialect_ == SqlDialect::kBigQuery && !plan_.sources[source].arrival;
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
  SourceRead& read = reads_[source];
  const auto count_read = [&](const std::string& name, ScalarType type) {
    read.bytes_of_row += width_of(type);
    if (type == ScalarType::kString || type == ScalarType::kNull) read.texts.push_back(name);
  };
  const PlanEntity& entity = plan_.entities[definition.entity];
  for (size_t i = 0; i < entity.keys.size(); ++i) count_read(entity.keys[i], entity.key_types[i]);
  count_read(definition.event_time, ScalarType::kTimestamp);
  Select select;
  select.columns = keys(definition.entity);
  select.columns.push_back(fmt::format("{} AS {}", to_micros(dialect_, time), own("seen_us")));

  std::vector<std::string> contents;
  for (const Reference& reference : columns_) {
    if (reference.kind != Reference::Kind::kColumn || reference.source != definition.name) continue;
    const auto column =
        std::find_if(definition.columns.begin(), definition.columns.end(),
                     [&](const ColumnDefinition& candidate) { return candidate.name == reference.name; });
    select.columns.push_back(event_column(definition, column->name, column->type));
    count_read(column->name, column->type);
    contents.push_back(column_of(reference));
  }

  if (is_ordered(source)) {
    if (definition.arrival) {
      select.columns.push_back(aliased(names_.column(*definition.arrival), own("arrival")));
      count_read(*definition.arrival, ScalarType::kInt64);
    } else {
      for (const std::string& column : arrival_columns(source)) select.columns.push_back(column);
    }
  }

  // Rows without a key or a time belong to no instant.
  select.from = names_.source_table(definition.name);
  for (const std::string& key : keys(definition.entity)) select.where += key + " IS NOT NULL AND ";
  select.where += time + " IS NOT NULL";
  if (event_bounds_ != nullptr) select.where += " AND " + event_bounds_->events(source, time);
  if (definition.identity) return events_[source] = add_counting_events(source, std::move(select), std::move(contents));
  const std::string name = unique_table(definition.name + "_events");
  with_.add(name, select);
  events_[source] = name;
  return name;
}

std::string FeatureStatement::add_counting_events(size_t source, Select select, std::vector<std::string> contents) {
  const PlanSource& definition = plan_.sources[source];
  const std::string id = own("event_id"), deleted = own("is_deleted"), rank = own("row_of_event");

  // An id is compared by its text: 7 in one file and '7' in another are the same.
  Select rows = select;
  const std::string text = column_type(dialect_, ScalarType::kString);
  SourceRead& read = reads_[source];
  read.bytes_of_row += width_of(definition.identity->id_type) + (definition.identity->deleted ? 1 : 0);
  if (width_of(definition.identity->id_type) == 2) read.texts.push_back(definition.identity->id);
  rows.columns.push_back(fmt::format("CAST({} AS {}) AS {}", names_.column(definition.identity->id), text, id));
  if (definition.identity->deleted) {
    rows.columns.push_back(aliased(names_.column(*definition.identity->deleted), deleted));
    contents.push_back(deleted);
  }
  const std::string rows_name = unique_table(definition.name + "_rows");
  with_.add(rows_name, rows);

  // The row that stands for an event has rank 1; a null id is nobody's.
  std::vector<std::string> event = keys(definition.entity);
  event.insert(event.end(), {own("seen_us"), id});
  std::vector<std::string> order = arrival_columns(source);
  for (std::string& column : order) column += definition.identity->is_first_kept ? "" : " DESC";
  Select ranked;
  if (lacks_order(source)) {
    ranked.columns = {"*", fmt::format("{} AS {}", rank_without_order(definition, contents, event), rank)};
  } else {
    ranked.columns = {
        "*", fmt::format("CASE WHEN {} IS NULL THEN 1 ELSE ROW_NUMBER() OVER (PARTITION BY {} ORDER BY {}) END AS {}",
                         id, fmt::join(event, ", "), fmt::join(order, ", "), rank)};
  }
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

std::string FeatureStatement::rank_without_order(const PlanSource& source, const std::vector<std::string>& contents,
                                                 const std::vector<std::string>& event) const {
  const std::string window = fmt::format("(PARTITION BY {})", fmt::join(event, ", "));
  std::string is_same;
  for (const std::string& column : contents) is_same += (is_same.empty() ? "" : " AND ") + is_one_value(column, window);
  const std::string message = fmt::format(
      "Rows of {} that are one event by their {} differ, and nothing says which came last: give the source an arrival "
      "column",
      source.name, source.identity->id);
  return fmt::format("CASE WHEN {} IS NULL THEN 1 WHEN {} THEN ROW_NUMBER() OVER {} ELSE {} END", own("event_id"),
                     is_same.empty() ? "TRUE" : is_same, window, error_call(message));
}

std::string FeatureStatement::error_call(const std::string& message) const {
  return fmt::format("ERROR({})", string_literal(dialect_, message));
}

std::string FeatureStatement::add_settled(const PlanFeature& feature, const std::string& name,
                                          const std::string& series) {
  const bool is_of_last = window_of(feature).kind == WindowSpec::Kind::kLast;
  const bool is_pair = series_of(feature).formulas.size() == 2;
  const std::string message = fmt::format(
      "{}: events of {} of one key and time have different values, and nothing says which came last: give the source "
      "an arrival column, or leave the feature out",
      feature.name, plan_.sources[series_of(feature).source].name);
  const std::string window =
      fmt::format("(PARTITION BY {}, {})", fmt::join(keys(feature.entity), ", "), own("seen_us"));

  // A null is a value of its own only where events are counted.
  const auto is_one = [&](const std::string& value) {
    return is_of_last ? is_one_value(value, window)
                      : fmt::format("COALESCE(MIN({0}) OVER {1} = MAX({0}) OVER {1}, TRUE)", value, window);
  };
  std::string is_settled = is_one(own("value"));
  if (is_pair) is_settled += " AND " + is_one(own("value_2"));

  Select select;
  select.columns = keys(feature.entity);
  select.columns.push_back(own("seen_us"));
  std::vector<std::string> values = {own("value")};
  if (is_pair) values.push_back(own("value_2"));
  for (const std::string& value : values)
    select.columns.push_back(
        fmt::format("CASE WHEN {0} THEN {1} ELSE {2} END AS {1}", is_settled, value, error_call(message)));
  select.from = series;
  const std::string table = unique_table(name + "_settled");
  with_.add(table, select);
  return table;
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
    if (instant_bounds_ != nullptr) select.where = instant_bounds_->instants(own("seen_us"));
    if (!body.empty()) body += dialect_ == SqlDialect::kBigQuery ? "\n  UNION DISTINCT\n" : "\n  UNION\n";
    body += to_text(select, 2);
  }
  const std::string name = unique_table("spine");
  with_.add(name, body);
  // Events before the bounds are in windows too: features that others use are asked for at all of them.
  if (sources.size() == 1 && instant_bounds_ == nullptr) instants_of_[sources[0]] = name;
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
  if (instant_bounds_ != nullptr) select.where += " AND " + instant_bounds_->rows("event_time");
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
