#include "session/live/rows_by_arrival.h"

#include "base/check.h"

#include <algorithm>
#include <numeric>

namespace headrace {
namespace {

bool have_one_form(const Batch& a, const Batch& b) {
  if (a.columns.size() != b.columns.size()) return false;
  for (size_t i = 0; i < a.columns.size(); ++i) {
    if (a.columns[i].type != b.columns[i].type) return false;
  }
  return true;
}

/// Appends one cell of a column.
void append_cell(ColumnBuilder& builder, const Column& column, int64_t row) {
  if (!column.is_valid(row)) return builder.append_null();
  switch (column.type.scalar) {
    case ScalarType::kInt64:
    case ScalarType::kTimestamp:
    case ScalarType::kDuration: return builder.append_int64(column.int64s()[row]);
    case ScalarType::kDouble: return builder.append_double(column.doubles()[row]);
    case ScalarType::kBool: return builder.append_bool(column.bool_at(row));
    case ScalarType::kString: return builder.append_string(column.string_at(row));
    case ScalarType::kNull: return builder.append_null();
  }
}

}  // namespace

RowsByArrival::RowsByArrival(Source& source, const SourceRequest& request) : source_(source), request_(request) {
  for (size_t unit = source.units().size(); unit-- > 0;) units_.push_back(unit);
  if (request_.has_arrival) return;
  const auto begin = [&](size_t unit) {
    const auto& time = source_.units()[unit].time_min;
    return time ? time->us : kTimeMin;
  };
  std::stable_sort(units_.begin(), units_.end(), [&](size_t a, size_t b) { return begin(a) > begin(b); });
}

/// Reads every unit that may have a row before the next one.
Status RowsByArrival::load_due_units() {
  while (!units_.empty()) {
    const auto& begin = source_.units()[units_.back()].time_min;
    const bool is_later = !request_.has_arrival && begin && !heads_.empty() && begin->us > heads_.top().key;
    if (is_later) return {};
    const size_t unit = units_.back();
    units_.pop_back();
    RETURN_IF_ERROR(source_.read(unit, [&](const Batch& batch) -> Status {
      if (batch.rows > 0) hold(batch, unit);
      return {};
    }));
  }
  return {};
}

int64_t RowsByArrival::tie_of(const Batch& batch, uint32_t row) const {
  const size_t column = request_.tie_order_column();
  return request_.has_arrival || batch.columns.size() <= column ? 0 : batch.columns[column].int64s()[row];
}

void RowsByArrival::hold(Batch batch, size_t unit) {
  auto held = std::make_unique<Held>();
  held->batch = std::move(batch);
  held->unit = unit;
  const size_t column = request_.has_arrival ? request_.arrival_column() : request_.time_column();
  const int64_t* keys = held->batch.columns[column].int64s();
  held->order.resize(static_cast<size_t>(held->batch.rows));
  std::iota(held->order.begin(), held->order.end(), 0u);
  std::stable_sort(held->order.begin(), held->order.end(), [&](uint32_t a, uint32_t b) {
    return std::pair(keys[a], tie_of(held->batch, a)) < std::pair(keys[b], tie_of(held->batch, b));
  });
  for (uint32_t row : held->order) held->keys.push_back(keys[row]);
  held_.push_back(std::move(held));
  heads_.push(head_of(held_.size() - 1));
}

RowsByArrival::Head RowsByArrival::head_of(size_t held) const {
  const Held& of = *held_[held];
  return {of.keys[of.next], tie_of(of.batch, of.order[of.next]), of.unit, held};
}

RowsByArrival::Row RowsByArrival::next_row() const {
  const Held& held = *held_[heads_.top().held];
  return {&held.batch, held.order[held.next]};
}

void RowsByArrival::step() {
  const size_t place = heads_.top().held;
  heads_.pop();
  if (++held_[place]->next < held_[place]->order.size()) {
    heads_.push(head_of(place));
  } else {
    finished_.push_back(std::move(held_[place]));
  }
}

Result<int64_t> RowsByArrival::next_due() {
  RETURN_IF_ERROR(load_due_units());
  return heads_.empty() ? kTimeMax : std::max(newest_, event_time(next_row()));
}

Result<Batch> RowsByArrival::take(int64_t until, size_t rows_max) {
  finished_.clear();
  std::vector<Row> rows;
  while (rows.size() < rows_max) {
    ASSIGN_OR_RETURN(const int64_t due, next_due());
    if (due > until || due == kTimeMax) break;
    const Row row = next_row();
    if (!rows.empty() && !have_one_form(*rows.front().batch, *row.batch)) break;
    newest_ = due;
    rows.push_back(row);
    step();
  }
  CHECK(!rows.empty());

  Batch batch;
  batch.rows = static_cast<int64_t>(rows.size());
  for (size_t column = 0; column < rows.front().batch->columns.size(); ++column) {
    ColumnBuilder builder(rows.front().batch->columns[column].type);
    for (const Row& row : rows) append_cell(builder, row.batch->columns[column], row.row);
    batch.columns.push_back(std::move(builder).finish());
  }
  return batch;
}

}  // namespace headrace
