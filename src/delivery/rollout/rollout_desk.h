#pragma once

/// Where rollouts are decided: reads the control log, asks for evidence, writes what happened, and lets the serving
/// pointer follow. Used by the command line for one step at a time, and by a server that goes on by itself.

#include "base/clock.h"
#include "base/file_system.h"
#include "delivery/rollout/rollout_log.h"

#include <memory>
#include <string>
#include <vector>

namespace headrace {

/// Old and new values of chosen entities, looked at by judges.
class EvidenceSource {
 public:
  virtual ~EvidenceSource() = default;
  /// What judges say for a step. `look` counts from 1 over all looks of the rollout. An Error is one of who
  /// gives the evidence: it holds the rollout, and promotes nothing.
  virtual Result<std::vector<Judgement>> judge(const rollout_events::Applied& applied, size_t step, int64_t look) = 0;
};

/// One person's or program's desk. Not thread-safe; several desks over one log are.
class RolloutDesk {
 public:
  /// All of them outlive the desk. `actor`: who asks, as it is written down.
  RolloutDesk(ControlLog& log, FileSystem& files, std::string pointer_path, const Clock& clock, std::string actor)
      : log_(log), files_(files), pointer_path_(std::move(pointer_path)), clock_(clock), actor_(std::move(actor)) {}

  /// Begins a rollout. The same plan again gives the rollout that is there. kConflict: another one is not over, readers
  /// have other definitions than the plan begins with, or the plan was rolled back before and `again` is false.
  Result<LoggedRollout> apply(rollout_events::Applied applied, const std::string& reason, bool again);

  /// What a person asks for: approved, paused, resumed, aborted. An empty id is the one that is not over. kConflict where it
  /// is not for the rollout's state, kNotFound where there is none.
  Result<LoggedRollout> ask(const std::string& id, RolloutAction action, const std::string& reason);

  /// Looks at the evidence once, and does what is due. kStopped where getting it was stopped.
  Result<LoggedRollout> advance(const std::string& id, EvidenceSource& evidence);

  Result<LoggedRollouts> rollouts() { return read_rollouts(log_); }

  /// Lets the pointer's file say what the log says, where a program was killed between the two or its disk was full. All
  /// of the above but rollouts() begin with it; call it also where nothing else is asked, so that what was rolled back is
  /// not read on.
  Status follow();

 private:
  /// The log, once the pointer follows it.
  Result<LoggedRollouts> followed();
  /// Nobody else on this machine writes the pointer while it is held, whatever name they go by.
  Result<std::unique_ptr<FolderLock>> lock() { return files_.lock_folder(folder_of(pointer_path_)); }
  Result<LoggedRollout> find(const LoggedRollouts& all, const std::string& id) const;
  Result<LoggedRollout> write(const LoggedRollouts& all, const std::string& id, RolloutEvent event,
                              const std::string& key);

  ControlLog& log_;
  FileSystem& files_;
  std::string pointer_path_;
  const Clock& clock_;
  std::string actor_;
};

}  // namespace headrace
