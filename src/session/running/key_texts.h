#pragma once

/// Keys of an entity as people write them: "pump_id=p7", of an entity with one key also "p7".

#include "base/result.h"
#include "plan/plan.h"

#include <map>
#include <string>
#include <vector>

namespace headrace {

/// Whether every key of the entity must be there.
enum class KeyParts { kAll, kSome };

/// The texts by name of key. What is no key of the entity, or is given twice, is an error.
Result<std::map<std::string, std::string>> split_keys(const PlanEntity& entity, const std::vector<std::string>& given,
                                                      KeyParts parts);

}  // namespace headrace
