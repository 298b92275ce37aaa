#pragma once

/// The stores beside the server that an environment names: a Redis, a file of values.

#include "app/server/online_writer.h"
#include "session/project/environment.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace headrace {

struct ServedRedis {
  RedisStoreOptions options;
  Duration refresh;
};

struct ServedValuesFile {
  std::string path;
  Duration refresh;
};

/// Nothing where the environment has none.
struct OnlineStores {
  std::optional<ServedRedis> redis;
  std::optional<ServedValuesFile> values_file;

  size_t count() const { return size_t{redis.has_value()} + size_t{values_file.has_value()}; }
};

/// `project`: as the definitions name it. An address that is none is an Error of usage.
Result<OnlineStores> online_stores_of(const ServedEnvironment& environment, const std::string& project);

/// Begins to write, and lets the values tell of it. REQUIRES: the values have a follower for each store. The clock is that of
/// the values, and lives longer.
/// `ownership`: says when the Redis is to be written, which is the environment's; the file is this server's. Null: always.
Result<std::vector<std::unique_ptr<OnlineWriter>>> begin_writing(const OnlineStores& stores,
                                                                 const std::shared_ptr<ServedFeatures>& values,
                                                                 const Clock& clock, Ownership* ownership);

}  // namespace headrace
