#pragma once

/// What a client that watches is told: the data of an event `values`.

#include "serving/api/live_values.h"

#include <optional>
#include <string>
#include <vector>

namespace headrace {

struct WatchedValue {
  std::string feature;
  Value value;
  std::optional<EventTime> event_time;
  std::optional<double> age_seconds;
  SharedText null_reason;
};

template <typename Fields>
void describe(Fields& fields, const WatchedValue*) {
  fields.name("WatchedValue", "a value that is new");
  fields.required("feature", &WatchedValue::feature);
  fields.required("value", &WatchedValue::value);
  fields.required("event_time", &WatchedValue::event_time);
  fields.required("age_seconds", &WatchedValue::age_seconds);
  fields.required("null_reason", &WatchedValue::null_reason);
}

struct WatchedChange {
  EventTime as_of;
  EntityKey entity;
  std::vector<WatchedValue> values;
};

template <typename Fields>
void describe(Fields& fields, const WatchedChange*) {
  fields.name("WatchedChange", "what is new of an entity; the first one has all its values");
  fields.required("as_of", &WatchedChange::as_of);
  fields.required("entity", &WatchedChange::entity);
  fields.required("values", &WatchedChange::values);
}

}  // namespace headrace
