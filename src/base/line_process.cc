#include "base/line_process.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace headrace {
namespace {

constexpr int kEndMillisMax = 5000;
constexpr int kEndMillisStep = 20;
/// Of stderr, from its end, when a program has ended.
constexpr off_t kErrorBytesMax = 4096;

Error start_error(const std::string& name, int code) {
  return Error::environment(fmt::format("cannot start {}: {}", name, std::strerror(code)));
}

/// The last line with text.
std::string last_line(std::string_view text) {
  const size_t end = text.find_last_not_of(" \n\r\t");
  if (end == std::string_view::npos) return "";
  const size_t start = text.find_last_of('\n', end);
  return std::string(text.substr(start == std::string_view::npos ? 0 : start + 1, end + 1 - (start + 1)));
}

/// The two ends of a pipe; closed with the object unless taken.
struct Pipe {
  std::array<int, 2> ends = {-1, -1};
  bool open() { return ::pipe2(ends.data(), O_CLOEXEC) == 0; }
  int take(size_t end) { return std::exchange(ends[end], -1); }
  ~Pipe() {
    for (const int end : ends) {
      if (end >= 0) ::close(end);
    }
  }
};

}  // namespace

Result<std::unique_ptr<LineProcess>> LineProcess::start(const std::vector<std::string>& command) {
  CHECK(!command.empty());
  Pipe in;
  Pipe out;
  const int err = ::memfd_create("stderr", MFD_CLOEXEC);
  if (err < 0 || !in.open() || !out.open()) {
    const int code = errno;
    if (err >= 0) ::close(err);
    return start_error(command.front(), code);
  }

  // The child's three streams; all other descriptors close when it starts.
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.ends[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out.ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);

  std::vector<char*> arguments;
  for (const std::string& each : command) arguments.push_back(const_cast<char*>(each.c_str()));
  arguments.push_back(nullptr);
  pid_t pid = 0;
  const int code = ::posix_spawnp(&pid, arguments.front(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);

  if (code != 0) {
    ::close(err);
    return start_error(command.front(), code);
  }
  return std::unique_ptr<LineProcess>(new LineProcess(command.front(), pid, in.take(1), out.take(0), err));
}

LineProcess::~LineProcess() {
  ::close(in_);
  ::close(out_);
  ::close(err_);
  for (int waited = 0; waited < kEndMillisMax; waited += kEndMillisStep) {
    if (::waitpid(pid_, nullptr, WNOHANG) != 0) return;
    ::usleep(kEndMillisStep * 1000);
  }
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

Error LineProcess::ended() {
  std::string text(kErrorBytesMax, '\0');
  const off_t size = ::lseek(err_, 0, SEEK_END);
  const ssize_t count = ::pread(err_, text.data(), text.size(), std::max<off_t>(0, size - kErrorBytesMax));
  text.resize(static_cast<size_t>(std::max<ssize_t>(0, count)));
  const std::string said = last_line(text);
  return Error::environment(fmt::format("{} ended{}", name_, said.empty() ? "" : ": " + said));
}

Result<std::string> LineProcess::ask(std::string_view line) {
  std::string sent(line);
  sent += '\n';
  // A program that has ended must not end this one.
  void (*before)(int) = std::signal(SIGPIPE, SIG_IGN);
  for (size_t done = 0; done < sent.size();) {
    const ssize_t count = ::write(in_, sent.data() + done, sent.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    done += static_cast<size_t>(count);
  }
  std::signal(SIGPIPE, before);
  std::array<char, 1 << 16> chunk;
  for (;;) {
    if (const size_t end = buffer_.find('\n'); end != std::string::npos) {
      std::string answer = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return answer;
    }
    const ssize_t count = ::read(out_, chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return ended();
    buffer_.append(chunk.data(), static_cast<size_t>(count));
  }
}

}  // namespace headrace
