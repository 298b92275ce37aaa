#pragma once

/// Live features as the server's routes ask for them: requests by names, answers with reasons and times.

#include "serving/api/live_values.h"
#include "session/live/live_features.h"

#include <memory>
#include <mutex>
#include <shared_mutex>

namespace headrace {

class ServedFeatures : public LiveValues {
 public:
  /// Begins from the log of the options, which lives longer.
  static Result<std::shared_ptr<ServedFeatures>> open(const Session& session, const LiveOptions& options);

  /// Takes other definitions: the log is fed into new streams, which then stand in for those of before. Meanwhile reads go
  /// on, and pushes wait. After an Error everything is as it was.
  Status reload(const Session& session);
  /// LiveFeatures::save() of the definitions that hold now.
  Status save();
  /// Of the definitions that hold now.
  std::shared_ptr<LiveFeatures> live() const;

  ApiOr<ReadAnswer> read(const ReadRequest& request) override;
  ApiOr<PushAnswer> push(const PushRequest& request) override;
  std::vector<SourceStatus> sources() override;
  std::string not_ready_reason() override { return {}; }

 private:
  ServedFeatures(LiveOptions options, std::shared_ptr<LiveFeatures> live) : options_(options), live_(std::move(live)) {}

  const LiveOptions options_;
  std::mutex saves_;          // a save is not while definitions change
  std::shared_mutex pushes_;  // shared by a push in work; whole while the log is fed anew
  mutable std::mutex mutex_;
  std::shared_ptr<LiveFeatures> live_;  // under the mutex; shared with the requests in work
};

}  // namespace headrace
