#include "io/commit/replace_files.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

namespace headrace {
namespace {

Status write_new_file(FileSystem& files, const std::string& path, std::string_view text) {
  ASSIGN_OR_RETURN(const std::unique_ptr<WritableFile> file, files.create(path, {}));
  RETURN_IF_ERROR(file->append(text));
  RETURN_IF_ERROR(file->sync());
  return file->close();
}

/// One replacement on its way.
class Replacement {
 public:
  Replacement(FileSystem& files, const std::vector<ReplacedFile>& replaced) : files_(files), replaced_(replaced) {
    for (const ReplacedFile& each : replaced) drafts_.push_back({temporary_name(each.path), temporary_name(each.path)});
  }
  ~Replacement() {
    // What cannot be removed is hidden, and in nobody's way.
    for (const std::string& path : written_) (void)files_.remove(path).ok();
  }

  Status run() {
    for (size_t i = 0; i < replaced_.size(); ++i) {
      RETURN_IF_ERROR(write(drafts_[i].before, replaced_[i].before));
      RETURN_IF_ERROR(write(drafts_[i].after, replaced_[i].after));
    }
    size_t renamed = 0;
    const Status done = rename_all(renamed);
    return done.ok() ? done : restore(renamed, done.error());
  }

 private:
  struct Drafts {
    std::string before, after;
  };

  Status write(const std::string& path, const std::string& text) {
    written_.insert(path);
    return write_new_file(files_, path, text);
  }

  Status rename_all(size_t& renamed) {
    std::set<std::string> folders;
    for (; renamed < replaced_.size(); ++renamed) {
      RETURN_IF_ERROR(files_.rename(drafts_[renamed].after, replaced_[renamed].path));
      written_.erase(drafts_[renamed].after);
      folders.insert(folder_of(replaced_[renamed].path));
    }
    for (const std::string& folder : folders) RETURN_IF_ERROR(files_.sync_folder(folder));
    return {};
  }

  /// Gives the first files their texts back.
  Error restore(size_t renamed, const Error& why) {
    std::vector<std::string> lost;
    for (size_t i = 0; i < renamed; ++i) {
      written_.erase(drafts_[i].before);
      if (!files_.rename(drafts_[i].before, replaced_[i].path).ok()) {
        lost.push_back(fmt::format("{} (its text is in {})", files_.shown(replaced_[i].path), drafts_[i].before));
      }
    }
    // The first error is the one that counts.
    for (size_t i = 0; i < renamed; ++i) (void)files_.sync_folder(folder_of(replaced_[i].path)).ok();
    if (lost.empty()) return why;
    return Error::environment(fmt::format("{}; and these could not be given back their texts: {}", why.message(),
                                          fmt::join(lost, ", ")))
        .with_help("rename the named files by hand");
  }

  FileSystem& files_;
  const std::vector<ReplacedFile>& replaced_;
  std::vector<Drafts> drafts_;     // parallel to replaced_
  std::set<std::string> written_;  // drafts that are in place
};

}  // namespace

Status replace_files(FileSystem& files, const std::vector<ReplacedFile>& replaced) {
  return Replacement(files, replaced).run();
}

}  // namespace headrace
