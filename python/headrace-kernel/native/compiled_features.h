#pragma once

/// Definitions, ready to be computed over batches in memory.
///
/// Knows no files: events come as one stream for each source, in order of arrival. Immutable; any thread may use it.

#include "binding/arrow_tables.h"
#include "engine/batch/batch.h"
#include "feature_stream.h"
#include "table_stream.h"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace headrace {

struct ComputeOptions {
  int threads = 1;
  int64_t memory_bytes = int64_t{1} << 30;
  bool skips_bad_rows = false;
};

using EventStreams = std::map<std::string, TableStream>;  // by name of source

struct BackfillRange {
  std::optional<EventTime> start;  // inclusive
  std::optional<EventTime> end;    // exclusive
  std::optional<Duration> every;
};

class CompiledFeatures {
 public:
  /// REQUIRES: the definitions are free of errors.
  static Result<CompiledFeatures> make(Repository repository, const std::vector<std::string>& features);

  const Plan& plan() const { return plan_; }
  /// What is computed, in the order of the columns.
  const std::vector<std::string>& features() const { return features_; }
  /// The sources that must be given, each with the columns that are read.
  std::vector<SourceRequest> requests() const;

  /// A column for each feature, a row for each observation, in their order. The time column is the one named, else the
  /// event time of a source, else `event_time` or `event_timestamp`.
  Result<ArrowBatch> dataset(EventStreams events, TableStream observations, const std::string& time_column,
                             const ComputeOptions& options) const;
  /// Key columns, event_time and features of the entity (empty: the only one); a row for each distinct (key, time).
  Result<ArrowBatch> backfill(EventStreams events, const std::string& entity, const BackfillRange& range,
                              const ComputeOptions& options) const;
  /// A new stream of the entity's features (empty: the only one). It does not outlive this.
  Result<std::unique_ptr<FeatureStream>> stream(const std::string& entity, const StreamChoices& choices) const;

 private:
  CompiledFeatures(Repository repository, Plan plan, std::vector<std::string> features)
      : repository_(std::move(repository)), plan_(std::move(plan)), features_(std::move(features)) {}

  /// Indexes into the plan, in the order of features(); of one entity, or of all.
  std::vector<size_t> wanted(std::optional<size_t> entity) const;
  Status check_names(const EventStreams& events) const;
  Result<size_t> choose_entity(const std::string& name) const;

  /// Made when a stream of the entity is first asked for: all of them share it.
  class Shapes {
   public:
    std::shared_ptr<StreamShape> of(const Plan& plan, size_t entity, const std::vector<size_t>& features) {
      const std::lock_guard lock(mutex_);
      std::shared_ptr<StreamShape>& shape = shapes_[entity];
      if (!shape) shape = std::make_shared<StreamShape>(plan, entity, features);
      return shape;
    }

   private:
    std::mutex mutex_;
    std::map<size_t, std::shared_ptr<StreamShape>> shapes_;
  };

  Repository repository_;
  Plan plan_;
  std::vector<std::string> features_;
  std::unique_ptr<Shapes> shapes_ = std::make_unique<Shapes>();
};

}  // namespace headrace
