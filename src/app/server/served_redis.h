#pragma once

/// The Redis of an environment behind the server.

#include "app/server/online_writer.h"
#include "session/project/environment.h"

#include <memory>
#include <optional>

namespace headrace {

struct ServedRedis {
  RedisStoreOptions options;
  Duration refresh;
};

/// Nothing where the environment has none. `project`: as the definitions name it. An address that is none is an Error of usage.
Result<std::optional<ServedRedis>> redis_of(const ServedEnvironment& environment, const std::string& project);

/// Begins to write, and lets the values tell of it. Null without a Redis. The clock is that of the values, and lives longer.
std::unique_ptr<OnlineWriter> begin_writing(const std::optional<ServedRedis>& redis,
                                            const std::shared_ptr<ServedFeatures>& values, const Clock& clock);

}  // namespace headrace
