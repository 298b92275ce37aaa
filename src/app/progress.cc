#include "app/progress.h"

#include "app/table.h"
#include "app/terminal.h"
#include "base/clock.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace headrace {
namespace {

constexpr auto kRedrawInterval = std::chrono::milliseconds(100);
constexpr int kBarWidth = 24;
/// Before this many seconds a rate says nothing.
constexpr double kSecondsBeforeRate = 0.3;
/// Nor does a lesser share about the time that is left.
constexpr double kShareBeforeTime = 0.01;
constexpr int kBarWidthMin = 8;

std::string clock_text(double seconds) {
  const auto whole = std::llround(seconds);
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

std::string rate_text(double per_second, const std::string& noun) {
  if (per_second >= 1e6) return fmt::format("{:.1f} M {}/s", per_second / 1e6, noun);
  if (per_second >= 1e3) return fmt::format("{:.0f} k {}/s", per_second / 1e3, noun);
  return fmt::format("{:.0f} {}/s", per_second, noun);
}

std::string bar_text(double share, int width) {
  const auto filled = static_cast<size_t>(share * width);
  return fmt::format("  [{}{}]", std::string(filled, '#'), std::string(static_cast<size_t>(width) - filled, '.'));
}

}  // namespace

std::string progress_line(const ProgressState& state, double seconds, int width) {
  std::string rest;
  if (state.share) rest += fmt::format("  {:3.0f} %", *state.share * 100);
  if (state.of_total) {
    rest += fmt::format("  {} of {} {}", grouped_digits(state.count), grouped_digits(*state.of_total), state.noun);
  } else if (state.count > 0) {
    rest += fmt::format("  {} {}", grouped_digits(state.count), state.noun);
  }

  if (seconds >= kSecondsBeforeRate && state.count > 0) {
    rest += "  " + rate_text(static_cast<double>(state.count) / seconds, state.noun);
    const double share = state.share.value_or(0);
    if (share >= kShareBeforeTime) rest += "  " + clock_text(seconds * (1 - share) / share) + " left";
  }

  const int room = width - display_width(state.stage) - display_width(rest) - 4;  // blanks and brackets of the bar
  const int bar_width = std::min(kBarWidth, room);
  const bool has_bar = state.share && bar_width >= kBarWidthMin;
  return fit(state.stage + (has_bar ? bar_text(*state.share, bar_width) : "") + rest, width);
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
    std::string current = progress_.stage().text;
    if (current != stage) {
      stage = std::move(current);
      start_us = now_us;
    }
    const double seconds = static_cast<double>(now_us - start_us) / 1e6;
    write_err("\r" + progress_line(state_of(progress_), seconds, terminal_width(Stream::kErr) - 1) + "\x1b[K");
  }
}

}  // namespace headrace
