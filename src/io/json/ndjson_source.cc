#include "io/json/ndjson_source.h"

#include "io/files/text_source.h"
#include "io/json/json_lines.h"
#include "io/paths/column_presence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <unordered_map>

namespace headrace {
namespace {

class WantedFields;

/// Names that a "did you mean" looks at.
constexpr size_t kNamesMax = 10'000;

class NdjsonSource : public FileSource {
 public:
  NdjsonSource(const PlanSource& definition, std::vector<InputFile> files, const SourceRequest& request,
               BadRows* bad_rows)
      : FileSource(definition.name, std::move(files), bad_rows),
        columns_(requested_columns(definition, request)),
        form_(definition.batch->text) {}

  /// To be called once, before anything else.
  Status open() {
    is_inferred_.assign(columns_.size(), 0);
    for (size_t i = 0; i < columns_.size() && columns_[i].is_key; ++i) {
      if (columns_[i].type == ScalarType::kNull) RETURN_IF_ERROR(infer_key(i));
      key_types_.push_back(columns_[i].type);
    }
    takes_integers_.assign(columns_.size(), 0);
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (columns_[i].type != ScalarType::kNull) continue;
      columns_[i].type = ScalarType::kString;  // an id: 7 and "7" are the same; or a key without values
      takes_integers_[i] = 1;
    }
    RETURN_IF_ERROR(check_names());
    for (const InputFile& file : files_) units_.push_back({file.shown, -1, std::nullopt, std::nullopt});
    return {};
  }

 protected:
  Status read_unit(size_t unit, const Consume& consume, UnitFindings& findings) override;

 private:
  Status infer_key(size_t column);
  Status check_names();
  Status note_lacking(const InputFile& file, const WantedFields& fields, UnitFindings& findings) const;
  void set_row(const WantedFields& fields, RowBatcher& batcher) const;

  std::vector<RequestedColumn> columns_;
  const TextForm form_;
  std::vector<uint8_t> is_inferred_;
  std::vector<uint8_t> takes_integers_;  // strings that may be written as integers
  std::vector<std::string> seen_in_;     // by column: a file that has it, if one was seen
};

/// The JSON type of the first value, in whichever file it is.
Status NdjsonSource::infer_key(size_t column) {
  const std::string& name = columns_[column].name;
  JsonKind kind = JsonKind::kNull;
  std::string text;
  std::string shown;  // the file that has it

  for (size_t i = 0; i < files_.size() && kind == JsonKind::kNull; ++i) {
    ASSIGN_OR_RETURN(JsonLines lines, JsonLines::open(files_[i]));
    shown = files_[i].shown;
    while (kind == JsonKind::kNull && lines.row() < kKeyInferenceRows) {
      ASSIGN_OR_RETURN(const bool has_line, lines.next());
      if (!has_line) break;
      JsonKind found = JsonKind::kNull;
      const char* problem = lines.visit_fields([&](const JsonField& field) {
        if (field.key != name || field.kind == JsonKind::kNull) return;
        found = field.kind;
        text = field.text;
      });
      const bool is_null = std::find(form_.nulls.begin(), form_.nulls.end(), text) != form_.nulls.end();
      if (problem == nullptr && !is_null) kind = found;
    }
    if (kind == JsonKind::kNull && find_partition(files_[i], name) != nullptr) break;
  }

  if (kind == JsonKind::kNull && find_partition(files_[0], name) != nullptr) {
    columns_[column].type = infer_partition_type(files_, name);
    return {};
  }

  is_inferred_[column] = 1;
  switch (kind) {
    case JsonKind::kString: columns_[column].type = ScalarType::kString; return {};
    case JsonKind::kBool: columns_[column].type = ScalarType::kBool; return {};
    case JsonKind::kNull: return {};  // there is no value
    case JsonKind::kNumber:
      if (is_plain_integer(text)) {
        columns_[column].type = ScalarType::kInt64;
        return {};
      }
      break;
    case JsonKind::kNested: break;
  }
  return Error::data(fmt::format("`{}`: the key column `{}` holds {}, and a key is int64, string, bool or timestamp",
                                 shown, name, text));
}

/// A column that no object of the first rows of any file has is most likely misspelt.
Status NdjsonSource::check_names() {
  seen_in_.assign(columns_.size(), "");
  std::set<std::string, std::less<>> present;
  int64_t rows = 0;       // that are well
  bool has_more = false;  // rows that are not looked at
  for (const InputFile& file : files_) {
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (find_partition(file, columns_[i].name) != nullptr) seen_in_[i] = file.shown;
    }
    ASSIGN_OR_RETURN(JsonLines lines, JsonLines::open(file));
    while (true) {
      const bool has_all =
          std::none_of(seen_in_.begin(), seen_in_.end(), [](const auto& each) { return each.empty(); });
      if (has_all && rows > 0) return {};
      ASSIGN_OR_RETURN(const bool has_line, lines.next());
      has_more |= has_line && lines.row() >= kKeyInferenceRows;
      if (!has_line || lines.row() >= kKeyInferenceRows) break;
      std::vector<std::string> found;
      const char* problem = lines.visit_fields([&](const JsonField& field) {
        if (!present.contains(field.key)) found.emplace_back(field.key);
      });
      if (problem != nullptr) continue;
      ++rows;
      for (std::string& name : found) {
        for (size_t i = 0; i < columns_.size(); ++i) {
          if (columns_[i].name == name && seen_in_[i].empty()) seen_in_[i] = file.shown;
        }
        if (present.size() < kNamesMax) present.insert(std::move(name));
      }
    }
  }
  if (rows == 0) return {};
  for (size_t i = 0; i < columns_.size(); ++i) {
    // A rare value column may well be absent from the first rows; a key, time or arrival never.
    if (!seen_in_[i].empty() || (has_more && !columns_[i].is_required)) continue;
    return no_such_column_error(files_.size(), files_[0].shown, columns_[i].name, {present.begin(), present.end()});
  }
  return {};
}

/// Why a JSON value cannot be a column's type, or null.
const char* problem_of(const JsonField& field, const RequestedColumn& column, bool takes_integers, bool has_time_form) {
  if (field.kind == JsonKind::kNested) return "is a nested value";
  if (takes_integers && field.kind == JsonKind::kNumber && is_plain_integer(field.text)) return nullptr;
  const bool is_text = field.kind == JsonKind::kString;
  switch (column.type) {
    case ScalarType::kString: return is_text ? nullptr : "is not a JSON string";
    case ScalarType::kBool: return field.kind == JsonKind::kBool ? nullptr : "is not true or false";
    case ScalarType::kInt64: return field.kind == JsonKind::kNumber ? nullptr : "is not an int64";
    case ScalarType::kDouble: {
      if (field.kind == JsonKind::kNumber) return nullptr;
      const auto value = is_text ? parse_double(field.text) : std::nullopt;
      return value.has_value() && !std::isfinite(*value) ? nullptr : "is not a JSON number";
    }
    case ScalarType::kTimestamp:
      if (column.unit.has_value()) return field.kind == JsonKind::kNumber ? nullptr : "is not a number, as `unit` says";
      if (field.kind == JsonKind::kNumber && !has_time_form) return "is not a timestamp (a number needs `unit`)";
      if (field.kind == JsonKind::kNumber) return nullptr;
      return is_text ? nullptr : "is not a timestamp";
    case ScalarType::kNull:
    case ScalarType::kDuration: break;
  }
  return "has an unknown type";
}

/// The fields of one row that are wanted, by column.
class WantedFields {
 public:
  explicit WantedFields(size_t columns) : fields_(columns), counts_(columns), was_there_(columns), defaults_(columns) {}

  /// Columns of that name are wanted.
  void want(const std::string& name, size_t column) { columns_by_name_[name].push_back(column); }

  /// What a column is where a row has no such field: of the file's folders.
  void set_default(size_t column, const HivePartition& partition) { defaults_[column] = partition.value; }

  void begin_row() {
    position_ = 0;
    counts_.assign(counts_.size(), 0);
  }
  void take(const JsonField& field) {
    for (const size_t column : columns_of(field.key)) {
      if (counts_[column] == 0) fields_[column] = field;
      counts_[column] = std::min(counts_[column] + 1, 2);
      was_there_[column] = 1;
    }
  }
  /// The field of a column; null where the row has none, or a null.
  const JsonField* find(size_t column) const {
    const bool is_there = counts_[column] > 0 && fields_[column].kind != JsonKind::kNull;
    return is_there || is_twice(column) ? &fields_[column] : nullptr;
  }
  bool is_twice(size_t column) const { return counts_[column] > 1; }
  /// Whether a row of the file had the column.
  bool was_there(size_t column) const { return was_there_[column] != 0; }
  /// What stands for a field that the row does not have; null: nothing.
  const std::string* find_default(size_t column) const {
    return counts_[column] == 0 && defaults_[column].has_value() ? &*defaults_[column] : nullptr;
  }

 private:
  /// Rows tend to have their fields in the same order, so the name in this place of the row before is tried first.
  const std::vector<size_t>& columns_of(std::string_view key) {
    if (position_ == order_.size()) order_.emplace_back();
    auto& [name, columns] = order_[position_++];
    if (columns == nullptr || name != key) {
      const auto found = columns_by_name_.find(std::string(key));
      name = key;
      columns = found == columns_by_name_.end() ? &none_ : &found->second;
    }
    return *columns;
  }

  const std::vector<size_t> none_;
  std::unordered_map<std::string, std::vector<size_t>> columns_by_name_;
  std::vector<std::pair<std::string, const std::vector<size_t>*>> order_;
  size_t position_ = 0;
  std::vector<JsonField> fields_;
  std::vector<int> counts_;
  std::vector<uint8_t> was_there_;
  std::vector<std::optional<std::string>> defaults_;
};

Error array_error(const InputFile& file) {
  return Error::data(fmt::format("`{}` is a JSON array, and NDJSON has one object a line", file.shown))
      .with_help("`jq -c '.[]' FILE.json > FILE.ndjson` writes its items so");
}

void NdjsonSource::set_row(const WantedFields& fields, RowBatcher& batcher) const {
  const auto is_null_word = [&](const JsonField& field) {
    return !form_.nulls.empty() && std::find(form_.nulls.begin(), form_.nulls.end(), field.text) != form_.nulls.end();
  };
  for (size_t i = 0; i < columns_.size(); ++i) {
    const JsonField* field = fields.find(i);
    if (const std::string* text = fields.find_default(i)) {
      batcher.set(i, *text);
    } else if (field == nullptr) {
      batcher.set_null(i);
    } else if (fields.is_twice(i)) {
      batcher.set_bad(i, "is there twice", field->text);
    } else if (is_null_word(*field)) {
      batcher.set_null(i);
    } else if (const char* problem =
                   problem_of(*field, columns_[i], takes_integers_[i] != 0, !form_.time_format.empty())) {
      batcher.set_bad(i, problem, field->text);
    } else {
      batcher.set(i, field->text);
    }
  }
}

Status NdjsonSource::read_unit(size_t unit, const Consume& consume, UnitFindings& findings) {
  const InputFile& file = files_[unit];
  ASSIGN_OR_RETURN(JsonLines lines, JsonLines::open(file));
  std::vector<TextBinding> bindings;
  WantedFields fields(columns_.size());
  for (size_t i = 0; i < columns_.size(); ++i) {
    // A field of the record is never replaced by a folder `column=value`.
    const HivePartition* partition = find_partition(file, columns_[i].name);
    if (partition != nullptr) fields.set_default(i, *partition);
    fields.want(columns_[i].name, i);
    bindings.push_back({columns_[i], is_inferred_[i] != 0 && partition == nullptr});
  }

  RowBatcher batcher(file, bindings, form_, consume, findings);
  const JsonLines::Visit take_field = [&](const JsonField& field) { fields.take(field); };
  while (!findings.is_full()) {
    ASSIGN_OR_RETURN(const bool has_line, lines.next());
    if (!has_line) break;
    if (lines.row() == 1 && lines.text().front() == '[') return array_error(file);
    batcher.begin_row(lines.row(), lines.line(), lines.text());
    fields.begin_row();
    if (const char* problem = lines.visit_fields(take_field)) {
      batcher.drop("", problem, lines.text());
    } else {
      set_row(fields, batcher);
    }
    RETURN_IF_ERROR(batcher.end_row(static_cast<int64_t>(lines.text().size()) + 1));
  }
  RETURN_IF_ERROR(batcher.finish());
  return note_lacking(file, fields, findings);
}

/// Whether a file has a column is known when all of its rows were read.
Status NdjsonSource::note_lacking(const InputFile& file, const WantedFields& fields, UnitFindings& findings) const {
  if (findings.rows == 0 || findings.is_full()) return {};
  for (size_t i = 0; i < columns_.size(); ++i) {
    const RequestedColumn& column = columns_[i];
    if (fields.was_there(i) || find_partition(file, column.name) != nullptr) continue;
    if (column.is_expected) return required_column_error(file.shown, column.name, seen_in_[i]);
    findings.lacking.push_back(column.name);
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<FileSource>> open_ndjson_source(const PlanSource& definition, std::vector<InputFile> files,
                                                       const SourceRequest& request, BadRows* bad_rows) {
  auto source = std::make_unique<NdjsonSource>(definition, std::move(files), request, bad_rows);
  RETURN_IF_ERROR(source->open());
  return std::unique_ptr<FileSource>(std::move(source));
}

}  // namespace headrace
