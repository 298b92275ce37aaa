#include "io/write/text_encoder.h"

#include <charconv>
#include <cmath>
#include <cstring>

namespace headrace {
namespace {

void append_integer(std::string& out, int64_t value) {
  char buffer[24];
  out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
}

/// The scalar at `row`, which is not null, as JSON.
void append_json_scalar(std::string& out, const Column& column, int64_t row) {
  switch (column.type.scalar) {
    case ScalarType::kBool: out += column.bool_at(row) ? "true" : "false"; return;
    case ScalarType::kInt64: append_integer(out, column.int64s()[row]); return;
    case ScalarType::kDouble: append_double(out, column.doubles()[row]); return;
    case ScalarType::kString: out += quote_json(column.string_at(row)); return;
    case ScalarType::kTimestamp:
      out += '"';
      append_timestamp(out, column.int64s()[row]);
      out += '"';
      return;
    case ScalarType::kNull:
    case ScalarType::kDuration: break;
  }
  out += "null";
}

void append_json_list(std::string& out, const Column& column, int64_t row) {
  out += '[';
  const int32_t start = column.offsets[column.offset + row];
  const int32_t end = column.offsets[column.offset + row + 1];
  for (int32_t i = start; i < end; ++i) {
    if (i > start) out += ", ";
    append_json(out, *column.child, i);
  }
  out += ']';
}

/// What the two formats share: rows of text, nothing else between head and tail.
class TextEncoder : public TableEncoder {
 public:
  explicit TextEncoder(const TableSchema& schema) : schema_(schema) {}

  Result<EncodedChunk> encode_chunk(const std::vector<Batch>& rows) const override {
    const auto text = std::make_shared<std::string>();
    EncodedChunk chunk;
    for (const Batch& batch : rows) {
      CHECK_EQ(batch.columns.size(), schema_.names.size());
      for (int64_t row = 0; row < batch.rows; ++row) append_row(*text, batch, row);
      chunk.rows += batch.rows;
    }
    chunk.bytes = *text;
    chunk.size = static_cast<int64_t>(text->size());
    chunk.owner = text;
    return chunk;
  }

  Result<std::string> encode_tail(const std::vector<EncodedChunk>&) const override { return std::string(); }

 protected:
  virtual void append_row(std::string& out, const Batch& batch, int64_t row) const = 0;

  TableSchema schema_;
};

class CsvEncoder : public TextEncoder {
 public:
  using TextEncoder::TextEncoder;

  std::string encode_head() const override {
    std::string head;
    for (size_t i = 0; i < schema_.names.size(); ++i) {
      if (i > 0) head += ',';
      append_csv_text(head, schema_.names[i]);
    }
    return head + "\n";
  }

 protected:
  void append_row(std::string& out, const Batch& batch, int64_t row) const override {
    for (size_t i = 0; i < batch.columns.size(); ++i) {
      if (i > 0) out += ',';
      append_csv_field(out, batch.columns[i], row);
    }
    out += '\n';
  }
};

class NdjsonEncoder : public TextEncoder {
 public:
  explicit NdjsonEncoder(const TableSchema& schema) : TextEncoder(schema) {
    for (const std::string& name : schema.names) {
      labels_.push_back((labels_.empty() ? "{" : ", ") + quote_json(name) + ": ");
    }
  }

  std::string encode_head() const override { return {}; }

 protected:
  void append_row(std::string& out, const Batch& batch, int64_t row) const override {
    for (size_t i = 0; i < batch.columns.size(); ++i) {
      out += labels_[i];
      append_json(out, batch.columns[i], row);
    }
    out += "}\n";
  }

 private:
  std::vector<std::string> labels_;
};

}  // namespace

std::unique_ptr<TableEncoder> make_csv_encoder(const TableSchema& schema) {
  return std::make_unique<CsvEncoder>(schema);
}

std::unique_ptr<TableEncoder> make_ndjson_encoder(const TableSchema& schema) {
  return std::make_unique<NdjsonEncoder>(schema);
}

void append_json(std::string& out, const Column& column, int64_t row) {
  if (!column.is_valid(row)) {
    out += "null";
  } else if (column.type.is_list) {
    append_json_list(out, column, row);
  } else {
    append_json_scalar(out, column, row);
  }
}

void append_csv_field(std::string& out, const Column& column, int64_t row) {
  if (!column.is_valid(row)) return;
  if (column.type.is_list) {
    std::string json;
    append_json_list(json, column, row);
    append_csv_text(out, json);
  } else if (column.type.scalar == ScalarType::kString) {
    append_csv_text(out, column.string_at(row));
  } else if (column.type.scalar == ScalarType::kTimestamp) {
    append_timestamp(out, column.int64s()[row]);
  } else {
    append_json_scalar(out, column, row);
  }
}

}  // namespace headrace
