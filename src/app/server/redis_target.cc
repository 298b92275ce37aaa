#include "app/server/redis_target.h"

#include "app/server/online_views.h"

#include <fmt/format.h>

#include <utility>

namespace headrace {

RedisTarget::RedisTarget(RedisStoreOptions options, size_t follower)
    : shown_(options.server.shown()), follower_(follower), store_(std::move(options)) {}

Result<std::vector<std::string>> RedisTarget::take_definitions(LiveFeatures& live) {
  OnlineViews views = online_views(live);
  for (const OnlineView& view : views.views) {
    if (view.can_expire || !store_.expires()) continue;
    views.warnings.push_back(
        fmt::format("`{}` does not expire: another entity has its key columns, and with them its hashes", view.name));
  }
  entities_ = std::move(views.entities);
  store_.set_views(std::move(views.views));
  return std::move(views.warnings);
}

Status RedisTarget::remove(const std::string& entity, const std::vector<Value>& key) {
  for (size_t view = 0; view < store_.views().size(); ++view) {
    if (store_.views()[view].name == entity) RETURN_IF_ERROR(store_.remove(view, key));
  }
  return {};
}

Result<OnlineWrite> RedisTarget::write(size_t entity, const ChangedRows& changed, EventTime now) {
  OnlineRows rows{.view = entity, .keys = changed.keys, .times = changed.times, .newest = changed.newest};
  for (const DueKeys::Due& due : changed.due) rows.is_first.push_back(due.is_first);
  rows.values = changed.values;
  rows.keeps_later_times = !changed.moves_with_time;
  ASSIGN_OR_RETURN(OnlineWrite write, store_.write(rows, now));
  if (write.refused > 0) write.problem = "there is something else under the names of these: " + write.problem;
  return write;
}

}  // namespace headrace
