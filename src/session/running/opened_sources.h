#pragma once

/// The sources of one entity, opened for a plan, with all that a job tells about them afterwards.

#include "engine/batch/batch.h"
#include "io/open_source.h"
#include "plan/plan.h"
#include "session/job_progress.h"
#include "session/project/source_places.h"
#include "session/running/event_watch.h"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace headrace {

/// The files of a source in one run.
struct SourceFileCount {
  std::string source;
  int64_t read = 0;
  int64_t left_out = 0;      // counted as in the note that names them
  int64_t unverifiable = 0;  // Parquet files that were read and whose pages have no checksums
};

class OpenedSources {
 public:
  /// Opens what the features of the entity read, where they lie for this run. Fails when the sources
  /// disagree about the type of a key. Reading ends with an error once `progress` (null: none) is asked to stop.
  /// REQUIRES: `bad_rows` and `progress` outlive this object.
  static Result<OpenedSources> open(const SourcePlaces& places, const Plan& plan, size_t entity,
                                    const std::vector<size_t>& features, BadRows& bad_rows,
                                    const JobProgress* progress = nullptr);

  const OpenSources& sources() const { return sources_; }
  /// Of the entity's keys, in their order: as the files hold them; kNull where no file has a value.
  const std::vector<ScalarType>& key_types() const { return key_types_; }
  /// By name of source.
  const std::map<std::string, std::unique_ptr<FileSource>>& files() const { return owned_; }
  /// After reading. Adds the sources that are not counted yet.
  void count_files(std::vector<SourceFileCount>& counts) const;
  /// What happened while reading, each said once.
  std::vector<std::string> notes() const;
  /// What the events that were read hint at, with numbers. Nothing without a progress.
  std::vector<std::string> warnings() const;
  const std::vector<std::unique_ptr<EventWatch>>& watches() const { return watches_; }

 private:
  std::map<std::string, std::unique_ptr<FileSource>> owned_;
  std::vector<std::unique_ptr<EventWatch>> watches_;
  std::vector<std::unique_ptr<Source>> watched_;
  OpenSources sources_;
  std::vector<ScalarType> key_types_;
};

/// Says how many rows a run left out because of a source's `id` and `deleted`, where there were any.
void add_identity_note(const BatchStatistics& statistics, std::vector<std::string>& notes);

}  // namespace headrace
