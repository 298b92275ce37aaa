#include "app/server/parity_servers.h"

#include "base/base64.h"
#include "serving/api/feature_catalog.h"
#include "serving/api/live_values.h"
#include "store/rocks_event_log.h"

#include <fmt/format.h>

namespace headrace {
namespace {

constexpr size_t kStoredPageBytes = size_t{4} << 20;

/// JSON has no times.
Value asked_value(const Value& key) {
  const auto* time = std::get_if<EventTime>(&key.data);
  return time == nullptr ? key : Value{to_string(*time)};
}

}  // namespace

Result<ServerState> RemoteParityServer::state() {
  ASSIGN_OR_RETURN(const std::string body, ask_server(options_, "GET", "/v1/sources"));
  ASSIGN_OR_RETURN(const SourceList list, answer_of<SourceList>(body));
  ServerState state{.now = list.now, .sources = {}};
  for (const SourceStatus& each : list.sources) {
    state.sources.push_back(
        {.name = each.name, .feed = each.feed, .watermark = each.watermark, .is_over = each.lag == 0});
  }
  return state;
}

Result<std::vector<std::string>> RemoteParityServer::features() {
  ASSIGN_OR_RETURN(const std::string body, ask_server(options_, "GET", "/v1/features"));
  ASSIGN_OR_RETURN(const FeatureList list, answer_of<FeatureList>(body));
  std::vector<std::string> names;
  for (const ListedFeature& each : list.features) names.push_back(each.name);
  return names;
}

Result<LivePushes> RemoteParityServer::pushes(const std::string& source, uint64_t from) {
  const std::string target = fmt::format("/v1/sources/{}/pushes?from={}", percent_encoded(source), from);
  ASSIGN_OR_RETURN(const std::string body, ask_server(options_, "GET", target));
  ASSIGN_OR_RETURN(PushPage page, answer_of<PushPage>(body));
  LivePushes out{.pushes = {},
                 .next = static_cast<uint64_t>(page.next),
                 .end = static_cast<uint64_t>(page.end),
                 .forgotten_to = page.forgotten_to};
  for (KeptPush& each : page.pushes) {
    LoggedPush push{.source = source, .now_us = each.clock.us, .records = std::move(each.events)};
    if (each.events_base64) {
      std::optional<std::string> bytes = from_base64(*each.events_base64);
      if (!bytes) return Error::unavailable("the server's answer cannot be read: `events_base64` is no base64");
      push.records = *std::move(bytes);
    }
    push.lane = static_cast<uint32_t>(each.lane);
    push.is_drained = each.is_drained;
    if (each.is_of_feed) push.position = "known to the server";
    out.pushes.push_back({static_cast<uint64_t>(each.position), std::move(push)});
  }
  return out;
}

Result<ParityAnswer> RemoteParityServer::read(const ParityQuestion& question) {
  ReadRequest request{.features = question.features, .as_of = question.at, .is_logged = false};
  for (const std::vector<Value>& key : question.keys) {
    EntityKey& entity = request.entities.emplace_back();
    for (size_t i = 0; i < key.size(); ++i) entity.emplace_back(question.key_names[i], asked_value(key[i]));
  }
  ASSIGN_OR_RETURN(const std::string body,
                   ask_server(options_, "POST", "/v1/features:read", "application/json", json_document(request)));
  ASSIGN_OR_RETURN(ReadAnswer answer, answer_of<ReadAnswer>(body));
  ParityAnswer out{.at = answer.as_of, .versions = answer.versions.list(), .values = {}, .position = std::nullopt};
  if (answer.position) out.position = static_cast<uint64_t>(*answer.position);
  for (const ReadRow& row : answer.rows) {
    std::vector<Value>& values = out.values.emplace_back();
    for (const ServedValue& each : row.values) values.push_back(each.value);
  }
  const bool is_whole = out.values.size() == question.keys.size() && out.versions.size() == question.features.size();
  if (!is_whole) return Error::unavailable("the server's answer has not as many values as were asked for");
  return out;
}

Result<std::unique_ptr<StoredParityServer>> StoredParityServer::open(const Session& session, const std::string& folder,
                                                                     LiveOptions options) {
  std::unique_ptr<StoredParityServer> server(new StoredParityServer());
  ASSIGN_OR_RETURN(server->log_, open_rocks_event_log(folder));
  options.log = server->log_.get();
  server->clock_ = options.clock;
  ASSIGN_OR_RETURN(server->live_, LiveFeatures::open(session, options));
  return server;
}

Result<ServerState> StoredParityServer::state() {
  ServerState state{.now = {clock_->now_us()}, .sources = {}};
  for (const LiveSource& each : live_->sources()) {
    state.sources.push_back({.name = each.name, .feed = "push", .watermark = each.watermark});
  }
  return state;
}

Result<std::vector<std::string>> StoredParityServer::features() {
  std::vector<std::string> names;
  for (const PlanFeature& each : live_->plan().features) names.push_back(each.name);
  return names;
}

Result<LivePushes> StoredParityServer::pushes(const std::string& source, uint64_t from) {
  return live_->pushes(source, from, kStoredPageBytes);
}

Result<ParityAnswer> StoredParityServer::read(const ParityQuestion& question) {
  LiveQuestion asked{.features = question.features, .entities = question.keys, .as_of = question.at};
  ASSIGN_OR_RETURN(LiveAnswer answer, live_->read(asked));
  ParityAnswer out{.at = answer.at, .versions = {}, .values = std::move(answer.values), .position = answer.position};
  for (const std::string& name : question.features) out.versions.push_back(live_->plan().find_feature(name)->version);
  return out;
}

}  // namespace headrace
