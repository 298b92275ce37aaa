#include "session/running/progress_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace headrace {
namespace {

double part_of(int64_t done, int64_t total) {
  return std::clamp(static_cast<double>(done) / static_cast<double>(total), 0.0, 1.0);
}

}  // namespace

ProgressState state_of(const JobProgress& progress) {
  JobStage stage = progress.stage();
  ProgressState state{.stage = std::move(stage.text), .noun = std::move(stage.noun)};
  if (stage.kind == JobStage::Kind::kWriting) {
    const int64_t total = progress.writing().total.load();
    state.count = progress.writing().done.load();
    state.of_total = total;
    if (total > 0) state.share = part_of(state.count, total);
  }

  if (stage.kind == JobStage::Kind::kReading) {
    const BatchProgress& rows = progress.rows();
    const int64_t bytes = rows.bytes_total.load(), done = rows.shares_done.load(), shares = rows.shares.load();
    state.count = rows.rows_read.load();
    if (bytes > 0) {
      state.share = (static_cast<double>(done) + part_of(rows.bytes_read.load(), bytes)) / static_cast<double>(shares);
    }
    if (shares > 1) state.stage += fmt::format(", part {} of {}", done + 1, shares);
  }
  return state;
}

}  // namespace headrace
