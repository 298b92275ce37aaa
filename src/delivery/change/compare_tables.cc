#include "delivery/change/compare_tables.h"

#include "base/hash.h"
#include "delivery/change/change_json.h"
#include "delivery/change/change_text.h"
#include "delivery/change/sampled_source.h"
#include "io/observations/observations_reader.h"
#include "io/offline/offline_store.h"
#include "io/remote/object_store.h"
#include "session/project/project_files.h"
#include "session/running/event_watch.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace headrace {
namespace {

constexpr size_t kRowsInOneShown = 5;
constexpr int64_t kPairedRows = 65'536;

/// Where the rows of a table are and how they are to be read.
struct TablePlace {
  std::vector<std::string> files;
  std::vector<std::string> keys;  // empty: the columns before the time
  std::string time;
};

/// A table in memory, in order of time and key.
struct ReadTable {
  std::vector<std::string> key_names;
  std::vector<std::string> value_names;
  Batch rows;  // keys, time, values
  std::vector<std::string> key_texts;
  std::vector<int64_t> order;

  int64_t time_at(int64_t row) const { return rows.columns[key_names.size()].int64s()[row]; }
  std::pair<int64_t, std::string_view> place_at(size_t at) const {
    return {time_at(order[at]), key_texts[static_cast<size_t>(order[at])]};
  }
};

/// Whether the key is in a sample; of its text, so that files that hold keys in other types agree.
bool is_in_sample(const std::string& key, double sample) {
  if (sample >= 1.0) return true;
  return std::ldexp(static_cast<double>(mix64(hash_bytes(key))), -64) < sample;
}

Status choose_columns(const ObservationTable& file, const TablePlace& place, ReadTable& table) {
  const std::vector<std::string>& names = file.column_names();
  const auto time = std::find(names.begin(), names.end(), place.time);
  if (time == names.end()) {
    return Error::data(fmt::format("{} has no column `{}`", file.path(), place.time))
        .with_help("a table of features has key columns, the time, and values");
  }
  table.key_names = place.keys.empty() ? std::vector<std::string>(names.begin(), time) : place.keys;
  for (const std::string& key : table.key_names) {
    if (!file.has_column(key)) return Error::data(fmt::format("{} has no column `{}`", file.path(), key));
  }
  if (table.key_names.empty()) return Error::data(fmt::format("{} has no key column before its time", file.path()));

  // Between named keys and the time everything else is a value.
  for (const std::string& name : names) {
    const bool is_key = std::find(table.key_names.begin(), table.key_names.end(), name) != table.key_names.end();
    if (!is_key && name != place.time) table.value_names.push_back(name);
  }
  return {};
}

Result<Batch> read_file(const ObservationTable& file, const TablePlace& place, const ReadTable& table) {
  Batch rows;
  rows.rows = file.rows();
  for (const std::string& key : table.key_names) {
    ASSIGN_OR_RETURN(Column column, file.key_column(key, ScalarType::kNull));
    rows.columns.push_back(std::move(column));
  }
  ASSIGN_OR_RETURN(Column times, file.time_column(place.time, std::nullopt));
  for (int64_t row = 0; row < times.length; ++row) {
    if (!times.is_valid(row)) return Error::data(fmt::format("{}: row {} has no time", file.path(), row + 1));
  }
  rows.columns.push_back(std::move(times));
  for (const std::string& name : table.value_names) {
    ASSIGN_OR_RETURN(Column column, file.value_column(name));
    rows.columns.push_back(std::move(column));
  }
  return rows;
}

/// Brings the files' rows together. REQUIRES: the batches have the same columns.
Result<Batch> put_together(const std::vector<Batch>& parts, const TablePlace& place) {
  if (parts.size() == 1) return parts.front();
  Batch whole;
  for (size_t column = 0; column < parts.front().columns.size(); ++column) {
    ColumnBuilder builder(parts.front().columns[column].type);
    for (size_t i = 0; i < parts.size(); ++i) {
      const Column& part = parts[i].columns[column];
      if (part.type != parts.front().columns[column].type) {
        return Error::data(fmt::format("{} has another type of column than {}", place.files[i], place.files.front()));
      }
      for (int64_t row = 0; row < part.length; ++row) builder.append(part.value_at(row));
    }
    whole.columns.push_back(std::move(builder).finish());
  }
  for (const Batch& part : parts) whole.rows += part.rows;
  return whole;
}

Result<ReadTable> read_table(const TablePlace& place, double sample) {
  ReadTable table;
  std::vector<Batch> parts;
  for (const std::string& path : place.files) {
    ASSIGN_OR_RETURN(const ObservationTable file, read_observations(path, {}));
    if (parts.empty()) RETURN_IF_ERROR(choose_columns(file, place, table));
    ASSIGN_OR_RETURN(Batch rows, read_file(file, place, table));
    parts.push_back(std::move(rows));
  }
  if (parts.empty()) return table;
  ASSIGN_OR_RETURN(table.rows, put_together(parts, place));

  const std::vector<Column> keys(table.rows.columns.begin(),
                                 table.rows.columns.begin() + static_cast<ptrdiff_t>(table.key_names.size()));
  for (int64_t row = 0; row < table.rows.rows; ++row) {
    table.key_texts.push_back(key_text(keys, row));
    if (is_in_sample(table.key_texts.back(), sample)) table.order.push_back(row);
  }
  std::stable_sort(table.order.begin(), table.order.end(), [&](int64_t a, int64_t b) {
    return std::pair(table.time_at(a), std::string_view(table.key_texts[static_cast<size_t>(a)])) <
           std::pair(table.time_at(b), std::string_view(table.key_texts[static_cast<size_t>(b)]));
  });
  return table;
}

/// Numbers of both types are compared as doubles.
Column as_doubles(const Column& column) {
  if (column.type != Type{ScalarType::kInt64}) return column;
  std::vector<double> values;
  std::vector<uint8_t> valid;
  for (int64_t row = 0; row < column.length; ++row) {
    values.push_back(column.is_valid(row) ? static_cast<double>(column.int64s()[row]) : 0.0);
    valid.push_back(column.is_valid(row) ? 1 : 0);
  }
  return make_column(std::move(values), valid);
}

bool are_numbers(const Type& a, const Type& b) {
  const auto is_number = [](const Type& type) {
    return type == Type{ScalarType::kInt64} || type == Type{ScalarType::kDouble};
  };
  return is_number(a) && is_number(b);
}

/// Compares two tables of one key.
class TableComparison {
 public:
  TableComparison(const ReadTable& before, const ReadTable& now, double tolerance)
      : before_(before), now_(now), segments_(now.key_names), tolerance_(tolerance) {}

  Result<TableDifference> run();

 private:
  Status choose_pairs();
  void add_row_in_one(const ReadTable& table, size_t at, std::string_view where);
  void compare_paired();

  const ReadTable& before_;
  const ReadTable& now_;
  RowSegments segments_;
  double tolerance_;
  std::vector<std::pair<size_t, size_t>> columns_;  // of the batches, before and now
  std::vector<PairComparison> comparisons_;
  std::vector<int64_t> paired_before_, paired_now_;
  TableDifference difference_;
};

Status TableComparison::choose_pairs() {
  const auto place_of = [](const std::vector<std::string>& names, const std::string& name) {
    return static_cast<size_t>(std::find(names.begin(), names.end(), name) - names.begin());
  };
  for (size_t i = 0; i < now_.value_names.size(); ++i) {
    const std::string& name = now_.value_names[i];
    const size_t was = place_of(before_.value_names, name);
    if (was == before_.value_names.size()) {
      difference_.columns_now_only.push_back(name);
      continue;
    }
    const std::pair columns(before_.key_names.size() + 1 + was, now_.key_names.size() + 1 + i);
    const Type type_before = before_.rows.columns[columns.first].type;
    const Type type_now = now_.rows.columns[columns.second].type;
    if (type_before != type_now && !are_numbers(type_before, type_now)) {
      return Error::data(fmt::format("`{}` is {} now and was {}: such values cannot be compared", name,
                                     with_article(type_now), with_article(type_before)));
    }
    columns_.push_back(columns);
    comparisons_.emplace_back(name, segments_, tolerance_);
  }

  for (const std::string& name : before_.value_names) {
    if (place_of(now_.value_names, name) == now_.value_names.size()) difference_.columns_before_only.push_back(name);
  }
  return {};
}

void TableComparison::add_row_in_one(const ReadTable& table, size_t at, std::string_view where) {
  if (difference_.rows_in_one.size() >= kRowsInOneShown) return;
  const auto [time, key] = table.place_at(at);
  difference_.rows_in_one.push_back(fmt::format("{} at {}, {}", key, to_string(EventTime{time}), where));
}

void TableComparison::compare_paired() {
  const Batch before = rows_of(before_.rows, paired_before_);
  const Batch now = rows_of(now_.rows, paired_now_);
  const std::vector<Column> keys(now.columns.begin(),
                                 now.columns.begin() + static_cast<ptrdiff_t>(now_.key_names.size()));
  const Column& times = now.columns[now_.key_names.size()];
  const auto places = segments_.add(keys, times);
  for (size_t i = 0; i < columns_.size(); ++i) {
    const Column& was = before.columns[columns_[i].first];
    const Column& is = now.columns[columns_[i].second];
    const bool are_alike = was.type == is.type;
    comparisons_[i].add(are_alike ? was : as_doubles(was), are_alike ? is : as_doubles(is), places);
  }

  ValueReport& values = difference_.values;
  values.rows += now.rows;
  for (const RowSegments::Row& place : places) {
    if (!values.start) values.start = place.time;
    values.end = place.time;
  }
  paired_before_.clear();
  paired_now_.clear();
}

Result<TableDifference> TableComparison::run() {
  RETURN_IF_ERROR(choose_pairs());
  difference_.rows_before = static_cast<int64_t>(before_.order.size());
  difference_.rows_now = static_cast<int64_t>(now_.order.size());
  size_t was = 0;
  size_t is = 0;
  while (was < before_.order.size() || is < now_.order.size()) {
    const bool is_before =
        is == now_.order.size() || (was < before_.order.size() && before_.place_at(was) < now_.place_at(is));
    const bool is_now = !is_before && (was == before_.order.size() || now_.place_at(is) < before_.place_at(was));
    if (is_before) {
      ++difference_.before_only;
      add_row_in_one(before_, was++, "before only");
    } else if (is_now) {
      ++difference_.now_only;
      add_row_in_one(now_, is++, "now only");
    } else {
      paired_before_.push_back(before_.order[was++]);
      paired_now_.push_back(now_.order[is++]);
      if (static_cast<int64_t>(paired_now_.size()) == kPairedRows) compare_paired();
    }
  }
  if (!paired_now_.empty()) compare_paired();
  for (PairComparison& each : comparisons_) difference_.values.features.push_back(each.finish());
  return std::move(difference_);
}

Result<bool> is_store(const std::string& path) {
  return file_system_of(path).exists(path_below(path, "manifest.json"));
}

TablePlace place_of(const std::string& folder, const ManifestEntity& entity) {
  TablePlace place;
  for (const ManifestPartition& each : entity.partitions) place.files.push_back(path_below(folder, each.file));
  for (const ManifestKey& key : entity.keys) place.keys.push_back(key.name);
  place.time = "event_time";
  return place;
}

Result<TableDifference> compare_places(const TablePlace& before, const TablePlace& now, const CompareTables& request) {
  ASSIGN_OR_RETURN(const ReadTable table_before, read_table(before, request.sample));
  ASSIGN_OR_RETURN(const ReadTable table_now, read_table(now, request.sample));
  ASSIGN_OR_RETURN(TableDifference difference, TableComparison(table_before, table_now, request.tolerance).run());
  difference.values.sample = request.sample;
  return difference;
}

Result<TablesReport> compare_stores(const CompareTables& request) {
  ASSIGN_OR_RETURN(const Manifest before, load_manifest(file_system_of(request.before), request.before));
  ASSIGN_OR_RETURN(const Manifest now, load_manifest(file_system_of(request.now), request.now));
  TablesReport report{request.before, request.now, {}, {}, {}};
  for (const ManifestEntity& entity : now.entities) {
    const ManifestEntity* const was = before.find_entity(entity.name);
    if (was == nullptr) {
      report.tables_now_only.push_back(entity.name);
      continue;
    }
    ASSIGN_OR_RETURN(TableDifference difference,
                     compare_places(place_of(request.before, *was), place_of(request.now, entity), request));
    difference.table = entity.name;
    report.tables.push_back(std::move(difference));
  }
  for (const ManifestEntity& entity : before.entities) {
    if (now.find_entity(entity.name) == nullptr) report.tables_before_only.push_back(entity.name);
  }
  return report;
}

}  // namespace

bool TableDifference::is_equal() const {
  return before_only == 0 && now_only == 0 && columns_before_only.empty() && columns_now_only.empty() &&
         std::ranges::all_of(values.features, [](const ValueDifference& each) { return each.differing == 0; });
}

bool TablesReport::is_equal() const {
  return tables_before_only.empty() && tables_now_only.empty() &&
         std::ranges::all_of(tables, [](const TableDifference& each) { return each.is_equal(); });
}

Result<TablesReport> compare_tables(const CompareTables& request) {
  ASSIGN_OR_RETURN(const bool is_store_before, is_store(request.before));
  ASSIGN_OR_RETURN(const bool is_store_now, is_store(request.now));
  if (is_store_before != is_store_now) {
    return Error::usage("one is an offline store, the other is not")
        .with_help("name two stores, or two files: those of a store lie in its folders by entity");
  }
  if (is_store_now) return compare_stores(request);
  ASSIGN_OR_RETURN(TableDifference difference, compare_places({{request.before}, request.keys, request.time},
                                                              {{request.now}, request.keys, request.time}, request));
  difference.table = request.now;
  return TablesReport{request.before, request.now, {std::move(difference)}, {}, {}};
}

std::string to_text(const TablesReport& report) {
  std::string out;
  for (const TableDifference& each : report.tables) {
    out += fmt::format("{}: {} rows now, {} before", each.table, each.rows_now, each.rows_before);
    if (each.before_only + each.now_only > 0) {
      out += fmt::format("; {} in the one before only, {} in the one now only", each.before_only, each.now_only);
    }
    out += "\n";
    for (const std::string& row : each.rows_in_one) out += "  " + row + "\n";
    if (!each.columns_before_only.empty())
      out += fmt::format("  columns before only: {}\n", fmt::join(each.columns_before_only, ", "));
    if (!each.columns_now_only.empty())
      out += fmt::format("  columns now only: {}\n", fmt::join(each.columns_now_only, ", "));
    out += to_text(each.values);
  }
  if (!report.tables_before_only.empty())
    out += fmt::format("before only: {}\n", fmt::join(report.tables_before_only, ", "));
  if (!report.tables_now_only.empty()) out += fmt::format("now only: {}\n", fmt::join(report.tables_now_only, ", "));
  return out + (report.is_equal() ? "equal\n" : "");
}

std::string to_json(const TablesReport& report) { return json_document(report); }

}  // namespace headrace
