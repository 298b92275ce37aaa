#include "app/server/served_replay.h"

#include "app/command_line.h"
#include "app/table.h"

#include <fmt/format.h>

namespace headrace {

Result<std::unique_ptr<ServedReplay>> ServedReplay::open(const Session& session, const std::string& path,
                                                         const std::string& speed, std::optional<EventTime> start,
                                                         bool is_quiet) {
  ASSIGN_OR_RETURN(const std::optional<double> times, parse_replay_speed(speed));
  ASSIGN_OR_RETURN(std::unique_ptr<Replay> replay, Replay::open(session, path, times, start));
  return std::unique_ptr<ServedReplay>(new ServedReplay(std::move(replay), is_quiet));
}

void ServedReplay::begin(ServedFeatures& values) {
  began_us_ = clock().elapsed_us();
  bar_ = std::make_unique<ProgressBar>(replay_->progress(), is_quiet_);
  values.feed(std::move(owned_), "replay", [this](const Status& status) { tell_end(status); });
}

/// From the feed's thread.
void ServedReplay::tell_end(const Status& status) {
  bar_.reset();
  if (!status.ok()) {
    report_error(status.error().with_context("the replay has stopped"));
    return;
  }
  const double seconds = static_cast<double>(clock().elapsed_us() - began_us_) / 1e6;
  report_note(fmt::format("replay: {} in {:.1f} s; the clock stands at {}, and reads go on",
                          counted(replay_->progress().rows().rows_read, "event"), seconds,
                          to_string(EventTime{clock().now_us()})),
              is_quiet_);
  if (const int64_t bad = replay_->bad_rows(); bad > 0) {
    report_warning(fmt::format("{} could not be read and were left out; `headrace backfill` says where they are",
                               counted(bad, "row")));
  }
}

}  // namespace headrace
