#pragma once

/// A replay of files behind the server, and what is told of it on the terminal.

#include "app/progress.h"
#include "app/server/served_features.h"
#include "session/live/replay.h"

#include <memory>
#include <string>

namespace headrace {

class ServedReplay {
 public:
  /// The replay keeps nothing: what it feeds is there to be fed again. See Replay::open().
  static Result<std::unique_ptr<ServedReplay>> open(const Session& session, const std::string& path,
                                                    const std::string& speed, std::optional<EventTime> start,
                                                    bool is_quiet);

  /// The server's time. It lives as long as the values that begin() is given.
  const Clock& clock() const { return replay_->clock(); }

  /// Once. The replay goes on to belong to the values, which end before this.
  void begin(ServedFeatures& values);

 private:
  ServedReplay(std::unique_ptr<Replay> replay, bool is_quiet)
      : owned_(std::move(replay)), replay_(owned_.get()), is_quiet_(is_quiet) {}
  void tell_end(const Status& status);

  std::unique_ptr<Replay> owned_;  // until it begins
  Replay* const replay_;
  const bool is_quiet_;
  int64_t began_us_ = 0;
  std::unique_ptr<ProgressBar> bar_;
};

}  // namespace headrace
