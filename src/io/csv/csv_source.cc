#include "io/csv/csv_source.h"

#include "base/utf8.h"
#include "io/csv/csv_reader.h"
#include "io/files/text_source.h"
#include "io/paths/column_presence.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

/// Adds to the error of a missing column what may be wrong with the reading itself: another delimiter, another encoding.
Error with_form_help(const Error& error, const std::vector<std::string>& header) {
  if (header.size() == 1) {
    for (const char* delimiter : {";", "\t", "|"}) {
      if (header[0].find(delimiter) == std::string::npos) continue;
      const std::string shown = *delimiter == '\t' ? "\\t" : delimiter;
      return error.with_help(fmt::format(
          "its header is one name with `{0}` in it: say `delimiter: \"{0}\"` in the `batch` of the source", shown));
    }
  }
  const bool is_utf8 = std::all_of(header.begin(), header.end(), [](const auto& name) { return is_valid_utf8(name); });
  if (is_utf8) return error;
  return error.with_help(
      "its header is not UTF-8: say `encoding: windows-1252` (or `latin-1`) in the `batch` of the source, or write it "
      "in "
      "UTF-8");
}

class CsvSource : public FileSource {
 public:
  CsvSource(const PlanSource& definition, std::vector<InputFile> files, const SourceRequest& request, BadRows* bad_rows)
      : FileSource(definition.name, std::move(files), bad_rows),
        columns_(requested_columns(definition, request)),
        form_(definition.batch->text) {}

  /// Reads headers. To be called once, before anything else.
  Status open() {
    is_inferred_.assign(columns_.size(), 0);
    RETURN_IF_ERROR(open_files());
    for (size_t i = 0; i < columns_.size() && columns_[i].is_key; ++i) {
      if (columns_[i].type == ScalarType::kNull) RETURN_IF_ERROR(infer_key(i));
      key_types_.push_back(columns_[i].type);
    }
    for (RequestedColumn& column : columns_) {
      if (column.type == ScalarType::kNull) column.type = ScalarType::kString;  // an id, or a key without values
    }
    return {};
  }

 protected:
  Status read_unit(size_t unit, const Consume& consume, UnitFindings& findings) override;

 private:
  Status open_files();
  Status infer_key(size_t column);

  std::vector<size_t> unit_files_;  // parallel to units_
  std::vector<RequestedColumn> columns_;
  std::vector<uint8_t> is_inferred_;
  const TextForm form_;
};

/// A file without rows has no unit.
Status CsvSource::open_files() {
  ColumnPresence presence(columns_);
  std::vector<std::string> first_header;
  for (size_t i = 0; i < files_.size(); ++i) {
    ASSIGN_OR_RETURN(std::optional<CsvReader> reader, CsvReader::open_if_any(files_[i], form_));
    if (!reader) continue;
    for (const RequestedColumn& column : columns_) RETURN_IF_ERROR(reader->find_column(column.name));
    ASSIGN_OR_RETURN(const bool has_rows, reader->next());
    presence.add(files_[i], reader->header(), has_rows);
    if (first_header.empty()) first_header = reader->header();
    if (!has_rows) continue;
    unit_files_.push_back(i);
    units_.push_back({.file = files_[i].shown, .bytes = files_[i].bytes});
  }
  // Where no file has a header, the first says so.
  if (!presence.has_names()) RETURN_IF_ERROR(CsvReader::open(files_[0], form_));
  const Status presented = presence.check();
  return presented.ok() ? presented : Status(with_form_help(presented.error(), first_header));
}

/// int64 when the first rows of the first file that has values of the column are all plain integers, else string.
Status CsvSource::infer_key(size_t column) {
  const std::string& name = columns_[column].name;
  is_inferred_[column] = 1;
  for (const size_t file : unit_files_) {
    ASSIGN_OR_RETURN(CsvReader reader, CsvReader::open(files_[file], form_));
    ASSIGN_OR_RETURN(const auto index, reader.find_column(name));
    if (!index.has_value()) {
      is_inferred_[column] = 0;
      columns_[column].type = infer_partition_type(files_, name);
      return {};
    }

    bool has_value = false;
    while (reader.row() < kKeyInferenceRows) {
      ASSIGN_OR_RETURN(const bool has_record, reader.next());
      if (!has_record) break;
      if (!reader.problem().empty()) continue;
      const CsvField& field = reader.fields()[*index];
      const bool is_null =
          field.is_null() || std::find(form_.nulls.begin(), form_.nulls.end(), field.text) != form_.nulls.end();
      if (is_null) continue;
      has_value = true;
      columns_[column].type = ScalarType::kInt64;
      if (is_plain_integer(field.text)) continue;
      columns_[column].type = ScalarType::kString;
      break;
    }

    if (has_value) return {};
  }
  return {};
}

Status CsvSource::read_unit(size_t unit, const Consume& consume, UnitFindings& findings) {
  const InputFile& file = files_[unit_files_[unit]];
  ASSIGN_OR_RETURN(CsvReader reader, CsvReader::open(file, form_));

  // Where the value of each column comes from: a field of the record, the path, or nowhere.
  std::vector<TextBinding> bindings;
  std::vector<size_t> fields;
  for (size_t i = 0; i < columns_.size(); ++i) {
    TextBinding binding{columns_[i], is_inferred_[i] != 0};
    ASSIGN_OR_RETURN(const auto index, reader.find_column(columns_[i].name));
    fields.push_back(index.value_or(0));
    if (!index.has_value()) {
      const HivePartition* partition = find_partition(file, columns_[i].name);
      binding.is_partition = true;
      if (partition == nullptr) {
        findings.lacking.push_back(columns_[i].name);
      } else {
        ASSIGN_OR_RETURN(binding.partition, partition_value(file, *partition, columns_[i].type, columns_[i].unit));
      }
    }
    bindings.push_back(std::move(binding));
  }

  RowBatcher batcher(file, bindings, form_, consume, findings);
  int64_t bytes_before = reader.bytes_read();
  while (!findings.is_full()) {
    ASSIGN_OR_RETURN(const bool has_record, reader.next());
    if (!has_record) break;
    batcher.begin_row(reader.row(), reader.line(), reader.record());
    if (!reader.problem().empty()) {
      batcher.drop("", reader.problem(), reader.record());
    } else {
      for (size_t i = 0; i < bindings.size(); ++i) {
        if (bindings[i].is_partition) {
          if (bindings[i].wanted.is_required && bindings[i].partition.is_null()) batcher.set_null(i);
          continue;
        }
        const CsvField& field = reader.fields()[fields[i]];
        // Quoted nothing is the empty string; for other types it is as empty as the rest.
        if (field.is_null() || (field.text.empty() && columns_[i].type != ScalarType::kString)) {
          batcher.set_null(i);
        } else {
          batcher.set(i, field.text);
        }
      }
    }

    findings.bytes_taken = reader.file_position();
    RETURN_IF_ERROR(batcher.end_row(reader.bytes_read() - bytes_before));
    bytes_before = reader.bytes_read();
  }
  return batcher.finish();
}

}  // namespace

Result<std::unique_ptr<FileSource>> open_csv_source(const PlanSource& definition, std::vector<InputFile> files,
                                                    const SourceRequest& request, BadRows* bad_rows) {
  auto source = std::make_unique<CsvSource>(definition, std::move(files), request, bad_rows);
  RETURN_IF_ERROR(source->open());
  return std::unique_ptr<FileSource>(std::move(source));
}

}  // namespace headrace
