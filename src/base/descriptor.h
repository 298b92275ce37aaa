#pragma once

/// Open files of the system, and what it says when it refuses. Internal to base.

#include "base/file_system.h"

#include <unistd.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace headrace {

/// An open descriptor, closed at the end.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }
  int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

/// "cannot ACTION PATH: No space left on device", with what helps against it.
Error system_error(std::string_view action, const std::string& path, int code);

/// A file that has just been made, or is opened at its end. `direct`: it was opened to be written past the page cache.
std::unique_ptr<WritableFile> writable_file(Descriptor descriptor, std::string path, bool direct);

/// A file without a name in the folder of `path`, which close() gives it; null where the system cannot do that.
std::unique_ptr<WritableFile> nameless_file(const std::string& path);

std::unique_ptr<ReadableFile> readable_file(Descriptor descriptor, std::string path, int64_t size);

}  // namespace headrace
