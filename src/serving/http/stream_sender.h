#pragma once

/// The bytes of an HttpStream between those who send and the connection that writes.

#include "serving/http/http_message.h"

#include <functional>
#include <mutex>
#include <string>

namespace headrace {

/// Thread-safe. `wake` is called, under the lock, when there is something to take.
class StreamSender : public HttpStream {
 public:
  StreamSender(size_t bytes_max, std::function<void()> wake) : bytes_max_(bytes_max), wake_(std::move(wake)) {}

  bool send(std::string bytes) override;
  size_t bytes_waiting() const override;
  void finish() override;
  bool is_open() const override;

  struct Taken {
    std::string bytes;
    bool is_last = false;  // nothing comes after these bytes
    bool is_cut = false;   // the client was too slow
  };
  /// For the connection: what came since the last time. Those bytes count as waiting until the next call.
  Taken take();
  /// The client is gone. Wakes nobody after it.
  void close();

 private:
  void wake();

  const size_t bytes_max_;
  mutable std::mutex mutex_;
  std::function<void()> wake_;
  std::string waiting_;
  size_t bytes_taken_ = 0;
  bool is_open_ = true;
  bool is_finished_ = false;
  bool is_cut_ = false;
  bool is_woken_ = false;
};

}  // namespace headrace
