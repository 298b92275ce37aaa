#pragma once

/// Takes other definitions and tokens while the server runs: by SIGHUP and by POST /v1/reload.

#include "app/server/served_features.h"
#include "serving/api/feature_api.h"

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace headrace {

Result<std::shared_ptr<const TokenTable>> read_tokens(const std::string& file);

/// Thread-safe: one reload at a time.
class Reloading {
 public:
  struct Places {
    std::string folder;                // of the project
    std::vector<std::string> sources;  // "NAME=PATH"s
    std::string tokens;                // the file; empty: none
  };

  /// REQUIRES: the API lives longer.
  Reloading(Places places, FeatureApi& api, std::shared_ptr<ServedFeatures> values)
      : places_(std::move(places)), api_(api), values_(std::move(values)) {}

  /// Reads definitions and tokens anew. What cannot be used is told, also on stderr, and everything stays as it was.
  ApiOr<ReloadAnswer> reload();

 private:
  ApiOr<ReloadAnswer> try_to_reload();

  const Places places_;
  FeatureApi& api_;
  const std::shared_ptr<ServedFeatures> values_;  // shared with the state of the API
  std::mutex mutex_;
};

}  // namespace headrace
