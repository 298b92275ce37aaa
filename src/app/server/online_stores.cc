#include "app/server/online_stores.h"

#include "app/server/redis_target.h"
#include "app/server/values_file_target.h"
#include "codegen/feast_project_name.h"

namespace headrace {
namespace {

constexpr Duration kRedisRefresh{kMicrosPerSecond};
constexpr Duration kValuesFileRefresh{100'000};
constexpr char kThisMachine[] = "127.0.0.1:6379";

Result<ServedRedis> redis_of(const RedisEnvironment& written, const std::string& project) {
  ServedRedis redis;
  Result<RedisServer> server = parse_redis_address(written.address.empty() ? kThisMachine : written.address);
  if (!server) return server.error().with_context(kEnvironmentsFile);
  redis.options.server = *std::move(server);
  redis.options.server.user = written.user;
  redis.options.server.password = written.password;
  redis.options.server.ca_file = written.ca;
  redis.options.project = written.project.empty() ? feast_project_name(project) : written.project;
  redis.options.expire_after = written.expire_after;
  redis.refresh = written.refresh.value_or(kRedisRefresh);
  return redis;
}

}  // namespace

Result<OnlineStores> online_stores_of(const ServedEnvironment& environment, const std::string& project) {
  OnlineStores stores;
  if (environment.redis) {
    ASSIGN_OR_RETURN(stores.redis, redis_of(*environment.redis, project));
  }
  if (environment.values_file) {
    const ValuesFileEnvironment& written = *environment.values_file;
    stores.values_file =
        ServedValuesFile{.path = written.path, .refresh = written.refresh.value_or(kValuesFileRefresh)};
  }
  return stores;
}

Result<std::vector<std::unique_ptr<OnlineWriter>>> begin_writing(const OnlineStores& stores,
                                                                 const std::shared_ptr<ServedFeatures>& values,
                                                                 const Clock& clock, Ownership* ownership) {
  std::vector<std::unique_ptr<OnlineWriter>> writers;
  if (stores.redis) {
    RedisStoreOptions options = stores.redis->options;
    if (ownership != nullptr) options.may_write = [ownership] { return ownership->may_write(); };
    auto target = std::make_unique<RedisTarget>(std::move(options), writers.size());
    writers.push_back(
        std::make_unique<OnlineWriter>(values, std::move(target), stores.redis->refresh, clock, ownership));
    values->set_online_store([told = writers.back().get()] { return told->status(); });
  }
  if (stores.values_file) {
    const ServedValuesFile& wanted = *stores.values_file;
    ASSIGN_OR_RETURN(std::unique_ptr<ValuesFile> file, ValuesFile::open(wanted.path, wanted.refresh));
    auto target = std::make_unique<ValuesFileTarget>(wanted.path, std::move(file), clock, writers.size());
    writers.push_back(std::make_unique<OnlineWriter>(values, std::move(target), wanted.refresh, clock, nullptr));
    values->set_values_file([told = writers.back().get()] { return told->status(); });
  }
  return writers;
}

}  // namespace headrace
