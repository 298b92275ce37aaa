#pragma once

/// A progress bar with rate and remaining time, on a terminal only.

#include "session/job_progress.h"

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace headrace {

/// One line for a state of progress: `reading pumps  [#####....]  45 %  3.2 M rows/s  0:12 left`.
/// Without a total there is no bar and no remaining time.
std::string progress_line(const std::string& stage, int64_t rows, int64_t rows_total, double seconds, int width);

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
