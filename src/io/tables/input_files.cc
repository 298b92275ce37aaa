#include "io/tables/input_files.h"

#include "io/paths/path_parts.h"
#include "io/remote/object_store.h"
#include "io/remote/remote_location.h"
#include "io/tables/delta_log.h"

#include <fmt/format.h>

#include <filesystem>
#include <set>

namespace headrace {
namespace {

constexpr int kFoldersAboveMax = 16;

Error table_refused(const LakeTable& table, const std::string& shown, const std::string& what,
                    const std::string& help) {
  return Error::data(fmt::format("`{}` is {} {} table, {}", shown, table.format == LakeFormat::kIceberg ? "an" : "a",
                                 to_string(table.format), what))
      .with_help(help);
}

/// A table in whose folders a location of this machine lies.
std::optional<LakeTable> table_above(const std::string& whole) {
  std::error_code ignored;
  std::filesystem::path folder(whole);
  for (int i = 0; i < kFoldersAboveMax && folder.has_parent_path() && folder.parent_path() != folder; ++i) {
    folder = folder.parent_path();
    if (has_glob(folder.string())) continue;
    if (std::filesystem::is_directory(folder / "_delta_log", ignored))
      return LakeTable{LakeFormat::kDelta, folder.string()};
    if (std::filesystem::is_directory(folder / ".hoodie", ignored))
      return LakeTable{LakeFormat::kHudi, folder.string()};
  }
  return std::nullopt;
}

std::string without_slashes(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

/// The files of the table's newest version; `found` is all that lies in its folder.
Result<InputFiles> delta_files(const LakeTable& table, const std::string& shown, const InputFiles& found) {
  ASSIGN_OR_RETURN(const DeltaVersion version, read_delta_log(table.folder, shown));
  InputFiles files;
  files.left_out = found.left_out;
  files.about = fmt::format("version {} of a Delta table", version.version);
  for (const auto& [place, partitions] : version.files) {
    InputFile file;
    file.path = join_path(table.folder, place);
    file.shown = join_path(shown, place);
    const Result<FileInfo> info = file_system_of(file.path).info(file.path);
    if (!info) return info.error().with_context(fmt::format("the log of the Delta table `{}` names a file", shown));
    file.bytes = info->bytes;
    file.modified_us = info->modified_us;
    file.partitions = partitions;
    files.files.push_back(std::move(file));
  }
  if (files.files.empty()) {
    return Error::environment(fmt::format("{} `{}` has no files", files.about, shown)).with_help("is it empty?");
  }

  std::set<std::string_view> taken;
  for (const InputFile& file : files.files) taken.insert(file.shown);
  for (const InputFile& file : found.files) {
    if (!taken.contains(file.shown)) files.left_out.add(LeftOutReason::kRemoved, file.shown);
  }
  return files;
}

}  // namespace

Result<InputFiles> find_input_files(const std::string& path, const std::string& folder, FileFormat format) {
  const bool is_in_store = is_remote(path);
  auto found = is_in_store ? expand_remote_location(path, format) : expand_location(path, folder, format);
  if (!found.ok()) return found;
  const bool is_absolute = is_in_store || path.starts_with('/') || folder.empty();
  const std::string whole = without_slashes(is_absolute ? path : join_path(folder, path));
  const bool is_one_file = found->files.size() == 1 && found->files[0].shown == path;
  if (!found->table && !is_one_file && !is_in_store && format == FileFormat::kParquet)
    found->table = table_above(whole);
  if (!found->table) return found;

  const LakeTable& table = *found->table;
  const std::string prefix = is_absolute ? "" : without_slashes(folder) + "/";
  const std::string shown =
      !prefix.empty() && table.folder.starts_with(prefix) ? table.folder.substr(prefix.size()) : table.folder;
  if (table.format != LakeFormat::kDelta) {
    return table_refused(
        table, shown, "which is not read",
        "write a snapshot of it as plain Parquet files into another folder, with the engine that wrote "
        "the table, and name that folder");
  }
  if (format != FileFormat::kParquet)
    return table_refused(table, shown, "whose files are Parquet", "say `format: parquet`");
  if (without_slashes(table.folder) != whole) {
    return table_refused(table, shown, "and only its log says which of its files count",
                         fmt::format("name its folder, and nothing else: `path: {}`", shown));
  }
  return delta_files(table, shown, *found);
}

}  // namespace headrace
