#include "explain/key_events.h"

#include "engine/rows/identity_columns.h"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace headrace {
namespace {

/// Whether a key column holds the value. REQUIRES: no null there, and the value has the column's type.
bool holds(const Column& column, int64_t row, const Value& value) {
  switch (column.type.scalar) {
    case ScalarType::kBool: return column.bool_at(row) == std::get<bool>(value.data);
    case ScalarType::kInt64: return column.int64s()[row] == std::get<int64_t>(value.data);
    case ScalarType::kTimestamp: return column.int64s()[row] == std::get<EventTime>(value.data).us;
    case ScalarType::kString: return column.string_at(row) == std::get<std::string>(value.data);
    case ScalarType::kNull:
    case ScalarType::kDouble:
    case ScalarType::kDuration: return false;
  }
  return false;
}

/// Brings the events into order, with the rows that say which of them count.
void sort_and_settle(std::vector<KeyEvent>& events, std::vector<IdentifiedRow>& rows, bool is_first_kept,
                     bool has_arrival) {
  std::vector<size_t> order(events.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const auto place = [&](const KeyEvent& event) {
      const int64_t column = has_arrival ? event.arrival : 0;
      return std::tuple(event.time.us, column, event.tie_order, event.arrival);
    };
    return place(events[a]) < place(events[b]);
  });
  std::vector<KeyEvent> sorted;
  std::vector<IdentifiedRow> sorted_rows;
  for (const size_t i : order) {
    sorted.push_back(std::move(events[i]));
    if (!rows.empty()) sorted_rows.push_back(rows[i]);
  }
  events = std::move(sorted);
  const std::vector<RowFate> fates = row_fates(sorted_rows, is_first_kept);
  for (size_t i = 0; i < fates.size(); ++i) events[i].fate = fates[i];
}

}  // namespace

Result<KeyEvents> read_key_events(Source& source, const SourceRequest& request, const std::vector<Value>& key,
                                  bool is_first_kept) {
  const size_t first_value = request.first_value_column();
  std::vector<IdentifiedRow> rows;
  KeyEvents found;
  found.columns.assign(request.columns.begin() + static_cast<int64_t>(first_value), request.columns.end());
  int64_t rows_before = 0;
  const auto take = [&](const Batch& batch) -> Status {
    IdentityColumns identity;
    if (request.has_id) {
      ASSIGN_OR_RETURN(identity, IdentityColumns::of(request, batch));
    }
    for (int64_t row = 0; row < batch.rows; ++row) {
      bool is_of_key = true;
      for (size_t i = 0; i < key.size() && is_of_key; ++i) is_of_key = holds(batch.columns[i], row, key[i]);
      if (!is_of_key) continue;
      KeyEvent event;
      event.time = {batch.columns[request.key_count].int64s()[row]};
      event.arrival =
          request.has_arrival ? batch.columns[request.arrival_column()].int64s()[row] : rows_before + row + 1;
      const size_t tie_orders = request.tie_order_column();
      if (batch.columns.size() > tie_orders) event.tie_order = batch.columns[tie_orders].int64s()[row];
      for (size_t i = first_value; i < request.columns.size(); ++i)
        event.columns.push_back(batch.columns[i].value_at(row));
      found.events.push_back(std::move(event));
      if (request.has_id) rows.push_back({found.events.back().time.us, 0, identity.id(row), identity.is_deleted(row)});
    }
    rows_before += batch.rows;
    return {};
  };
  for (size_t unit = 0; unit < source.units().size(); ++unit) RETURN_IF_ERROR(source.read(unit, take));
  sort_and_settle(found.events, rows, is_first_kept, request.has_arrival);
  return found;
}

}  // namespace headrace
