#include "app/interrupt.h"

#include "app/command_line.h"
#include "app/command_words.h"
#include "app/terminal.h"

#include <fmt/format.h>

#include <atomic>
#include <csignal>

namespace headrace {
namespace {

/// What a signal handler may touch: an atomic pointer to an object that outlives the handler.
std::atomic<JobProgress*> running_job = nullptr;
static_assert(std::atomic<JobProgress*>::is_always_lock_free);

void ask_to_stop(int) {
  if (JobProgress* job = running_job.load()) job->request_stop();
}

}  // namespace

StopOnInterrupt::StopOnInterrupt(JobProgress& progress) {
  running_job = &progress;
  struct sigaction action{};
  action.sa_handler = ask_to_stop;
  action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);  // the second one ends the program
  sigaction(SIGINT, &action, nullptr);
}

StopOnInterrupt::~StopOnInterrupt() {
  std::signal(SIGINT, SIG_DFL);
  running_job = nullptr;
}

int report_job_error(const Error& error) {
  if (error.kind() != ErrorKind::kStopped) return report_error(error);
  write_err(fmt::format("interrupted: {}\n", in_command_words(error.message())));
  return exit_code_of(error.kind());
}

}  // namespace headrace
