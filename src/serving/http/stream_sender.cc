#include "serving/http/stream_sender.h"

#include <utility>

namespace headrace {

bool StreamSender::send(std::string bytes) {
  const std::lock_guard lock(mutex_);
  if (!is_open_) return false;
  if (bytes_taken_ + waiting_.size() + bytes.size() > bytes_max_) {
    is_open_ = false;
    is_cut_ = true;
    wake();
    return false;
  }
  waiting_ += bytes;
  wake();
  return true;
}

size_t StreamSender::bytes_waiting() const {
  const std::lock_guard lock(mutex_);
  return bytes_taken_ + waiting_.size();
}

void StreamSender::finish() {
  const std::lock_guard lock(mutex_);
  if (!is_open_) return;
  is_open_ = false;
  is_finished_ = true;
  wake();
}

bool StreamSender::is_open() const {
  const std::lock_guard lock(mutex_);
  return is_open_;
}

StreamSender::Taken StreamSender::take() {
  const std::lock_guard lock(mutex_);
  is_woken_ = false;
  bytes_taken_ = waiting_.size();
  return {.bytes = std::exchange(waiting_, {}), .is_last = is_finished_, .is_cut = is_cut_};
}

void StreamSender::close() {
  const std::lock_guard lock(mutex_);
  is_open_ = false;
  wake_ = nullptr;
}

void StreamSender::wake() {
  if (is_woken_ || wake_ == nullptr) return;
  is_woken_ = true;
  wake_();
}

}  // namespace headrace
