#pragma once

/// The signals that a server waits for.
///
///   StopSignals signals;           // before the first thread is started, so that all leave them to wait()
///   start threads ..
///   while (signals.wait() == StopSignals::Kind::kReload) reload();

#include <csignal>

namespace headrace {

/// One at a time, made by the main thread before others are started.
class StopSignals {
 public:
  enum class Kind { kStop, kReload };

  StopSignals();
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  /// Whether SIGINT or SIGTERM has come and wait() will say so: for what takes long before it.
  bool is_stop_pending() const;

  /// The next of SIGINT and SIGTERM (kStop) or SIGHUP (kReload; kStop where it says that the terminal was closed in which
  /// the program was started). After kStop the next SIGINT or SIGTERM ends the process.
  Kind wait();

 private:
  bool has_terminal_;
  sigset_t waited_{};
  sigset_t before_{};
};

}  // namespace headrace
