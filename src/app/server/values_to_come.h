#pragma once

/// What a server answers while the values that it is to serve are still being made: that they are not ready, and how far
/// they are.

#include "base/clock.h"
#include "serving/api/live_values.h"
#include "session/job_progress.h"

#include <memory>
#include <string>

namespace headrace {

/// "pump: reading, 1,350,000 events, 45 %".
std::string shown_progress(const JobProgress& progress);

class ValuesToCome : public LiveValues {
 public:
  /// Whoever makes the values tells the progress.
  explicit ValuesToCome(std::shared_ptr<const JobProgress> progress) : progress_(std::move(progress)) {}

  ApiOr<ReadAnswer> read(const ReadRequest&) override { return not_ready(); }
  ApiOr<PushAnswer> push(const PushRequest&) override { return not_ready(); }
  std::vector<SourceStatus> sources() override { return {}; }
  EventTime now() const override { return {system_clock().now_us()}; }
  ApiOr<std::string> explain(const ExplainQuestion&) override { return not_ready(); }
  ApiOr<LeftOutAnswer> left_out(const LeftOutRequest&) override { return not_ready(); }
  ApiOr<BackupAnswer> backup() override { return not_ready(); }
  ApiOr<PushPage> pushes(const PushesQuestion&) override { return not_ready(); }
  ApiOr<SourceChange> pause_source(const std::string&) override { return not_ready(); }
  ApiOr<SourceChange> resume_source(const std::string&, bool) override { return not_ready(); }
  ApiOr<SourceChange> rewind_source(const RewindRequest&) override { return not_ready(); }
  ApiOr<ForgetAnswer> forget_entity(const ForgetRequest&) override { return not_ready(); }
  LiveCosts costs() override { return {}; }
  MeterReport meter() override { return {}; }
  std::string not_ready_reason() override;

 private:
  ApiError not_ready();

  const std::shared_ptr<const JobProgress> progress_;  // shared with the work, which requests may outlive
};

}  // namespace headrace
