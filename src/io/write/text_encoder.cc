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

/// Writes `digits` decimal digits of a value that has no more.
char* put_digits(char* out, int64_t value, int digits) {
  for (int i = digits - 1; i >= 0; --i, value /= 10) out[i] = static_cast<char>('0' + value % 10);
  return out + digits;
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

void append_double(std::string& out, double value) {
  if (!std::isfinite(value)) {
    out += "null";
    return;
  }
  // The shortest digits in scientific form, laid out as Python's repr: exponents from -4 to 15 are written plainly.
  char text[32];
  char* const text_end = std::to_chars(text, text + sizeof text, value, std::chars_format::scientific).ptr;
  char* mark = text_end - 1;
  while (*mark != 'e') --mark;
  int exponent = 0;
  std::from_chars(mark[1] == '+' ? mark + 2 : mark + 1, text_end, exponent);
  const char* first = text;
  if (*first == '-') out += *first++;
  if (exponent < -4 || exponent >= 16) {
    // The mantissa has a point only where it has a fraction, and the exponent two digits at least: as in Python.
    out.append(first, static_cast<size_t>(text_end - first));
    return;
  }
  char digits[24];
  int count = 0;
  for (const char* c = first; c < mark; ++c) {
    if (*c != '.') digits[count++] = *c;
  }
  if (exponent < 0) {
    out += "0.";
    out.append(static_cast<size_t>(-exponent - 1), '0').append(digits, static_cast<size_t>(count));
    return;
  }
  const int whole = exponent + 1;
  if (count <= whole) {
    out.append(digits, static_cast<size_t>(count)).append(static_cast<size_t>(whole - count), '0').append(".0");
    return;
  }
  out.append(digits, static_cast<size_t>(whole)).append(1, '.');
  out.append(digits + whole, static_cast<size_t>(count - whole));
}

void append_timestamp(std::string& out, int64_t us) {
  const int64_t day = floor_divide(us, kMicrosPerDay);
  const int64_t of_day = us - day * kMicrosPerDay;
  const int64_t second = of_day / kMicrosPerSecond;
  const int64_t fraction = of_day % kMicrosPerSecond;
  const CivilDate date = civil_from_days(day);
  if (date.year < 1 || date.year > 9999) {
    out += to_string(EventTime{us});
    return;
  }
  char text[32];
  char* end = put_digits(text, date.year, 4);
  *end++ = '-';
  end = put_digits(end, date.month, 2);
  *end++ = '-';
  end = put_digits(end, date.day, 2);
  *end++ = 'T';
  end = put_digits(end, second / 3600, 2);
  *end++ = ':';
  end = put_digits(end, second / 60 % 60, 2);
  *end++ = ':';
  end = put_digits(end, second % 60, 2);
  if (fraction != 0) {
    *end++ = '.';
    end = put_digits(end, fraction, 6);
  }
  *end++ = 'Z';
  out.append(text, end);
}

void append_csv_text(std::string& out, std::string_view text) {
  const bool is_plain = !text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos &&
                        text.front() != ' ' && text.back() != ' ';
  if (is_plain) {
    out += text;
    return;
  }
  out += '"';
  for (char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
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
