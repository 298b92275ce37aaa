#pragma once

/// What the connections of a server share, and the thread that a connection belongs to. Internal to http_server.cc, the
/// only file that is compiled with Boost.

#include "base/clock.h"
#include "serving/http/http_server.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace headrace {

/// Deadlines are looked at so often.
inline constexpr std::chrono::milliseconds kSweepInterval{50};

struct HttpServerShared {
  HttpServerShared(const HttpServerOptions& given, HttpHandler& asked, HttpCounters& counted)
      : options(given),
        handler(asked),
        counters(counted),
        blocking(static_cast<size_t>(given.blocking_threads)),
        waiting(static_cast<size_t>(given.waiting_threads)) {}

  const HttpServerOptions options;
  HttpHandler& handler;
  HttpCounters& counters;
  std::optional<boost::asio::ssl::context> tls;
  boost::asio::thread_pool blocking;
  boost::asio::thread_pool waiting;  // by itself: a read does not wait for the syncs of pushes
};

/// One connection, as its thread sees it. All functions run on that thread.
class HttpConnection {
 public:
  virtual ~HttpConnection() = default;
  /// Ends what takes too long.
  virtual void check(int64_t now_us) = 0;
  /// The server stops: what waits for a request ends now, what is in work when it is done.
  virtual void drain() = 0;
  virtual void close() = 0;
};

/// An event loop with its connections. Members are touched by its own thread only, unless it is said otherwise.
class ServerThread {
 public:
  explicit ServerThread(HttpServerShared& shared) : shared_(shared), timer_(io_), work_(io_.get_executor()) {
    sweep_later();
  }

  /// Any thread may post to it.
  boost::asio::io_context& io() { return io_; }
  HttpServerShared& shared() { return shared_; }
  bool is_draining() const { return is_draining_; }
  static int64_t now_us() { return system_clock().elapsed_us(); }

  /// Returns when it was drained and the last connection is gone.
  void run() {
    while (true) {
      try {
        io_.run();
        return;
      } catch (const std::exception&) {
        // No memory for a connection's next step: that connection is gone, the others go on.
        ++shared_.counters.refusals[static_cast<size_t>(HttpProblem::kFailed)];
      }
    }
  }

  void add(HttpConnection& connection) { connections_.insert(&connection); }
  void remove(HttpConnection& connection) { connections_.erase(&connection); }

  /// How many connections were given to it and are not gone; any thread.
  std::atomic<int>& load() { return load_; }

  void drain() {
    is_draining_ = true;
    drained_at_us_ = now_us() + shared_.options.limits.drain_time_max.us;
    work_.reset();
    for (HttpConnection* each : snapshot()) each->drain();
    timer_.cancel();  // looks at once whether anybody is left
  }

  /// For the body of an answer, of one that was sent. Whoever wants it takes it out.
  std::string& memory() {
    while (!memories_.empty() && memories_.back().capacity() < kMemoryMin) memories_.pop_back();
    return memories_.empty() ? memories_.emplace_back() : memories_.back();
  }
  void keep_memory(std::string memory) {
    if (memory.capacity() < kMemoryMin || memory.capacity() > kMemoryMax || memories_.size() >= kMemories) return;
    memories_.push_back(std::move(memory));
  }

  /// The value of the field Date, made once a second.
  const std::string& date() {
    const int64_t second = system_clock().now_us() / kMicrosPerSecond;
    if (second != date_second_) date_ = http_date(second);
    date_second_ = second;
    return date_;
  }

 private:
  /// Connections may go while they are asked.
  std::vector<HttpConnection*> snapshot() const { return {connections_.begin(), connections_.end()}; }

  void sweep_later() {
    timer_.expires_after(kSweepInterval);
    timer_.async_wait([this](const boost::system::error_code&) { sweep(); });
  }

  // Closing posts the completions that end a connection, so none is destroyed inside the loop.
  void sweep() {
    const int64_t now = now_us();
    for (HttpConnection* each : snapshot()) {
      if (is_draining_ && now > drained_at_us_) {
        each->close();
      } else {
        each->check(now);
      }
    }
    if (!is_draining_ || !connections_.empty()) sweep_later();
  }

  // Answers that are on their way at a time have some each.
  static constexpr size_t kMemories = 16;
  static constexpr size_t kMemoryMin = 256;
  static constexpr size_t kMemoryMax = 1 << 20;

  HttpServerShared& shared_;
  std::vector<std::string> memories_;
  std::unordered_set<HttpConnection*> connections_;
  std::atomic<int> load_ = 0;
  std::string date_;
  int64_t date_second_ = -1;
  bool is_draining_ = false;
  int64_t drained_at_us_ = 0;
  boost::asio::io_context io_{1};  // after the set: what it still holds at the end leaves the set
  boost::asio::steady_timer timer_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
};

}  // namespace headrace
