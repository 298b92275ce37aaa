#include "app/server/shared_server.h"

#include "brokers/kafka_membership.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace headrace {
namespace {

/// The topic by which servers find their owner: all have to mean the same one.
Result<KafkaOptions> owner_topic_of(const ServedEnvironment& environment, std::vector<KafkaOptions> topics) {
  std::set<std::string> names;
  for (const KafkaOptions& each : topics) names.insert(each.topic);
  const std::string& asked = environment.kafka->owner_topic;
  if (asked.empty() && names.size() == 1) return std::move(topics.front());
  if (asked.empty()) {
    return Error::usage(
               fmt::format("the sources have {} topics, and servers that stand by find their owner by one of them",
                           names.size()))
        .with_help(fmt::format("name it for all of them in environments.yaml, `kafka: {{owner_topic: {}}}`",
                               names.empty() ? "TOPIC" : *names.begin()));
  }
  const auto found = std::ranges::find(topics, asked, &KafkaOptions::topic);
  if (found != topics.end()) return std::move(*found);
  return Error::usage(fmt::format("`owner_topic` is `{}`, and no source is read from it", asked))
      .with_help(fmt::format("topics are {}", fmt::join(names, ", ")));
}

}  // namespace

Result<std::unique_ptr<SharedServer>> SharedServer::open(const Options& options, const ServedEnvironment& environment,
                                                         const std::shared_ptr<ServedFeatures>& values,
                                                         const ServedTopics* topics, const EventLog* log,
                                                         const Clock& clock) {
  if (options.role == ServerRole::kAlone || topics == nullptr || log == nullptr) return std::unique_ptr<SharedServer>();
  std::optional<KafkaOptions> owner_topic;
  if (options.role == ServerRole::kStandby) {
    ASSIGN_OR_RETURN(owner_topic, owner_topic_of(environment, topics->topics(*values)));
  }
  const std::string brokers = owner_topic ? owner_topic->brokers : "";
  std::unique_ptr<SharedServer> server(new SharedServer(values, *topics, *log, options, brokers));
  SharedValues* const shared = &server->values_;
  ServedFeatures::Sharing sharing{
      .ownership = {},
      .not_ready = [shared] { return shared->not_ready(); },
      .check = [role = options.role](const Plan& plan) { return check_shared(role, plan); }};
  if (owner_topic) {
    ASSIGN_OR_RETURN(std::unique_ptr<OwnerMembership> membership,
                     open_kafka_membership(*std::move(owner_topic), name_of_server(options.listen)));
    server->ownership_ =
        std::make_unique<Ownership>(std::move(membership),
                                    Ownership::Values{.why_not = [shared] { return shared->why_not(); },
                                                      .ends = [shared] { return shared->ends(); },
                                                      .positions = [shared] { return shared->positions(); }},
                                    clock);
    sharing.ownership = [told = server->ownership_.get()] { return told->status(); };
  } else {
    sharing.ownership = [shared] {
      const std::string missing = shared->missing();
      return OwnershipStatus{.role = "replica", .reason = missing.empty() ? "a replica only reads" : missing};
    };
  }
  values->share(std::move(sharing));
  return server;
}

}  // namespace headrace
