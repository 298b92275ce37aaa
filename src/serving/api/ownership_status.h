#pragma once

/// What a server tells of its part among those that keep one environment.

#include "data/time.h"

#include <optional>
#include <string>

namespace headrace {

struct OwnershipStatus {
  std::string role = "standby";
  bool is_owner = false;
  std::optional<EventTime> since;
  std::string reason;
  std::string owner;
};

template <typename Fields>
void describe(Fields& fields, const OwnershipStatus*) {
  fields.name("Ownership", "the part of a server among those that keep one environment");
  fields.required("role", &OwnershipStatus::role,
                  {.text = "standby: it can be the owner; replica: it only reads topics and answers"});
  fields.required("is_owner", &OwnershipStatus::is_owner,
                  {.text = "it writes for the environment: Redis, and offsets"});
  fields.required("since", &OwnershipStatus::since,
                  {.text = "when it became the owner, or ceased to be; null: neither"});
  fields.required("reason", &OwnershipStatus::reason, {.text = "why it is not the owner; empty: it is"});
  fields.required("owner", &OwnershipStatus::owner,
                  {.text = "another one that is, as the broker knows it; empty: not known"});
}

}  // namespace headrace
