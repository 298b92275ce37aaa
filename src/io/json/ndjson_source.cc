#include "io/json/ndjson_source.h"

#include "io/files/text_source.h"
#include "io/json/json_lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

namespace headrace {
namespace {

class NdjsonSource : public FileSource {
 public:
  NdjsonSource(const PlanSource& definition, std::vector<InputFile> files, const SourceRequest& request,
               BadRows* bad_rows)
      : FileSource(definition.name, std::move(files), bad_rows), columns_(requested_columns(definition, request)) {}

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
      columns_[i].type = ScalarType::kString;  // an id: 7 and "7" are the same
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
  Status check_names() const;

  std::vector<RequestedColumn> columns_;
  std::vector<uint8_t> is_inferred_;
  std::vector<uint8_t> takes_integers_;  // strings that may be written as integers
};

/// The JSON type of the first value.
Status NdjsonSource::infer_key(size_t column) {
  const std::string& name = columns_[column].name;
  if (find_partition(files_[0], name) != nullptr) {
    columns_[column].type = infer_partition_type(files_, name);
    return {};
  }
  ASSIGN_OR_RETURN(JsonLines lines, JsonLines::open(files_[0]));
  JsonKind kind = JsonKind::kNull;
  std::string text;
  while (kind == JsonKind::kNull && lines.row() < kKeyInferenceRows) {
    ASSIGN_OR_RETURN(const bool has_line, lines.next());
    if (!has_line) break;
    lines.visit_fields([&](const JsonField& field) {
      if (field.key != name || field.kind == JsonKind::kNull) return;
      kind = field.kind;
      text = field.text;
    });
  }
  is_inferred_[column] = 1;
  switch (kind) {
    case JsonKind::kString: columns_[column].type = ScalarType::kString; return {};
    case JsonKind::kBool: columns_[column].type = ScalarType::kBool; return {};
    case JsonKind::kNull: columns_[column].type = ScalarType::kInt64; return {};
    case JsonKind::kNumber:
      if (is_plain_integer(text)) {
        columns_[column].type = ScalarType::kInt64;
        return {};
      }
      break;
    case JsonKind::kNested: break;
  }
  return Error::data(fmt::format("`{}`: the key column `{}` holds {}, and a key is int64, string, bool or timestamp",
                                 files_[0].shown, name, text));
}

/// A column that no object of the first rows has is most likely misspelt.
Status NdjsonSource::check_names() const {
  ASSIGN_OR_RETURN(JsonLines lines, JsonLines::open(files_[0]));
  std::vector<std::string> present;
  while (lines.row() < kKeyInferenceRows) {
    ASSIGN_OR_RETURN(const bool has_line, lines.next());
    if (!has_line) break;
    lines.visit_fields([&](const JsonField& field) {
      if (std::find(present.begin(), present.end(), field.key) == present.end() && present.size() < 10'000) {
        present.emplace_back(field.key);
      }
    });
    const bool has_all = std::all_of(columns_.begin(), columns_.end(), [&](const RequestedColumn& column) {
      return std::find(present.begin(), present.end(), column.name) != present.end();
    });
    if (has_all) return {};
  }
  if (lines.row() == 0) return {};
  for (const RequestedColumn& column : columns_) {
    const bool is_present = std::find(present.begin(), present.end(), column.name) != present.end();
    if (is_present || find_partition(files_[0], column.name) != nullptr) continue;
    // A rare value column may well be absent from the first rows; a key, time or arrival never.
    if (column.is_required || lines.row() < kKeyInferenceRows) {
      return missing_column_error(files_[0].shown, column.name, present);
    }
  }
  return {};
}

/// Why a JSON value cannot be a column's type, or null.
const char* problem_of(const JsonField& field, const RequestedColumn& column, bool takes_integers) {
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
      if (column.unit.has_value())
        return field.kind == JsonKind::kNumber ? nullptr : "is not an integer, as `unit` says";
      if (field.kind == JsonKind::kNumber) return "is not a timestamp (an integer needs `unit`)";
      return is_text ? nullptr : "is not a timestamp";
    case ScalarType::kNull:
    case ScalarType::kDuration: break;
  }
  return "has an unknown type";
}

Status NdjsonSource::read_unit(size_t unit, const Consume& consume, UnitFindings& findings) {
  const InputFile& file = files_[unit];
  ASSIGN_OR_RETURN(JsonLines lines, JsonLines::open(file));
  std::vector<TextBinding> bindings;
  std::unordered_map<std::string_view, std::vector<size_t>> columns_by_name;
  for (size_t i = 0; i < columns_.size(); ++i) {
    TextBinding binding{columns_[i], is_inferred_[i] != 0};
    if (const HivePartition* partition = find_partition(file, columns_[i].name)) {
      binding.is_partition = true;
      ASSIGN_OR_RETURN(binding.partition, partition_value(file, *partition, columns_[i].type, columns_[i].unit));
    } else {
      columns_by_name[columns_[i].name].push_back(i);
    }
    bindings.push_back(std::move(binding));
  }

  RowBatcher batcher(file, bindings, consume, findings);
  std::vector<int64_t> last_rows(columns_.size(), 0);  // in which each column was last there, counted from 1
  const JsonLines::Visit set_field = [&](const JsonField& field) {
    const auto found = columns_by_name.find(field.key);
    if (found == columns_by_name.end()) return;
    for (const size_t column : found->second) {
      const bool is_again = last_rows[column] == lines.row();
      last_rows[column] = lines.row();
      if (is_again) {
        batcher.drop(columns_[column].name, "is there twice", field.text);
      } else if (field.kind == JsonKind::kNull) {
        continue;
      } else if (const char* problem = problem_of(field, columns_[column], takes_integers_[column] != 0)) {
        batcher.drop(columns_[column].name, problem, field.text);
      } else {
        batcher.set(column, field.text);
      }
    }
  };
  while (!findings.is_full()) {
    ASSIGN_OR_RETURN(const bool has_line, lines.next());
    if (!has_line) break;
    batcher.begin_row(lines.row(), lines.line());
    for (size_t i = 0; i < bindings.size(); ++i) {
      if (bindings[i].is_partition && bindings[i].wanted.is_required && bindings[i].partition.is_null())
        batcher.set_null(i);
    }
    if (const char* problem = lines.visit_fields(set_field)) batcher.drop("", problem, lines.text());
    RETURN_IF_ERROR(batcher.end_row(static_cast<int64_t>(lines.text().size()) + 1));
  }
  return batcher.finish();
}

}  // namespace

Result<std::unique_ptr<FileSource>> open_ndjson_source(const PlanSource& definition, std::vector<InputFile> files,
                                                       const SourceRequest& request, BadRows* bad_rows) {
  auto source = std::make_unique<NdjsonSource>(definition, std::move(files), request, bad_rows);
  RETURN_IF_ERROR(source->open());
  return std::unique_ptr<FileSource>(std::move(source));
}

}  // namespace headrace
