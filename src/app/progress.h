#pragma once

/// A line with the phase of a job, its share, rate and remaining time; on a terminal only.

#include "session/running/progress_state.h"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace headrace {

/// `pump: reading  [#####....]  45 %  1,350,000 events  3.2 M events/s  0:12 left`, in at most `width` columns: where
/// there is little room, the bar is the first to go.
std::string progress_line(const ProgressState& state, double seconds, int width);

/// Draws on stderr while it lives and wipes its line at the end; silent when stderr is no terminal or `quiet`.
/// Reads the progress from a thread of its own. REQUIRES: the progress outlives the bar.
class ProgressBar {
 public:
  ProgressBar(const JobProgress& progress, bool quiet);
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

 private:
  void draw_until_stopped();

  const JobProgress& progress_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
  std::thread thread_;
};

}  // namespace headrace
