#pragma once

/// What live features begin with: the checkpoint of their log, and states of files where that does not reach.
///
///   ASSIGN_OR_RETURN(LiveBeginning beginning, LiveBeginning::find(session, options));
///   if (beginning.needs_files()) RETURN_IF_ERROR(beginning.fill(progress, threads));  // long; the log may grow meanwhile
///   ASSIGN_OR_RETURN(auto live, LiveFeatures::open(session, options, std::move(beginning)));
///
/// An entity is filled from files where a cut is asked for that its stored states do not have, and where states are lacking,
/// since definitions are others, while a cut is known or events are forgotten. The cut of a source is where it is asked for, or
/// where it was, but never before the first instant from which the log still has all events. Whatever is not filled is
/// computed of the events in the log, or refused where they are forgotten: a state never begins empty.
///
/// What is filled is stored, with the positions of the log, when live features open.

#include "session/live/batch_filling.h"
#include "session/live/live_checkpoint.h"
#include "session/live/live_features.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace headrace {

class LiveBeginning {
 public:
  /// Reads the log's checkpoint, and no events. An Error: sources of an entity without a cut beside others with one, sources
  /// with a cut and without files, cuts ahead of the clock. Session and options live longer. No save() of the log may come between this and open().
  static Result<LiveBeginning> find(const Session& session, const LiveOptions& options);
  /// The same of definitions whose files are in the store's states already: fill() cannot be called.
  static Result<LiveBeginning> find(const Plan& plan, const LiveOptions& options);

  bool needs_files() const { return !requests_.empty(); }
  /// "`pump`, `site`": the entities to be filled.
  std::string entities_to_fill() const;
  /// Reads the files on `threads` threads; 0: all that this process may use. kStopped once the options say so.
  Status fill(JobProgress& progress, int threads);

  // To be taken by live features:
  std::optional<LiveCheckpoint> checkpoint;
  std::map<std::string, FilledEntity> filled;  // by name of the entity

 private:
  LiveBeginning(const Session* session, const LiveOptions& options) : session_(session), options_(&options) {}
  Status plan_entities();
  Status plan_entity(size_t entity);
  Result<StreamCut> cut_of(const std::string& source) const;
  std::optional<EventTime> complete_from(const std::string& source) const;

  const Session* session_;
  const LiveOptions* options_;
  Plan plan_;
  std::vector<FillRequest> requests_;
};

}  // namespace headrace
