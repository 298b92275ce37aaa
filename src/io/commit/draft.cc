#include "io/commit/draft.h"

#include "base/random_name.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

constexpr std::string_view kMark = "writing-";
constexpr std::string_view kNewSuffix = ".new";
/// Drafts lie in the folder, or as far below it: ENTITY/day=DAY/part-0.parquet.
constexpr int kDepth = 2;

/// The end of names that carry a token.
std::string ending_of(const std::string& token) { return fmt::format(".{}{}", token, kNewSuffix); }

/// Removes files that end so, and folders where nothing is left then. Says whether the folder itself has gone.
Result<bool> remove_below(FileSystem& files, const std::string& folder, const std::vector<std::string>& endings,
                          int depth) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.list(folder));
  size_t removed = 0;
  for (const std::string& name : names) {
    const std::string path = join_path(folder, name);
    const bool is_draft =
        std::any_of(endings.begin(), endings.end(), [&](const std::string& ending) { return name.ends_with(ending); });
    if (!is_plain_path(path) || (!is_draft && depth == 0)) continue;
    ASSIGN_OR_RETURN(const FileInfo info, files.info(path));
    if (is_draft && !info.is_folder && !info.is_special) {
      RETURN_IF_ERROR(files.remove(path));
      ++removed;
    } else if (info.is_folder && depth > 0) {
      ASSIGN_OR_RETURN(const bool is_gone, remove_below(files, path, endings, depth - 1));
      removed += is_gone ? 1 : 0;
    }
  }
  const bool is_emptied = removed > 0 && removed == names.size() && !folder.empty();
  if (is_emptied) RETURN_IF_ERROR(files.remove(folder));
  return is_emptied;
}

}  // namespace

Result<std::unique_ptr<Draft>> Draft::begin(FileSystem& files) {
  std::unique_ptr<Draft> draft(new Draft(files, random_name()));
  ASSIGN_OR_RETURN(const std::unique_ptr<WritableFile> mark, files.create(std::string(kMark) + draft->token_, {}));
  RETURN_IF_ERROR(mark->sync());
  RETURN_IF_ERROR(mark->close());
  RETURN_IF_ERROR(files.sync_folder(""));
  return draft;
}

Draft::~Draft() {
  // What cannot be removed now is removed by the next run.
  (void)files_.remove(std::string(kMark) + token_).ok();
}

std::string Draft::temporary_of(const std::string& file) const { return file + ending_of(token_); }

bool is_temporary_of(const std::string& temporary, const std::string& file) {
  if (!temporary.starts_with(file + ".") || !temporary.ends_with(kNewSuffix)) return false;
  const size_t start = file.size() + 1, end = temporary.size() - kNewSuffix.size();
  return end > start && is_random_name(temporary.substr(start, end - start));
}

bool is_of_draft(const std::string& name) {
  if (name.starts_with(kMark)) return is_random_name(name.substr(kMark.size()));
  if (!name.ends_with(kNewSuffix)) return false;
  const std::string stem = name.substr(0, name.size() - kNewSuffix.size());
  return is_random_name(stem.substr(stem.rfind('.') + 1));
}

Status remove_left_drafts(FileSystem& files) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.list(""));
  std::vector<std::string> marks, endings;
  for (const std::string& name : names) {
    if (!name.starts_with(kMark) || !is_random_name(name.substr(kMark.size()))) continue;
    ASSIGN_OR_RETURN(const FileInfo info, files.info(name));
    if (info.is_folder || info.is_special || info.bytes > 0) continue;
    marks.push_back(name);
    endings.push_back(ending_of(name.substr(kMark.size())));
  }
  if (marks.empty()) return {};
  const Result<bool> done = remove_below(files, "", endings, kDepth);
  if (!done) return done.error();
  for (const std::string& mark : marks) RETURN_IF_ERROR(files.remove(mark));
  return {};
}

}  // namespace headrace
