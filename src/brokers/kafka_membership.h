#pragma once

/// The ownership of an environment by Kafka's own consumer groups: who holds partition 0 of a topic in the group is the owner.
///
/// The consumer of this membership takes no messages. The group is that under which offsets are shown, and they are committed
/// as its member: so a commit is the proof of the membership, and the broker refuses those of a member that was put out.
/// A member is put out after `session.timeout.ms` (of the settings; 10 s).

#include "brokers/kafka_feed.h"
#include "brokers/owner_membership.h"

#include <memory>
#include <string>

namespace headrace {

/// `name`: what others are told of this member. Contacts nobody yet. Of the options, the positions have no meaning here.
Result<std::unique_ptr<OwnerMembership>> open_kafka_membership(KafkaOptions options, const std::string& name);

}  // namespace headrace
