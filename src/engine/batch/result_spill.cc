#include "engine/batch/result_spill.h"

#include "engine/timeline/temporary_file.h"

#include <unistd.h>
#include <compare>
#include <cstring>

namespace headrace {
namespace {

/// A batch as bytes: rows, columns, and each column as type, validity bytes and values; lists as lengths and a column.
class BatchWriter {
 public:
  const std::string& bytes() const { return bytes_; }

  void word(int64_t value) { bytes_.append(reinterpret_cast<const char*>(&value), sizeof value); }

  void column(const Column& column) {
    word(static_cast<int64_t>(column.type.scalar));
    word(column.type.is_list ? 1 : 0);
    word(column.length);
    for (int64_t row = 0; row < column.length; ++row) bytes_ += column.is_valid(row) ? '\1' : '\0';
    if (column.type.is_list) {
      const int32_t first = column.offsets[column.offset];
      const int32_t last = column.offsets[column.offset + column.length];
      for (int64_t row = 0; row < column.length; ++row) {
        word(column.offsets[column.offset + row + 1] - column.offsets[column.offset + row]);
      }
      return this->column(column.child->slice(first, last - first));
    }
    for (int64_t row = 0; row < column.length; ++row) value(column, row);
  }

 private:
  void value(const Column& column, int64_t row) {
    switch (column.type.scalar) {
      case ScalarType::kString: {
        const std::string_view text = column.string_at(row);
        word(static_cast<int64_t>(text.size()));
        bytes_.append(text);
        break;
      }
      case ScalarType::kBool: bytes_ += column.bool_at(row) ? '\1' : '\0'; break;
      case ScalarType::kDouble: bytes_.append(reinterpret_cast<const char*>(column.doubles() + row), 8); break;
      case ScalarType::kNull:
      case ScalarType::kInt64:
      case ScalarType::kTimestamp:
      case ScalarType::kDuration: word(column.int64s()[row]); break;
    }
  }

  std::string bytes_;
};

class BatchReader {
 public:
  explicit BatchReader(std::string_view bytes) : bytes_(bytes) {}

  int64_t word() {
    int64_t value;
    std::memcpy(&value, take(8).data(), 8);
    return value;
  }

  Column column() {
    Type type;
    type.scalar = static_cast<ScalarType>(word());
    type.is_list = word() != 0;
    const int64_t length = word();
    const std::string_view valid = take(static_cast<size_t>(length));
    ColumnBuilder builder(type);
    if (type.is_list) {
      std::vector<int64_t> lengths(static_cast<size_t>(length));
      for (int64_t& each : lengths) each = word();
      const Column items = column();
      int64_t at = 0;
      for (size_t row = 0; row < lengths.size(); ++row) {
        Value::List list;
        for (int64_t i = 0; i < lengths[row]; ++i) list.push_back(items.value_at(at++));
        builder.append(valid[row] != 0 ? Value{std::move(list)} : Value{});
      }
      return std::move(builder).finish();
    }
    for (int64_t row = 0; row < length; ++row) value(builder, type.scalar, valid[static_cast<size_t>(row)] != 0);
    return std::move(builder).finish();
  }

 private:
  std::string_view take(size_t size) {
    const std::string_view part = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return part;
  }

  void value(ColumnBuilder& builder, ScalarType type, bool has_value) {
    if (type == ScalarType::kString) {
      const std::string_view text = take(static_cast<size_t>(word()));
      has_value ? builder.append_string(text) : builder.append_null();
    } else if (type == ScalarType::kBool) {
      const bool bit = take(1)[0] != 0;
      has_value ? builder.append_bool(bit) : builder.append_null();
    } else {
      const int64_t bits = word();
      has_value ? builder.append_int64(bits) : builder.append_null();
    }
  }

  std::string_view bytes_;
};

/// How two results compare by time, then key.
std::strong_ordering compare_rows(const Batch& a, int64_t row_a, const Batch& b, int64_t row_b, size_t key_count) {
  const auto times = a.columns[key_count].int64s()[row_a] <=> b.columns[key_count].int64s()[row_b];
  if (times != 0) return times;
  for (size_t key = 0; key < key_count; ++key) {
    const Column& left = a.columns[key];
    const Column& right = b.columns[key];
    const auto order = left.type.scalar == ScalarType::kString ? left.string_at(row_a) <=> right.string_at(row_b)
                       : left.type.scalar == ScalarType::kBool ? left.bool_at(row_a) <=> right.bool_at(row_b)
                                                               : left.int64s()[row_a] <=> right.int64s()[row_b];
    if (order != 0) return order;
  }
  return std::strong_ordering::equal;
}

/// The front row of a run.
struct Front {
  ResultRun* run;
  Batch batch;
  int64_t row = 0;

  Status advance() {
    if (++row < batch.rows) return {};
    ASSIGN_OR_RETURN(batch, run->next());
    row = 0;
    return {};
  }
};

}  // namespace

Result<std::unique_ptr<ResultRun>> ResultRun::create(const std::string& folder) {
  ASSIGN_OR_RETURN(const int descriptor, open_temporary_file(folder));
  return std::unique_ptr<ResultRun>(new ResultRun(descriptor));
}

ResultRun::~ResultRun() { ::close(descriptor_); }

Status ResultRun::append(const Batch& batch) {
  BatchWriter writer;
  writer.word(batch.rows);
  writer.word(static_cast<int64_t>(batch.columns.size()));
  for (const Column& column : batch.columns) writer.column(column);
  const auto length = static_cast<int64_t>(writer.bytes().size());
  RETURN_IF_ERROR(write_at(descriptor_, reinterpret_cast<const char*>(&length), 8, write_at_));
  RETURN_IF_ERROR(write_at(descriptor_, writer.bytes().data(), writer.bytes().size(), write_at_ + 8));
  write_at_ += 8 + length;
  return {};
}

Result<Batch> ResultRun::next() {
  Batch batch;
  if (read_at_ == write_at_) return batch;
  int64_t length;
  RETURN_IF_ERROR(read_at(descriptor_, reinterpret_cast<char*>(&length), 8, read_at_));
  std::string bytes(static_cast<size_t>(length), '\0');
  RETURN_IF_ERROR(read_at(descriptor_, bytes.data(), bytes.size(), read_at_ + 8));
  read_at_ += 8 + length;
  BatchReader reader(bytes);
  batch.rows = reader.word();
  const int64_t columns = reader.word();
  for (int64_t i = 0; i < columns; ++i) batch.columns.push_back(reader.column());
  return batch;
}

Status merge_runs(std::vector<std::unique_ptr<ResultRun>>& runs, size_t key_count, Sink& sink) {
  constexpr int64_t kMergedRows = 8192;
  std::vector<Front> fronts;
  for (const auto& run : runs) {
    ASSIGN_OR_RETURN(Batch first, run->next());
    if (first.rows > 0) fronts.push_back({run.get(), std::move(first)});
  }

  while (!fronts.empty()) {
    std::vector<ColumnBuilder> builders;
    for (const Column& column : fronts[0].batch.columns) builders.emplace_back(column.type);

    int64_t rows = 0;
    for (; rows < kMergedRows && !fronts.empty(); ++rows) {
      auto least = fronts.begin();
      for (auto front = fronts.begin() + 1; front != fronts.end(); ++front) {
        if (compare_rows(front->batch, front->row, least->batch, least->row, key_count) < 0) least = front;
      }
      for (size_t i = 0; i < builders.size(); ++i) builders[i].append(least->batch.columns[i].value_at(least->row));
      RETURN_IF_ERROR(least->advance());
      if (least->batch.rows == 0) fronts.erase(least);
    }

    Batch merged;
    merged.rows = rows;
    for (ColumnBuilder& builder : builders) merged.columns.push_back(std::move(builder).finish());
    RETURN_IF_ERROR(sink.write(merged));
  }
  return {};
}

}  // namespace headrace
