#pragma once

/// The HTTP server with what it answers from: it may listen while the values that it is to serve are still being made.

#include "app/server/reloading.h"
#include "app/server/serve_options.h"
#include "app/server/values_to_come.h"
#include "serving/api/feature_api.h"
#include "serving/http/http_server.h"

#include <memory>
#include <mutex>

namespace headrace {

class ServerFront {
 public:
  /// The options live longer. Until serve() it answers that values are not ready.
  ServerFront(const ServeOptions& options, ServedState state);

  /// Listens, and tells the address first, for those who read it from the output. Once; later calls do nothing.
  Status start();
  /// From now on requests are answered from this. Reloads go to `reloading`, which lives longer.
  void serve(std::shared_ptr<LiveValues> values, Reloading& reloading);
  /// Reads definitions and tokens anew, and tells it.
  ApiOr<ReloadAnswer> reload();
  /// Requests in work are answered.
  void stop();

  FeatureApi& api() { return api_; }

 private:
  Status tell_start() const;

  const ServeOptions& options_;
  const ServedState state_;  // without values
  HttpCounters counters_;
  FeatureApi api_;
  std::mutex mutex_;
  Reloading* reloading_ = nullptr;      // under the mutex; null: not yet
  std::unique_ptr<HttpServer> server_;  // null until it listens
};

}  // namespace headrace
