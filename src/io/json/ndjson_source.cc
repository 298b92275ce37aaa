#include "io/json/ndjson_source.h"

#include "io/files/text_source.h"
#include "io/json/json_lines.h"
#include "io/json/json_row.h"
#include "io/paths/column_presence.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>
#include <unordered_map>

namespace headrace {
namespace {

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
    for (const InputFile& file : files_) units_.push_back({.file = file.shown, .bytes = file.bytes});
    return {};
  }

 protected:
  Status read_unit(size_t unit, const Consume& consume, UnitFindings& findings) override;

 private:
  Status infer_key(size_t column);
  Status check_names();
  Status note_lacking(const InputFile& file, const JsonRow& fields, UnitFindings& findings) const;

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

Status NdjsonSource::read_unit(size_t unit, const Consume& consume, UnitFindings& findings) {
  const InputFile& file = files_[unit];
  ASSIGN_OR_RETURN(JsonLines lines, JsonLines::open(file));
  std::vector<TextBinding> bindings;
  JsonRow fields(columns_, takes_integers_, form_);
  for (size_t i = 0; i < columns_.size(); ++i) {
    // A field of the record is never replaced by a folder `column=value`.
    const HivePartition* partition = find_partition(file, columns_[i].name);
    if (partition != nullptr) fields.set_default(i, *partition);
    bindings.push_back({columns_[i], is_inferred_[i] != 0 && partition == nullptr});
  }

  RowBatcher batcher(file, bindings, form_, consume, findings);
  const JsonLines::Visit take_field = [&](const JsonField& field) { fields.take(field); };
  while (!findings.is_full()) {
    ASSIGN_OR_RETURN(const bool has_line, lines.next());
    if (!has_line) break;
    if (lines.row() == 1 && lines.text().front() == '[') return json_array_error(file.shown);
    batcher.begin_row(lines.row(), lines.line(), lines.text());
    fields.begin_row();
    if (const char* problem = lines.visit_fields(take_field)) {
      batcher.drop("", problem, lines.text());
    } else {
      fields.set_row(batcher);
    }
    findings.bytes_taken = lines.file_position();
    RETURN_IF_ERROR(batcher.end_row(static_cast<int64_t>(lines.text().size()) + 1));
  }
  RETURN_IF_ERROR(batcher.finish());
  return note_lacking(file, fields, findings);
}

/// Whether a file has a column is known when all of its rows were read.
Status NdjsonSource::note_lacking(const InputFile& file, const JsonRow& fields, UnitFindings& findings) const {
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
