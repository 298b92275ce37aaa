#pragma once

/// Entities and features in the query of a path: `?feature=flow_mean&key=pump_id=p7`.

#include "serving/api/live_values.h"
#include "serving/api/request_target.h"

#include <string>
#include <vector>

namespace headrace {

/// The entities that `key=COLUMN=VALUE` names. A column that comes again begins the next entity. At least one.
ApiOr<std::vector<EntityKey>> entities_of_query(const RequestTarget& target);

/// All values of the name, in their order.
std::vector<std::string> values_of_query(const RequestTarget& target, std::string_view name);

/// The instant of `as_of`; nothing where it is not given.
ApiOr<std::optional<EventTime>> as_of_query(const RequestTarget& target);

}  // namespace headrace
