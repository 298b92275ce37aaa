#include "explain/key_events.h"

#include <algorithm>
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

}  // namespace

Result<KeyEvents> read_key_events(Source& source, const SourceRequest& request, const std::vector<Value>& key) {
  const size_t first_value = request.key_count + (request.has_arrival ? 2 : 1);
  KeyEvents found;
  found.columns.assign(request.columns.begin() + static_cast<int64_t>(first_value), request.columns.end());
  int64_t rows_before = 0;
  const auto take = [&](const Batch& batch) -> Status {
    for (int64_t row = 0; row < batch.rows; ++row) {
      bool is_of_key = true;
      for (size_t i = 0; i < key.size() && is_of_key; ++i) is_of_key = holds(batch.columns[i], row, key[i]);
      if (!is_of_key) continue;
      KeyEvent event;
      event.time = {batch.columns[request.key_count].int64s()[row]};
      event.arrival = request.has_arrival ? batch.columns[request.key_count + 1].int64s()[row] : rows_before + row + 1;
      for (size_t i = first_value; i < batch.columns.size(); ++i)
        event.columns.push_back(batch.columns[i].value_at(row));
      found.events.push_back(std::move(event));
    }
    rows_before += batch.rows;
    return {};
  };
  for (size_t unit = 0; unit < source.units().size(); ++unit) RETURN_IF_ERROR(source.read(unit, take));
  std::stable_sort(found.events.begin(), found.events.end(), [](const KeyEvent& a, const KeyEvent& b) {
    return std::tuple(a.time.us, a.arrival) < std::tuple(b.time.us, b.arrival);
  });
  return found;
}

}  // namespace headrace
