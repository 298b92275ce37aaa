#include "engine/rows/row_reader.h"

#include "base/check.h"
#include "engine/rows/identity_columns.h"
#include "engine/rows/vector_input.h"

#include <algorithm>
#include <cstring>

namespace headrace {

namespace {

/// Notes what each sub-expression of a source takes.
class RowNodeWatch : public NodeWatch {
 public:
  RowNodeWatch(WorkMeter meter, size_t source) : meter_(meter), source_(source) {}
  void node_done(size_t node) override { meter_.note_row_node(source_, node); }

 private:
  WorkMeter meter_;
  size_t source_;
};

}  // namespace

const Slot* key_slots(const Column& column, TextPool& texts, std::vector<Slot>& scratch) {
  const auto rows = static_cast<size_t>(column.length);
  if (column.type.scalar == ScalarType::kInt64 || column.type.scalar == ScalarType::kTimestamp) {
    return reinterpret_cast<const Slot*>(column.int64s());
  }
  scratch.resize(rows);
  for (size_t row = 0; row < rows; ++row) {
    const auto at = static_cast<int64_t>(row);
    scratch[row] = column.type.scalar == ScalarType::kString ? texts.intern(column.string_at(at)).bits()
                                                             : to_slot(column.bool_at(at));
  }
  return scratch.data();
}

Result<RowBlock> RowReader::read(size_t source, uint64_t order, const Batch& batch, RowScratch& scratch,
                                 std::span<const uint8_t> is_kept) {
  const SourceLayout& layout = layout_.sources[source];
  std::vector<ScalarType> key_types;
  for (size_t key = 0; key < layout.request.key_count; ++key) key_types.push_back(batch.columns[key].type.scalar);
  RETURN_IF_ERROR(keys_.agree_on_types(key_types, layout.request.source));

  RowBlock block;
  block.source = source;
  block.order = order;
  const auto rows = static_cast<size_t>(batch.rows);
  const Column& times = batch.columns[layout.request.key_count];
  block.times.assign(times.int64s(), times.int64s() + rows);
  if (layout.request.has_arrival) {
    const Column& arrivals = batch.columns[layout.request.arrival_column()];
    block.arrivals.assign(arrivals.int64s(), arrivals.int64s() + rows);
  }
  const size_t tie_orders = layout.request.tie_order_column();
  if (batch.columns.size() > tie_orders) {
    const int64_t* orders = batch.columns[tie_orders].int64s();
    for (size_t row = 0; row < rows; ++row) block.tie_orders.push_back(static_cast<int16_t>(orders[row]));
  }

  read_keys(layout, batch, block);
  if (layout.request.has_id) RETURN_IF_ERROR(read_identity(layout.request, batch, block));
  meter_.note_source(source, batch.rows);
  evaluate(source, batch, scratch, block);
  if (!is_kept.empty()) keep_rows(block, is_kept);
  keep_share(block, keys_.share());
  sort_block(block);
  meter_.note_source(source);
  return block;
}

void RowReader::read_keys(const SourceLayout& source, const Batch& batch, RowBlock& block) {
  const size_t columns = source.request.key_count;
  std::vector<std::vector<Slot>> scratch(columns);
  std::vector<const Slot*> slots(columns);
  for (size_t column = 0; column < columns; ++column)
    slots[column] = key_slots(batch.columns[column], texts_, scratch[column]);
  block.ids.resize(block.rows());
  keys_.resolve(slots, block.rows(), block.ids.data());
  rows_of_observed_keys_ =
      std::count_if(block.ids.begin(), block.ids.end(), [&](uint32_t id) { return id < observed_keys_; });
}

Status RowReader::read_identity(const SourceRequest& request, const Batch& batch, RowBlock& block) {
  ASSIGN_OR_RETURN(const IdentityColumns columns, IdentityColumns::of(request, batch));
  block.event_ids.reserve(block.rows());
  for (int64_t row = 0; row < batch.rows; ++row) block.event_ids.push_back(columns.id(row));
  if (!columns.has_deleted()) return {};
  block.is_deleted.reserve(block.rows());
  for (int64_t row = 0; row < batch.rows; ++row) block.is_deleted.push_back(columns.is_deleted(row));
  return {};
}

void RowReader::evaluate(size_t source, const Batch& batch, RowScratch& scratch, RowBlock& block) {
  const SourceLayout& layout = layout_.sources[source];
  Evaluator& evaluator = scratch.evaluator(layout.program);

  const size_t outputs = layout.program->output_count();
  block.columns.resize(outputs);
  for (RowColumn& column : block.columns) {
    column.values.resize(block.rows());
    column.valid.resize(block.rows());
  }

  const size_t inputs = layout.program->inputs().size();
  std::vector<VectorBuffer>& buffers = scratch.buffers(inputs);
  std::vector<VectorView> views(inputs);
  std::vector<uint8_t> any_null(outputs);
  RowNodeWatch watch(meter_, source);
  NodeWatch* const watched = meter_.is_on() ? &watch : nullptr;

  for (int64_t start = 0; start < batch.rows; start += kVectorSize) {
    const int rows = static_cast<int>(std::min<int64_t>(kVectorSize, batch.rows - start));
    for (size_t i = 0; i < inputs; ++i) {
      views[i] = load_column(batch.columns[layout.first_value_column + i], start, rows, buffers[i]);
    }
    meter_.note_source(source);
    evaluator.run(views, block.times.data() + start, rows, watched);
    for (size_t i = 0; i < outputs; ++i) {
      any_null[i] |= store_slots(evaluator.output(i), rows, texts_, block.columns[i].values.data() + start,
                                 block.columns[i].valid.data() + start);
      meter_.note_row_column(source, i);
    }
  }

  for (size_t i = 0; i < outputs; ++i) {
    if (!any_null[i]) block.columns[i].valid = {};
  }
}

}  // namespace headrace
