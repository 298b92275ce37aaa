#include "app/stop_signals.h"

#include <unistd.h>

#include <initializer_list>

namespace headrace {

StopSignals::StopSignals() : has_terminal_(::isatty(STDIN_FILENO) == 1) {
  sigemptyset(&waited_);
  for (const int each : {SIGINT, SIGTERM, SIGHUP}) {
    // A shell starts what it puts into the background with SIGINT ignored, and what is ignored is not waited for.
    std::signal(each, SIG_DFL);
    sigaddset(&waited_, each);
  }
  pthread_sigmask(SIG_BLOCK, &waited_, &before_);
}

StopSignals::~StopSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

bool StopSignals::is_stop_pending() const {
  sigset_t pending{};
  sigpending(&pending);
  return sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1;
}

StopSignals::Kind StopSignals::wait() {
  int number = 0;
  while (sigwait(&waited_, &number) != 0) {
  }
  const bool is_closed = has_terminal_ && ::isatty(STDIN_FILENO) != 1;
  if (number == SIGHUP && !is_closed) return Kind::kReload;
  sigset_t now{};
  sigemptyset(&now);
  sigaddset(&now, SIGINT);
  sigaddset(&now, SIGTERM);
  pthread_sigmask(SIG_UNBLOCK, &now, nullptr);
  return Kind::kStop;
}

}  // namespace headrace
