#include "session/generated/files_of_sources.h"

#include "io/observations/observations_reader.h"
#include "io/remote/object_store.h"
#include "io/tables/input_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

namespace headrace {

namespace {

/// The columns of a source that the plan reads.
std::vector<std::string> read_columns(const Plan& plan, const PlanSource& source) {
  std::vector<std::string> names = plan.entities[source.entity].keys;
  names.push_back(source.event_time);
  for (const ColumnDefinition& column : source.columns) names.push_back(column.name);
  for (const SourceCheck& check : source.checks) {
    if (!check.column.empty()) names.push_back(check.column);
  }
  if (source.arrival) names.push_back(*source.arrival);
  if (source.identity) names.push_back(source.identity->id);
  if (source.identity && source.identity->deleted) names.push_back(*source.identity->deleted);
  return names;
}

std::optional<std::string> folder_value(const InputFile& file, const std::string& column) {
  std::optional<std::string> value;
  for (const HivePartition& each : file.partitions) {
    if (each.column == column) value = each.value;  // the innermost counts
  }
  return value;
}

/// Tells columns that only folders, or a table's log, give from those that files have as well.
Status add_folder_columns(const BatchLocation& location, const std::vector<std::string>& columns,
                          const std::vector<const InputFile*>& files, SourceFiles& out) {
  const auto is_given = [&](const std::string& column) {
    return std::any_of(files.begin(), files.end(), [&](const InputFile* file) {
      return std::any_of(file->partitions.begin(), file->partitions.end(),
                         [&](const HivePartition& each) { return each.column == column; });
    });
  };
  std::map<std::string, size_t> in_files;  // how many files have the column themselves
  for (const std::string& column : columns) {
    if (is_given(column)) in_files[column] = 0;
  }
  if (in_files.empty()) return {};

  // Records of JSON may have a field or not, each for itself.
  const bool is_by_record = location.format == FileFormat::kNdjson;
  for (const InputFile* file : files) {
    if (is_by_record) break;
    ASSIGN_OR_RETURN(
        const ObservationTable head,
        read_observations(file->path,
                          {.format = std::string(to_string(location.format)), .text = location.text, .rows_max = 0}));
    for (auto& [column, count] : in_files) count += head.has_column(column) ? 1 : 0;
  }
  for (const auto& [column, count] : in_files) {
    if (count == files.size() && !is_by_record) continue;
    if (count > 0 || is_by_record) {
      out.mixed_columns.push_back(column);
      continue;
    }
    for (const InputFile* file : files) out.folder_columns[column].push_back(folder_value(*file, column));
  }
  return {};
}

}  // namespace

Result<std::map<std::string, SourceFiles>> files_of_sources(const Session& session, const Plan& plan) {
  std::map<std::string, SourceFiles> all;
  for (const PlanSource& source : plan.sources) {
    if (!source.batch || is_remote(source.batch->path)) continue;
    Result<InputFiles> found = find_input_files(source.batch->path, session.folder(), source.batch->format);
    if (!found && found.error().kind() == ErrorKind::kEnvironment) continue;
    if (!found) return found.error().with_context(fmt::format("source `{}`", source.name));

    SourceFiles files;
    std::vector<const InputFile*> with_text;
    for (InputFile& file : found->files) {
      for (const auto& [column, value] : source.batch->constants)
        file.partitions.insert(file.partitions.begin(), {column, value});
      const bool is_text_of_nothing = file.bytes == 0 && source.batch->format != FileFormat::kParquet;
      if (!is_text_of_nothing) {
        files.paths.push_back(file.shown);
        with_text.push_back(&file);
      }
      if (found->is_of_folder && !file.is_by_link) ++files.in_folder;
    }
    const std::vector<std::string> columns = read_columns(plan, source);
    const Status added = add_folder_columns(*source.batch, columns, with_text, files);
    if (!added.ok()) return added.error().with_context(fmt::format("source `{}`", source.name));
    if (!files.paths.empty()) all[source.name] = std::move(files);
  }
  return all;
}

}  // namespace headrace
