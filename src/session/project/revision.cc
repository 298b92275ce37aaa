#include "session/project/revision.h"

#include "base/program_output.h"
#include "session/project/project_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace headrace {
namespace {

/// A file of a tree: what git's own listing says of it.
struct TreeFile {
  std::string object;
  std::string path;  // from the project
  bool is_link = false;
};

/// git in the project's folder; optional locks would write into a repository that is only read.
Result<ProgramOutput> run_git(const std::string& project, std::vector<std::string> words, std::string_view input = {}) {
  std::vector<std::string> command = {"git", "--no-optional-locks", "-C", project};
  command.insert(command.end(), std::make_move_iterator(words.begin()), std::make_move_iterator(words.end()));
  return run_program(command, input);
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

Result<std::string> commit_of(const std::string& project, const std::string& revision) {
  const bool is_option = revision.empty() || revision.starts_with('-');
  if (is_option || revision.find_first_of(std::string_view("\0\n\r", 3)) != std::string::npos) {
    return Error::usage(fmt::format("`{}` is not the name of a revision", revision));
  }
  ASSIGN_OR_RETURN(const ProgramOutput inside, run_git(project, {"rev-parse", "--is-inside-work-tree"}));
  if (inside.exit_code != 0) {
    return Error::environment(fmt::format("git cannot read a repository at {}: {}", project, first_line(inside.said)));
  }
  ASSIGN_OR_RETURN(const ProgramOutput found,
                   run_git(project, {"rev-parse", "--verify", "--quiet", revision + "^{commit}"}));
  if (found.exit_code == 0) return first_line(found.out);
  return Error::not_found(fmt::format("git knows no revision `{}`", revision))
      .with_help("a branch, a tag or a commit; `git fetch` brings those of a remote");
}

/// Whether read_definition_files() would take the file.
bool is_definition(const std::string& path) {
  if (path == kProjectFile) return true;
  const bool is_yaml = path.ends_with(".yaml") || path.ends_with(".yml");
  if (!path.starts_with("features/") || !is_yaml) return false;
  return path.find("/.") == std::string::npos &&
         std::count(path.begin(), path.end(), '/') <= static_cast<std::ptrdiff_t>(kFolderDepthMax) + 1;
}

/// "100644 blob 8f3a...\tfeatures/a.yaml" of each file, ended by a zero.
std::vector<TreeFile> definitions_in(std::string_view listing) {
  std::vector<TreeFile> files;
  for (size_t start = 0; start < listing.size();) {
    const size_t end = std::min(listing.find('\0', start), listing.size());
    const std::string_view line = listing.substr(start, end - start);
    start = end + 1;
    const size_t tab = line.find('\t');
    const size_t blob = line.find(" blob ");
    if (tab == std::string_view::npos || blob == std::string_view::npos || blob > tab) continue;
    std::string path(line.substr(tab + 1));
    if (!is_definition(path)) continue;
    files.push_back({std::string(line.substr(blob + 6, tab - blob - 6)), std::move(path), line.starts_with("120000")});
  }

  std::sort(files.begin(), files.end(), [](const TreeFile& a, const TreeFile& b) {
    return std::pair(a.path != kProjectFile, a.path) < std::pair(b.path != kProjectFile, b.path);
  });
  return files;
}

/// Takes "OBJECT blob SIZE\nBYTES\n" from the front.
Result<std::string> take_object(std::string_view& rest, const TreeFile& file) {
  const size_t line_end = rest.find('\n');
  const size_t size_at = line_end == std::string_view::npos ? line_end : rest.substr(0, line_end).rfind(' ');
  size_t size = 0;
  const bool has_size = size_at != std::string_view::npos &&
                        std::from_chars(rest.data() + size_at + 1, rest.data() + line_end, size).ec == std::errc();
  if (!has_size || rest.size() < line_end + 1 + size + 1) {
    return Error::environment(fmt::format("git does not give {}", file.path))
        .with_help("a partial clone has to fetch it first");
  }
  if (size > static_cast<size_t>(kTextFileBytesMax)) {
    return Error::data(
        fmt::format("{} has {} MiB; a text file may have {}", file.path, size >> 20, kTextFileBytesMax >> 20));
  }
  std::string text(rest.substr(line_end + 1, size));
  rest.remove_prefix(line_end + 1 + size + 1);
  return text;
}

}  // namespace

Result<RevisionFiles> read_definition_files_at(const std::string& project, const std::string& revision) {
  RevisionFiles found;
  ASSIGN_OR_RETURN(found.commit, commit_of(project, revision));
  ASSIGN_OR_RETURN(const ProgramOutput prefix, run_git(project, {"rev-parse", "--show-prefix"}));
  const std::string folder = prefix.out.substr(0, prefix.out.find_last_not_of("\r\n") + 1);
  // Of the project's own folder, which is the root of the listing then.
  ASSIGN_OR_RETURN(const ProgramOutput listing,
                   run_git(project, {"ls-tree", "-r", "-z", "--full-tree", found.commit + ":" + folder}));
  if (listing.exit_code != 0) return found;

  const std::vector<TreeFile> files = definitions_in(listing.out);
  if (files.empty() || files.front().path != kProjectFile) return found;
  std::string objects;
  for (const TreeFile& file : files) {
    if (file.is_link) return Error::data(fmt::format("{} is a link in {}, which is not followed", file.path, revision));
    objects += file.object + "\n";
  }
  ASSIGN_OR_RETURN(const ProgramOutput contents, run_git(project, {"cat-file", "--batch"}, objects));
  std::string_view rest = contents.out;
  // At the root of the repository, so that `HEAD:project.yaml` has a file's name of its own.
  const std::string shown = revision + ":" + (folder.empty() ? "./" : folder);
  for (const TreeFile& file : files) {
    ASSIGN_OR_RETURN(std::string text, take_object(rest, file));
    found.files.push_back({shown + file.path, std::move(text)});
  }
  return found;
}

}  // namespace headrace
