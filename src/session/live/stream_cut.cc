#include "session/live/stream_cut.h"

#include "compute/aggregates/state_bytes.h"

namespace headrace {
namespace {

void write_cell(const Column& column, int64_t row, StateWriter& writer) {
  const bool is_valid = column.is_valid(row);
  writer.value(is_valid);
  if (!is_valid) return;
  switch (column.type.scalar) {
    case ScalarType::kInt64:
    case ScalarType::kTimestamp:
    case ScalarType::kDuration: return writer.value(column.int64s()[row]);
    case ScalarType::kDouble: return writer.value(column.doubles()[row]);
    case ScalarType::kBool: return writer.value(column.bool_at(row));
    case ScalarType::kString: return writer.text(column.string_at(row));
    case ScalarType::kNull: return;
  }
}

void read_cell(ScalarType type, StateReader& reader, ColumnBuilder& builder) {
  if (!reader.value<bool>()) return builder.append_null();
  switch (type) {
    case ScalarType::kInt64:
    case ScalarType::kTimestamp:
    case ScalarType::kDuration: return builder.append_int64(reader.number());
    case ScalarType::kDouble: return builder.append_double(reader.value<double>());
    case ScalarType::kBool: return builder.append_bool(reader.value<bool>());
    case ScalarType::kString: return builder.append_string(reader.text());
    case ScalarType::kNull: return builder.append_null();
  }
}

void write_batch(const Batch& batch, StateWriter& writer) {
  writer.value(batch.rows);
  writer.word(batch.columns.size());
  for (const Column& column : batch.columns) {
    writer.word(static_cast<uint64_t>(column.type.scalar));
    for (int64_t row = 0; row < batch.rows; ++row) write_cell(column, row, writer);
  }
}

Batch read_batch(StateReader& reader) {
  Batch batch;
  batch.rows = static_cast<int64_t>(reader.count(1));
  for (size_t left = reader.count(8); left > 0 && reader.ok(); --left) {
    const uint64_t word = reader.word();
    if (word > static_cast<uint64_t>(ScalarType::kDuration)) reader.fail();
    if (!reader.ok()) break;
    const auto type = static_cast<ScalarType>(word);
    ColumnBuilder builder(Type{type, false});
    for (int64_t row = 0; row < batch.rows && reader.ok(); ++row) read_cell(type, reader, builder);
    batch.columns.push_back(std::move(builder).finish());
  }
  return batch;
}

}  // namespace

std::string to_bytes(const StreamCuts& cuts) {
  std::string bytes;
  StateWriter writer(bytes);
  writer.word(cuts.size());
  for (const auto& [source, cut] : cuts) {
    writer.text(source);
    writer.value(cut.asked.has_value());
    for (const EventTime time : {cut.at, cut.asked.value_or(cut.at), cut.taken_from, cut.files_end}) {
      writer.value(time.us);
    }
    writer.value(cut.rows);
  }
  return bytes;
}

std::optional<StreamCuts> cuts_of(std::string_view bytes) {
  TextPool texts;
  StateReader reader(bytes, texts);
  StreamCuts cuts;
  for (size_t left = reader.count(56); left > 0; --left) {
    StreamCut& cut = cuts[std::string(reader.text())];
    const bool is_asked = reader.value<bool>();
    cut.at = {reader.number()};
    const EventTime asked{reader.number()};
    if (is_asked) cut.asked = asked;
    cut.taken_from = {reader.number()};
    cut.files_end = {reader.number()};
    cut.rows = reader.number();
  }
  if (!reader.ok() || !reader.at_end()) return std::nullopt;
  return cuts;
}

std::string to_bytes(const std::vector<FilledRows>& rows) {
  std::string bytes;
  StateWriter writer(bytes);
  writer.word(rows.size());
  for (const FilledRows& each : rows) {
    writer.text(each.source);
    write_batch(each.batch, writer);
  }
  return bytes;
}

std::optional<std::vector<FilledRows>> filled_rows_of(std::string_view bytes) {
  TextPool texts;
  StateReader reader(bytes, texts);
  std::vector<FilledRows> rows;
  for (size_t left = reader.count(24); left > 0 && reader.ok(); --left) {
    std::string source(reader.text());
    rows.push_back({std::move(source), read_batch(reader)});
  }
  if (!reader.ok() || !reader.at_end()) return std::nullopt;
  return rows;
}

}  // namespace headrace
