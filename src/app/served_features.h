#pragma once

/// Live features as the server's routes ask for them: requests by names, answers with reasons and times.

#include "serving/api/live_values.h"
#include "session/live/live_features.h"

#include <memory>

namespace headrace {

class ServedFeatures : public LiveValues {
 public:
  explicit ServedFeatures(std::shared_ptr<LiveFeatures> live) : live_(std::move(live)) {}

  ApiOr<ReadAnswer> read(const ReadRequest& request) override;
  ApiOr<PushAnswer> push(const PushRequest& request) override;
  std::vector<SourceStatus> sources() override;
  std::string not_ready_reason() override { return {}; }

 private:
  const std::shared_ptr<LiveFeatures> live_;
};

}  // namespace headrace
