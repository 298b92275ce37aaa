#include "base/program_output.h"

#include "base/descriptor.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

#include <fcntl.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace headrace {
namespace {

constexpr off_t kSaidBytesMax = 4096;

Error program_error(const std::string& name, int code) {
  return Error::environment(fmt::format("cannot run {}: {}", name, std::strerror(code)));
}

bool write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return ::lseek(descriptor, 0, SEEK_SET) == 0;
}

std::string end_of(int descriptor) {
  std::string text(kSaidBytesMax, '\0');
  const off_t size = ::lseek(descriptor, 0, SEEK_END);
  const ssize_t count = ::pread(descriptor, text.data(), text.size(), std::max<off_t>(0, size - kSaidBytesMax));
  text.resize(static_cast<size_t>(std::max<ssize_t>(0, count)));
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  return text;
}

int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

Result<ProgramOutput> run_program(const std::vector<std::string>& command, std::string_view input) {
  CHECK(!command.empty());
  // Input and stderr are files in memory, so that only stdout has to be read while the program runs.
  const Descriptor in(::memfd_create("stdin", MFD_CLOEXEC));
  const Descriptor err(::memfd_create("stderr", MFD_CLOEXEC));
  std::array<int, 2> ends = {-1, -1};
  if (in.number() < 0 || err.number() < 0 || !write_all(in.number(), input) || ::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return program_error(command.front(), errno);
  }
  const Descriptor out(ends[0]);
  std::optional<Descriptor> far_end(ends[1]);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in.number(), STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, far_end->number(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.number(), STDERR_FILENO);
  std::vector<char*> arguments;
  for (const std::string& each : command) arguments.push_back(const_cast<char*>(each.c_str()));
  arguments.push_back(nullptr);
  pid_t pid = 0;
  const int code = ::posix_spawnp(&pid, arguments.front(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (code != 0) return program_error(command.front(), code);
  far_end.reset();

  ProgramOutput output;
  std::array<char, 1 << 16> chunk;
  for (;;) {
    const ssize_t count = ::read(out.number(), chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    output.out.append(chunk.data(), static_cast<size_t>(count));
    if (output.out.size() <= kProgramBytesMax) continue;
    ::kill(pid, SIGKILL);
    wait_for(pid);
    return Error::environment(fmt::format("{} wrote more than {} MiB", command.front(), kProgramBytesMax >> 20));
  }
  output.exit_code = wait_for(pid);
  output.said = end_of(err.number());
  return output;
}

}  // namespace headrace
