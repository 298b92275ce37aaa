#pragma once

/// Which subscriptions of Google Pub/Sub an environment's sources are read from, and with what.

#include "brokers/pubsub_feed.h"
#include "plan/plan.h"
#include "session/project/environment.h"

#include <optional>
#include <string>

namespace headrace {

/// Nothing: no subscription of it is read here. `emulator`: the value of PUBSUB_EMULATOR_HOST; empty: it is not set. A
/// project that is said nowhere, an endpoint without a port, and `idle_after`, which nothing can hold to, are usage errors.
Result<std::optional<PubSubOptions>> subscription_of(const PlanSource& source, const ServedEnvironment& environment,
                                                     const std::string& emulator);

}  // namespace headrace
