#include "base/file_system.h"
#include "base/kill_point.h"
#include "store/rocks_event_log.h"

#include <fmt/format.h>

namespace headrace {
namespace {

constexpr int64_t kPieceBytes = int64_t{1} << 20;

Status copy_file(FileSystem& files, const std::string& from, const std::string& to) {
  ASSIGN_OR_RETURN(const std::unique_ptr<ReadableFile> source, files.open(from));
  ASSIGN_OR_RETURN(const std::unique_ptr<WritableFile> target, files.create(to, {}));
  for (int64_t at = 0; at < source->size(); at += kPieceBytes) {
    ASSIGN_OR_RETURN(const std::string piece, source->read_at(at, kPieceBytes));
    RETURN_IF_ERROR(target->append(piece));
  }
  RETURN_IF_ERROR(target->sync());
  return target->close();
}

Status copy_files(FileSystem& files, const std::string& from, const std::string& to) {
  RETURN_IF_ERROR(files.make_folders(to));
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.list(from));
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(const FileInfo info, files.info(join_path(from, name)));
    if (info.is_folder || info.is_special || name == "LOCK") continue;
    RETURN_IF_ERROR(copy_file(files, join_path(from, name), join_path(to, name)));
  }
  return files.sync_folder(to);
}

}  // namespace

Result<EventStoreSummary> restore_event_store(const std::string& copy, const std::string& folder) {
  FileSystem& files = real_file_system();
  ASSIGN_OR_RETURN(const bool is_there, files.exists(folder));
  if (is_there) {
    ASSIGN_OR_RETURN(const std::vector<std::string> names, files.list(folder));
    if (!names.empty()) {
      return Error::conflict(fmt::format("`{}` is not empty", folder))
          .with_help("a restored store takes the place of none: move the other one away, or name another folder");
    }
  }
  RETURN_IF_ERROR(check_event_store(copy));

  const std::string draft = temporary_name(folder);
  RETURN_IF_ERROR(files.make_folders(folder_of(folder)));
  Status status = copy_files(files, copy, draft);
  Result<EventStoreSummary> restored =
      status.ok() ? check_event_store(draft) : Result<EventStoreSummary>(status.error());
  kill_point("restore-copied");
  if (restored && is_there) status = files.remove(folder);
  if (restored && status.ok()) status = files.rename(draft, folder);
  kill_point("restore-named");
  if (restored && status.ok()) status = files.sync_folder(folder_of(folder));
  if (restored && status.ok()) return restored;
  (void)files.remove_all(draft);
  return restored ? status.error() : restored.error();
}

}  // namespace headrace
