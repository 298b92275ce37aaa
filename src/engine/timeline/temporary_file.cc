#include "engine/timeline/temporary_file.h"

#include "base/option_name.h"

#include <fmt/format.h>
#include <unistd.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace headrace {
namespace {

std::string remedy() {
  return fmt::format("give more memory ({}), or set TMPDIR to a folder with free space", option(OptionName::kMemory));
}

}  // namespace

Result<int> open_temporary_file(const std::string& folder) {
  std::error_code code;
  const std::string place = folder.empty() ? std::filesystem::temp_directory_path(code).string() : folder;
  std::string path = place + "/headrace-spill-XXXXXX";
  const int descriptor = ::mkstemp(path.data());
  if (descriptor < 0) {
    return Error::environment("cannot create a spill file in " + place + ": " + std::strerror(errno))
        .with_help(remedy());
  }
  ::unlink(path.c_str());
  return descriptor;
}

Status write_at(int descriptor, const char* bytes, size_t size, int64_t offset) {
  while (size > 0) {
    const ssize_t put = ::pwrite(descriptor, bytes, size, offset);
    if (put < 0 && errno == EINTR) continue;
    if (put <= 0) {
      return Error::environment(std::string("cannot spill rows to disk: ") + std::strerror(errno)).with_help(remedy());
    }
    bytes += put, offset += put, size -= static_cast<size_t>(put);
  }
  return {};
}

Status read_at(int descriptor, char* into, size_t size, int64_t offset) {
  while (size > 0) {
    const ssize_t got = ::pread(descriptor, into, size, offset);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Error::environment(std::string("cannot read spilled rows: ") + std::strerror(errno));
    into += got, offset += got, size -= static_cast<size_t>(got);
  }
  return {};
}

}  // namespace headrace
