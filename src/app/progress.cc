#include "app/progress.h"

#include "app/terminal.h"
#include "base/clock.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace headrace {
namespace {

constexpr auto kRedrawInterval = std::chrono::milliseconds(100);
constexpr int kBarWidth = 24;
/// Before this many seconds a rate says nothing.
constexpr double kSecondsBeforeRate = 0.3;

std::string clock_text(double seconds) {
  const auto whole = static_cast<int64_t>(seconds + 0.5);
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string rate_text(double rows_per_second) {
  if (rows_per_second >= 1e6) return fmt::format("{:.1f} M rows/s", rows_per_second / 1e6);
  if (rows_per_second >= 1e3) return fmt::format("{:.0f} k rows/s", rows_per_second / 1e3);
  return fmt::format("{:.0f} rows/s", rows_per_second);
}

}  // namespace

std::string progress_line(const std::string& stage, int64_t rows, int64_t rows_total, double seconds, int width) {
  std::string line = stage;
  const bool has_rate = seconds >= kSecondsBeforeRate && rows > 0;
  const double rate = has_rate ? static_cast<double>(rows) / seconds : 0;
  if (rows_total > 0) {
    const double part = std::min(1.0, static_cast<double>(rows) / static_cast<double>(rows_total));
    const auto filled = static_cast<size_t>(part * kBarWidth);
    line +=
        fmt::format("  [{}{}]  {:3.0f} %", std::string(filled, '#'), std::string(kBarWidth - filled, '.'), part * 100);
  } else if (rows > 0) {
    line += fmt::format("  {} rows", rows);
  }
  if (has_rate) line += "  " + rate_text(rate);
  if (has_rate && rows_total > rows) line += "  " + clock_text(static_cast<double>(rows_total - rows) / rate) + " left";
  return fit(line, width);
}

ProgressBar::ProgressBar(const JobProgress& progress, bool quiet) : progress_(progress) {
  if (quiet || !is_terminal(Stream::kErr)) return;
  thread_ = std::thread([this] { draw_until_stopped(); });
}

ProgressBar::~ProgressBar() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
  thread_.join();
  write_err("\r\x1b[K");
}

void ProgressBar::draw_until_stopped() {
  std::string stage;
  int64_t start_us = system_clock().elapsed_us();
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, kRedrawInterval, [this] { return stopped_; })) {
    const int64_t now_us = system_clock().elapsed_us();
    std::string current = progress_.stage();
    if (current != stage) {
      stage = std::move(current);
      start_us = now_us;
    }
    const double seconds = static_cast<double>(now_us - start_us) / 1e6;
    const std::string line = progress_line(stage, progress_.rows().rows_read.load(), progress_.rows().rows_total.load(),
                                           seconds, terminal_width(Stream::kErr) - 1);
    write_err("\r" + line + "\x1b[K");
  }
}

}  // namespace headrace
