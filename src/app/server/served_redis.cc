#include "app/server/served_redis.h"

#include "codegen/feast_project_name.h"

namespace headrace {
namespace {

constexpr Duration kRefresh{kMicrosPerSecond};
constexpr char kThisMachine[] = "127.0.0.1:6379";

}  // namespace

Result<std::optional<ServedRedis>> redis_of(const ServedEnvironment& environment, const std::string& project) {
  if (!environment.redis) return std::optional<ServedRedis>();
  const RedisEnvironment& written = *environment.redis;
  ServedRedis redis;
  Result<RedisServer> server = parse_redis_address(written.address.empty() ? kThisMachine : written.address);
  if (!server) return server.error().with_context(kEnvironmentsFile);
  redis.options.server = *std::move(server);
  redis.options.server.user = written.user;
  redis.options.server.password = written.password;
  redis.options.server.ca_file = written.ca;
  redis.options.project = written.project.empty() ? feast_project_name(project) : written.project;
  redis.options.expire_after = written.expire_after;
  redis.refresh = written.refresh.value_or(kRefresh);
  return std::optional(std::move(redis));
}

std::unique_ptr<OnlineWriter> begin_writing(const std::optional<ServedRedis>& redis,
                                            const std::shared_ptr<ServedFeatures>& values, const Clock& clock) {
  if (!redis) return nullptr;
  auto writer = std::make_unique<OnlineWriter>(values, redis->options, redis->refresh, clock);
  values->set_online_store([told = writer.get()] { return told->status(); });
  return writer;
}

}  // namespace headrace
