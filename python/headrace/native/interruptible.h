#pragma once

/// Long work for Python: without the interpreter's lock, and stopped by Ctrl-C.

#include "session/job_progress.h"

#include <nanobind/nanobind.h>

#include <chrono>
#include <future>

namespace headrace {

/// Runs work() in a thread of its own while this one looks for signals ten times a second. On one that raises
/// (KeyboardInterrupt), the job is asked to stop, awaited, and the exception goes on.
template <typename Work>
auto run_interruptible(JobProgress& progress, Work work) -> decltype(work()) {
  auto running = std::async(std::launch::async, std::move(work));
  const auto is_done = [&running] {
    const nanobind::gil_scoped_release unlocked;
    return running.wait_for(std::chrono::milliseconds(100)) == std::future_status::ready;
  };
  while (!is_done()) {
    if (PyErr_CheckSignals() == 0) continue;
    progress.request_stop();
    {
      const nanobind::gil_scoped_release unlocked;
      running.wait();
    }
    throw nanobind::python_error();
  }
  return running.get();
}

}  // namespace headrace
