#pragma once

/// Long work for Python: without the interpreter's lock, stopped by Ctrl-C, and told about while it runs.

#include "session/running/progress_state.h"

#include <nanobind/nanobind.h>
#include <nanobind/stl/string.h>

#include <chrono>
#include <future>

namespace headrace {

/// Calls a Python function with (stage, share of it or None, count, total or None, what is counted); None: nobody listens.
/// Needs the interpreter's lock.
class ProgressListener {
 public:
  explicit ProgressListener(nanobind::object listener) : listener_(std::move(listener)) {}

  /// What the function raises goes on.
  void tell(const JobProgress& progress) const {
    if (listener_.is_none()) return;
    const ProgressState state = state_of(progress);
    const nanobind::object none = nanobind::none();
    listener_(state.stage, state.share ? nanobind::cast(*state.share) : none, state.count,
              state.of_total ? nanobind::cast(*state.of_total) : none, state.noun);
  }

 private:
  nanobind::object listener_;
};

/// Runs work() in a thread of its own while this one looks for signals and tells of the progress, ten times a second. On a
/// signal that raises (KeyboardInterrupt), or a listener that does, the job is asked to stop, awaited, and the exception
/// goes on.
template <typename Work>
auto run_interruptible(JobProgress& progress, const ProgressListener& listener, Work work) -> decltype(work()) {
  auto running = std::async(std::launch::async, std::move(work));
  const auto is_done = [&running] {
    const nanobind::gil_scoped_release unlocked;
    return running.wait_for(std::chrono::milliseconds(100)) == std::future_status::ready;
  };
  try {
    while (!is_done()) {
      if (PyErr_CheckSignals() != 0) throw nanobind::python_error();
      listener.tell(progress);
    }
  } catch (...) {
    progress.request_stop();
    {
      const nanobind::gil_scoped_release unlocked;
      running.wait();
    }
    throw;
  }
  return running.get();
}

}  // namespace headrace
