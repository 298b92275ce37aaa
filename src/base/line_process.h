#pragma once

/// A program that answers lines: one line in, one line out.
///
///   ASSIGN_OR_RETURN(auto worker, LineProcess::start({"python3", "-u", "worker.py"}));
///   ASSIGN_OR_RETURN(std::string answer, worker->ask("{\"n\": 1}"));
///
/// What it writes on stderr is kept, and its end is told when it stops. Not thread-safe.

#include "base/result.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace headrace {

class LineProcess {
 public:
  /// Starts the program, found by PATH. One that is not there is an environment error.
  static Result<std::unique_ptr<LineProcess>> start(const std::vector<std::string>& command);

  LineProcess(const LineProcess&) = delete;
  LineProcess& operator=(const LineProcess&) = delete;
  /// Closes its input, which is how it is told to end, and waits; a program that does not end in 5 s is killed.
  ~LineProcess();

  /// Waits for the answer, without its line break. A program that ends instead is an environment error with the last
  /// line that it wrote on stderr.
  Result<std::string> ask(std::string_view line);

 private:
  LineProcess(std::string name, pid_t pid, int in, int out, int err)
      : name_(std::move(name)), pid_(pid), in_(in), out_(out), err_(err) {}
  Error ended();

  std::string name_;
  pid_t pid_;
  int in_;   // its stdin
  int out_;  // its stdout
  int err_;  // a temporary file with its stderr
  std::string buffer_;
};

}  // namespace headrace
