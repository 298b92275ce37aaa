#include "io/observations/text_table.h"

#include "data/c_data.h"
#include "io/arrow/status.h"
#include "io/csv/csv_reader.h"
#include "io/json/json_lines.h"
#include "io/text/text_values.h"

#include <arrow/array.h>
#include <arrow/c/bridge.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace headrace {
namespace {

constexpr int64_t kChunkRows = 131'072;
constexpr int64_t kChunkBytes = int64_t{512} << 20;
/// Decimal digits that the nearest double always gives back when asked for as many.
constexpr int kDoubleDigitsMax = 17;

/// Whether text is a number in common form that becomes a double without loss worth mentioning: at most 17 digits, and
/// no integer that would rather be an identifier (leading zeros, more than 53 bits).
bool is_plain_double(std::string_view text) {
  if (is_plain_integer(text)) {
    const int64_t value = *parse_int64(text);
    return value >= -(int64_t{1} << 53) && value <= (int64_t{1} << 53);
  }
  if (text.empty() || text[0] == '+' || !parse_double(text).has_value() || trim_blanks(text) != text) return false;
  const bool is_word = text.find_first_of("0123456789") == std::string_view::npos;
  if (is_word) return true;  // nan, inf
  const size_t exponent = std::min(text.find_first_of("eE"), text.size());
  const size_t point = text.find('.');
  if (point == std::string_view::npos && exponent == text.size()) return false;
  size_t start = text[0] == '-' ? 1 : 0;
  const bool has_leading_zero = text[start] == '0' && start + 1 < text.size() && std::isdigit(text[start + 1]);
  if (has_leading_zero) return false;
  int digits = 0;
  for (size_t i = start; i < exponent; ++i)
    digits += std::isdigit(static_cast<unsigned char>(text[i])) && (digits > 0 || text[i] != '0');
  return digits <= kDoubleDigitsMax;
}

/// Which types all values of a column so far could have.
struct Candidates {
  bool int64 = true;
  bool number = true;
  bool boolean = true;
  bool has_finite = false;
  bool has_value = false;

  void narrow_by_text(std::string_view text) {
    has_value = true;
    if (int64) int64 = is_plain_integer(text);
    if (number) number = int64 || is_plain_double(text);
    if (boolean) boolean = parse_bool(text).has_value() && trim_blanks(text) == text;
    has_finite |= number && text.find_first_of("0123456789") != std::string_view::npos;
  }
  void narrow_by_kind(JsonKind kind, std::string_view text) {
    has_value = true;
    if (kind != JsonKind::kNumber || !is_plain_integer(text)) int64 = false;
    number &= kind == JsonKind::kNumber;
    boolean &= kind == JsonKind::kBool;
    has_finite |= kind == JsonKind::kNumber && text.find_first_of("0123456789") != std::string_view::npos;
  }
  ScalarType decide() const {
    if (!has_value) return ScalarType::kString;
    if (int64) return ScalarType::kInt64;
    if (number && has_finite) return ScalarType::kDouble;
    return boolean ? ScalarType::kBool : ScalarType::kString;
  }
};

/// Columns of text that grow row by row.
class TextTable {
 public:
  TextTable(const InputFile& file, const TextTableOptions& options)
      : file_(file), types_(options.types), form_(std::make_shared<TextForm>(options.form)) {
    if (!form_->time_format.empty()) time_format_.emplace(form_->time_format);
  }

  size_t add_column(std::string name) {
    Growing column{std::move(name), {}, {}, {}, ColumnBuilder({ScalarType::kString}), {}};
    for (const int64_t rows : chunk_rows_) {
      column.chunks.push_back(nulls(rows));
      column.forms.emplace_back(static_cast<size_t>(rows));
    }
    for (int64_t i = 0; i < rows_; ++i) column.builder.append_null();
    columns_.push_back(std::move(column));
    return columns_.size() - 1;
  }
  size_t column_count() const { return columns_.size(); }

  /// Whether the column has a value in the current row.
  bool has_value(size_t column) const { return columns_[column].builder.length() > rows_; }

  /// REQUIRES: the column has no value in the current row.
  void append(size_t column, std::string_view text, std::optional<JsonKind> kind) {
    Growing& growing = columns_[column];
    growing.builder.append_string(text);
    bytes_ += static_cast<int64_t>(text.size());
    if (kind.has_value()) {
      if (!is_null_word(text)) growing.candidates.narrow_by_kind(*kind, text);
      growing.open_forms.resize(static_cast<size_t>(rows_) + 1);
      growing.open_forms.back() = form_of(*kind);
      has_forms_ = true;
    } else if (!is_null_word(text)) {
      growing.candidates.narrow_by_text(with_point(text));
    }
  }

  void end_row() {
    ++rows_;
    for (Growing& column : columns_) {
      if (column.builder.length() < rows_) column.builder.append_null();
    }
    if (rows_ >= kChunkRows || bytes_ >= kChunkBytes) end_chunk();
  }

  Result<TextTableContent> finish() && {
    if (rows_ > 0 || chunk_rows_.empty()) end_chunk();
    arrow::FieldVector fields;
    std::vector<std::shared_ptr<arrow::ChunkedArray>> arrays;
    std::vector<CellTexts> cells;
    int64_t rows = 0;
    for (const int64_t chunk : chunk_rows_) rows += chunk;

    for (Growing& column : columns_) {
      const auto given = types_.find(column.name);
      const bool is_given = given != types_.end() && given->second != ScalarType::kNull;
      const ScalarType type = is_given ? given->second : column.candidates.decide();
      arrow::ArrayVector chunks;
      int64_t first_row = 0;
      for (const Column& chunk : column.chunks) {
        ASSIGN_OR_RETURN(auto array, convert_chunk(column.name, chunk, type, first_row));
        chunks.push_back(std::move(array));
        first_row += chunk.length;
      }

      if (!has_forms_) column.forms.clear();
      cells.push_back({std::move(column.chunks), std::move(column.forms), type, form_});
      arrays.push_back(std::make_shared<arrow::ChunkedArray>(chunks));
      fields.push_back(arrow::field(column.name, arrays.back()->type()));
    }
    return TextTableContent{arrow::Table::Make(arrow::schema(fields), arrays, rows), std::move(cells), true};
  }

 private:
  struct Growing {
    std::string name;
    std::vector<Column> chunks;
    std::vector<std::vector<CellForm>> forms;  // parallel to the chunks
    std::vector<CellForm> open_forms;          // of the chunk that grows, as far as it has values
    ColumnBuilder builder;
    Candidates candidates;
  };

  bool is_null_word(std::string_view text) const {
    const std::vector<std::string>& words = form_->nulls;
    return !words.empty() && std::find(words.begin(), words.end(), text) != words.end();
  }

  /// A number with the decimal mark of the file, as one with a point; text with both marks is no number.
  std::string_view with_point(std::string_view text) {
    if (form_->decimal == '.' || text.find(form_->decimal) == std::string_view::npos) return text;
    if (text.find('.') != std::string_view::npos) return text;
    pointed_ = text;
    std::replace(pointed_.begin(), pointed_.end(), form_->decimal, '.');
    return pointed_;
  }

  static CellForm form_of(JsonKind kind) {
    switch (kind) {
      case JsonKind::kNumber: return CellForm::kNumber;
      case JsonKind::kBool: return CellForm::kBool;
      case JsonKind::kNested: return CellForm::kNested;
      case JsonKind::kString:
      case JsonKind::kNull: break;
    }
    return CellForm::kText;
  }

  static Column nulls(int64_t rows) {
    ColumnBuilder builder({ScalarType::kString});
    for (int64_t i = 0; i < rows; ++i) builder.append_null();
    return std::move(builder).finish();
  }

  void end_chunk() {
    for (Growing& column : columns_) {
      column.chunks.push_back(std::move(column.builder).finish());
      column.builder = ColumnBuilder({ScalarType::kString});
      column.open_forms.resize(static_cast<size_t>(rows_));
      column.forms.push_back(std::exchange(column.open_forms, {}));
    }
    chunk_rows_.push_back(rows_);
    rows_ = 0;
    bytes_ = 0;
  }

  Result<std::shared_ptr<arrow::Array>> convert_chunk(const std::string& name, const Column& text, ScalarType type,
                                                      int64_t first_row) {
    Column converted = text;
    if (type != ScalarType::kString || !form_->nulls.empty()) {
      ColumnBuilder builder({type});
      for (int64_t i = 0; i < text.length; ++i) {
        const bool is_text = type == ScalarType::kString;
        const bool has_value = text.is_valid(i) && !is_null_word(text.string_at(i)) &&
                               (is_text || !trim_blanks(text.string_at(i)).empty());
        if (!has_value) {
          builder.append_null();
        } else if (!append_value(builder, text.string_at(i), type)) {
          return Error::data(fmt::format("`{}`, column `{}`, row {}: {} is not a value of type {}", file_.shown, name,
                                         first_row + i + 1, quote_json(text.string_at(i)), to_string(type)));
        }
      }
      converted = std::move(builder).finish();
    }
    ArrowArray array;
    ArrowSchema schema;
    export_type(converted.type, name, &schema);
    export_column(converted, &array);
    return take_result(arrow::ImportArray(&array, &schema), fmt::format("cannot hold column `{}`", name));
  }

  bool append_value(ColumnBuilder& builder, std::string_view text, ScalarType type) {
    if (type == ScalarType::kString) {
      builder.append_string(text);
      return true;
    }
    if (type == ScalarType::kInt64) {
      const auto value = parse_int64(text);
      if (value.has_value()) builder.append_int64(*value);
      return value.has_value();
    }
    if (type == ScalarType::kDouble) {
      const bool has_other_mark = form_->decimal != '.' && text.find('.') != std::string_view::npos;
      const auto value = has_other_mark ? std::nullopt : parse_double(with_point(text));
      if (value.has_value()) builder.append_double(*value);
      return value.has_value();
    }
    if (type == ScalarType::kBool) {
      const auto value = parse_bool(text);
      if (value.has_value()) builder.append_bool(*value);
      return value.has_value();
    }

    text = trim_blanks(text);
    const auto value = time_format_ ? time_format_->parse(text) : parse_fine_timestamp(text);
    if (value.has_value()) builder.append_int64(value->floored.us);
    return value.has_value();
  }

  const InputFile& file_;
  const std::map<std::string, ScalarType>& types_;
  const std::shared_ptr<const TextForm> form_;
  std::optional<TimeFormat> time_format_;
  std::string pointed_;  // holds a number with a point
  std::vector<Growing> columns_;
  std::vector<int64_t> chunk_rows_;
  bool has_forms_ = false;
  int64_t rows_ = 0;  // of the chunk that grows
  int64_t bytes_ = 0;
};

Result<TextTableContent> finished(TextTable&& table, bool is_whole) {
  ASSIGN_OR_RETURN(TextTableContent content, std::move(table).finish());
  content.is_whole = is_whole;
  return content;
}

bool has_enough(const TextTableOptions& options, int64_t rows) {
  return options.rows_max.has_value() && rows > *options.rows_max;
}

}  // namespace

bool CellTexts::is_null_word(std::string_view text) const {
  return form != nullptr && std::find(form->nulls.begin(), form->nulls.end(), text) != form->nulls.end();
}

Result<TextTableContent> read_csv_table(const InputFile& file, const TextTableOptions& options) {
  ASSIGN_OR_RETURN(CsvReader reader, CsvReader::open(file, options.form));
  TextTable table(file, options);
  for (const std::string& name : reader.header()) table.add_column(name);
  for (;;) {
    ASSIGN_OR_RETURN(const bool has_record, reader.next());
    if (!has_record) break;
    if (has_enough(options, reader.row())) return finished(std::move(table), false);
    if (!reader.problem().empty()) {
      return Error::data(
          fmt::format("`{}`: row {} (line {}) {}", file.shown, reader.row(), reader.line(), reader.problem()));
    }
    for (size_t i = 0; i < reader.fields().size(); ++i) {
      if (!reader.fields()[i].is_null()) table.append(i, reader.fields()[i].text, std::nullopt);
    }
    table.end_row();
  }
  return finished(std::move(table), true);
}

Result<TextTableContent> read_ndjson_table(const InputFile& file, const TextTableOptions& options) {
  ASSIGN_OR_RETURN(JsonLines lines, JsonLines::open(file));
  TextTable table(file, options);
  std::unordered_map<std::string, size_t> columns;
  std::string twice;  // a field that the current row has twice
  const JsonLines::Visit append_field = [&](const JsonField& field) {
    const auto [found, is_new] = columns.try_emplace(std::string(field.key), table.column_count());
    if (is_new) table.add_column(std::string(field.key));
    if (field.kind == JsonKind::kNull) return;
    if (table.has_value(found->second)) {
      twice = field.key;
    } else {
      table.append(found->second, field.text, field.kind);
    }
  };

  for (;;) {
    ASSIGN_OR_RETURN(const bool has_line, lines.next());
    if (!has_line) break;
    if (has_enough(options, lines.row())) return finished(std::move(table), false);
    if (const char* problem = lines.visit_fields(append_field)) {
      if (lines.row() == 1 && trim_blanks(lines.text()).starts_with('[')) return json_array_error(file.shown);
      return Error::data(fmt::format("`{}`: row {} (line {}) {}", file.shown, lines.row(), lines.line(), problem));
    }
    if (!twice.empty()) {
      return Error::data(
          fmt::format("`{}`: row {} (line {}) has `{}` twice", file.shown, lines.row(), lines.line(), twice));
    }
    table.end_row();
  }
  return finished(std::move(table), true);
}

}  // namespace headrace
