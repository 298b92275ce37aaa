#include "app/server/values_to_come.h"

#include "app/table.h"
#include "session/running/progress_state.h"

#include <fmt/format.h>

namespace headrace {

std::string shown_progress(const JobProgress& progress) {
  const ProgressState state = state_of(progress);
  std::string shown = state.stage;
  if (state.count > 0) shown += fmt::format(", {} {}", grouped_digits(state.count), state.noun);
  if (state.share) shown += fmt::format(", {:.0f} %", *state.share * 100);
  return shown;
}

std::string ValuesToCome::not_ready_reason() { return "the values are not ready: " + shown_progress(*progress_); }

ApiError ValuesToCome::not_ready() {
  return {.status = 503,
          .code = "not_ready",
          .message = not_ready_reason(),
          .help = "try again a little later; /readyz says when it is done",
          .retry_after_seconds = 1};
}

}  // namespace headrace
