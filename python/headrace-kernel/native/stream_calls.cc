#include "stream_calls.h"

#include "base/check.h"

#include <algorithm>

namespace headrace {
namespace {

void store_column(const Column& column, StateWriter& writer) {
  std::string validity(static_cast<size_t>(column.length), '\0');
  for (int64_t row = 0; row < column.length; ++row) validity[static_cast<size_t>(row)] = column.is_valid(row) ? 1 : 0;
  writer.word(static_cast<uint64_t>(column.type.scalar));
  writer.text(validity);
  for (int64_t row = 0; row < column.length; ++row) {
    if (!column.is_valid(row)) continue;
    switch (column.type.scalar) {
      case ScalarType::kBool: writer.value(column.bool_at(row)); break;
      case ScalarType::kDouble: writer.value(column.doubles()[row]); break;
      case ScalarType::kString: writer.text(column.string_at(row)); break;
      case ScalarType::kInt64:
      case ScalarType::kTimestamp: writer.value(column.int64s()[row]); break;
      case ScalarType::kNull:
      case ScalarType::kDuration: break;  // no column of events is of these
    }
  }
}

bool is_of_events(uint64_t type) {
  constexpr ScalarType kTypes[] = {ScalarType::kBool, ScalarType::kInt64, ScalarType::kDouble, ScalarType::kString,
                                   ScalarType::kTimestamp};
  return std::ranges::any_of(kTypes, [&](ScalarType each) { return type == static_cast<uint64_t>(each); });
}

Column restored_column(size_t rows, StateReader& reader) {
  const uint64_t type = reader.word();
  const std::string_view validity = reader.text();
  if (!is_of_events(type) || validity.size() != rows) reader.fail();
  if (!reader.ok()) return {};

  const Type of{static_cast<ScalarType>(type)};
  ColumnBuilder builder(of);
  for (size_t row = 0; row < rows && reader.ok(); ++row) {
    if (validity[row] == 0) {
      builder.append_null();
      continue;
    }
    switch (of.scalar) {
      case ScalarType::kBool: builder.append_bool(reader.value<bool>()); break;
      case ScalarType::kDouble: builder.append_double(reader.value<double>()); break;
      case ScalarType::kString: builder.append_string(reader.text()); break;
      default: builder.append_int64(reader.number()); break;
    }
  }
  return std::move(builder).finish();
}

void store_call(const StreamCall& call, StateWriter& writer) {
  writer.word(static_cast<uint64_t>(call.kind));
  writer.value(call.now);
  writer.value(call.before);
  writer.word(call.source);
  writer.word(call.lane);
  writer.value(call.is_drained);
  writer.value(call.newest);
  writer.word(static_cast<uint64_t>(call.events.rows));
  writer.word(call.events.columns.size());
  for (const Column& column : call.events.columns) store_column(column, writer);
}

StreamCall restored_call(StateReader& reader) {
  StreamCall call;
  const uint64_t kind = reader.word();
  if (kind > static_cast<uint64_t>(StreamCall::Kind::kSettle)) reader.fail();
  call.kind = static_cast<StreamCall::Kind>(kind);
  call.now = reader.number();
  call.before = reader.number();
  call.source = reader.word();
  call.lane = static_cast<uint32_t>(reader.word());
  call.is_drained = reader.value<bool>();
  call.newest = reader.number();
  const uint64_t rows = reader.word();
  for (size_t left = reader.count(16); left > 0 && reader.ok(); --left) {
    call.events.columns.push_back(restored_column(rows, reader));
  }
  if (call.events.columns.empty() && rows > 0) reader.fail();
  call.events.rows = static_cast<int64_t>(rows);
  return call;
}

}  // namespace

void StreamCalls::add(StreamCall call) {
  CHECK(!marks_.empty());
  // The last word of the clock, or of who settles, is enough.
  const bool is_advance = call.kind == StreamCall::Kind::kAdvance || call.kind == StreamCall::Kind::kSettle;
  const bool follows_one = !calls_.empty() && calls_.back().kind == call.kind && marks_.back().number < end();
  if (is_advance && follows_one) calls_.pop_back();
  calls_.push_back(std::move(call));
}

void StreamCalls::forget_before(int64_t settled_to) {
  while (marks_.size() > 1) {
    const auto count = static_cast<std::ptrdiff_t>(marks_[1].number - first_);
    const bool is_settled =
        std::all_of(calls_.begin(), calls_.begin() + count, [&](const auto& call) { return call.newest < settled_to; });
    if (!is_settled) return;
    calls_.erase(calls_.begin(), calls_.begin() + count);
    first_ = marks_[1].number;
    marks_.pop_front();
  }
}

void StreamCalls::store(StateWriter& writer) const {
  writer.word(marks_.empty() ? 0 : 1);
  if (marks_.empty()) return;
  writer.word(marks_.front().watermarks.size());
  for (const auto& [source, bytes] : marks_.front().watermarks) {
    writer.text(source);
    writer.text(bytes);
  }
  writer.word(calls_.size());
  for (const StreamCall& call : calls_) store_call(call, writer);
}

void StreamCalls::restore(StateReader& reader) {
  CHECK(marks_.empty());
  if (reader.word() == 0) return;
  StoredWatermarks watermarks;
  for (size_t left = reader.count(16); left > 0; --left) {
    const std::string source(reader.text());
    watermarks[source] = reader.text();
  }
  mark(std::move(watermarks));
  for (size_t left = reader.count(64); left > 0 && reader.ok(); --left) calls_.push_back(restored_call(reader));
}

}  // namespace headrace
