#pragma once

/// How Feast's Redis store lays out the values of an entity (Feast 0.67, entity keys of version 3): the bytes that a Feast
/// client reads, and that the generated Beam pipeline writes (codegen/beam/templates/headrace_runtime/redis_store.py).
///
///   name of the hash    of the entity's keys, and Feast's project
///     _ts:VIEW          google.protobuf.Timestamp of the row
///     murmur3 of
///     "VIEW:FEATURE"    feast.types.Value; empty for null
///
/// Views with the same key columns share a hash. Times in values are whole seconds there, as Feast has them.

#include "data/type.h"
#include "data/value.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace headrace {

/// The name of an entity's hash; nothing for a key that Feast has no form for: only texts and integers are keys.
std::optional<std::string> feast_entity_key(const std::vector<std::string>& columns, const std::vector<Value>& key,
                                            std::string_view project);

/// The field of a row's time.
std::string feast_time_field(std::string_view view);
/// The field of a feature, four bytes. Two features may have the same by chance.
std::string feast_value_field(std::string_view view, std::string_view feature);

std::string feast_timestamp(EventTime time);
/// Nothing for bytes that are no timestamp.
std::optional<EventTime> time_of_feast_timestamp(std::string_view bytes);

/// REQUIRES: the value is null, or of the type.
std::string feast_value(const Value& value, const Type& type);

}  // namespace headrace
