#include "app/watch.h"

#include "app/opened_project.h"
#include "app/terminal.h"
#include "session/project/project_files.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string_view>

namespace headrace {
namespace {

namespace fs = std::filesystem;

/// Editors write several files for one save; a pause of so long ends it.
constexpr int kPauseMs = 100;
constexpr int kNoTimeout = -1;

/// The folders of a project from the moment it is made: a save while a verb runs is not lost.
class FolderWatch {
 public:
  static Result<std::unique_ptr<FolderWatch>> create(const std::string& project) {
    std::unique_ptr<FolderWatch> watch(new FolderWatch(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)));
    if (watch->descriptor_ < 0) return cannot_watch(project);
    RETURN_IF_ERROR(watch->add(project));
    for (const char* name : {"features", "tests"}) watch->add_below(path_below(project, name), 0);
    return watch;
  }
  ~FolderWatch() { ::close(descriptor_); }

  /// Returns when something was saved, and nothing more for a moment.
  void wait() const {
    pollfd waited{descriptor_, POLLIN, 0};
    bool has_changed = false;
    while (::poll(&waited, 1, has_changed ? kPauseMs : kNoTimeout) != 0) {
      has_changed |= take_events();
    }
  }

 private:
  explicit FolderWatch(int descriptor) : descriptor_(descriptor) {}

  static Error cannot_watch(const std::string& folder) {
    return Error::environment(fmt::format("cannot watch {}: {}", folder, std::strerror(errno)));
  }

  Status add(const std::string& folder) const {
    constexpr uint32_t kSaves = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE;
    if (::inotify_add_watch(descriptor_, folder.c_str(), kSaves) < 0) return cannot_watch(folder);
    return {};
  }

  /// Folders that are not there, or cannot be watched, are not: what is read of them is told by the verb.
  void add_below(const std::string& folder, int depth) const {
    std::error_code code;
    if (depth > kFolderDepthMax || !fs::is_directory(folder, code) || !add(folder).ok()) return;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder, code)) {
      if (entry.is_directory(code) && !entry.is_symlink(code)) add_below(entry.path().string(), depth + 1);
    }
  }

  /// Whether one of the events is of a file of definitions, or a folder of them.
  bool take_events() const {
    alignas(inotify_event) char bytes[1 << 14];
    const ssize_t size = ::read(descriptor_, bytes, sizeof bytes);
    bool is_one = false;
    for (ssize_t at = 0; at < size;) {
      inotify_event event{};
      std::memcpy(&event, bytes + at, sizeof event);
      const std::string_view name = event.len > 0 ? bytes + at + sizeof event : "";
      is_one |= (event.mask & IN_ISDIR) != 0 || name.ends_with(".yaml") || name.ends_with(".yml");
      at += static_cast<ssize_t>(sizeof event + event.len);
    }
    return is_one;
  }

  int descriptor_;
};

}  // namespace

void add_watch_option(CLI::App& command, bool& watches) {
  command.add_flag("--watch", watches, "Run again whenever a definition or a test is saved, until Ctrl-C");
}

int run_watched(bool watches, const std::string& project, const std::function<int()>& run) {
  if (!watches) return run();
  const Result<std::string> folder = project_folder(project);
  if (!folder) return report_error(folder.error());
  for (;;) {
    const Result<std::unique_ptr<FolderWatch>> watch = FolderWatch::create(*folder);
    if (!watch) return report_error(watch.error());
    if (is_terminal(Stream::kOut)) write_out("\x1b[H\x1b[2J");
    run();
    report_note("waiting for a save; Ctrl-C ends", false);
    (*watch)->wait();
  }
}

}  // namespace headrace
