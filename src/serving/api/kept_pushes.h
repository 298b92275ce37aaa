#pragma once

/// What was pushed to a source, as its store has it: the pages of /v1/sources/{name}/pushes.

#include "data/json/json_texts.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace headrace {

struct PushesQuestion {
  std::string source;
  uint64_t from = 0;
};

/// A push as it came.
struct KeptPush {
  int64_t position = 0;
  EventTime clock;
  int64_t lane = 0;
  bool is_of_feed = false;
  std::optional<bool> is_drained;
  std::string events;
  std::optional<std::string> events_base64;
};

template <typename Fields>
void describe(Fields& fields, const KeptPush*) {
  fields.name("KeptPush", "events as they came, in one push or one piece of a feed");
  fields.required("position", &KeptPush::position, {.text = "in the store, over all sources, from 0"});
  fields.required("clock", &KeptPush::clock, {.text = "when they were judged"});
  fields.required("lane", &KeptPush::lane, {.text = "the partition of the topic; 0 for pushes"});
  fields.required("of_feed", &KeptPush::is_of_feed,
                  {.text = "each line of `events` is a message of a feed, whatever is in it"});
  fields.optional("drained", &KeptPush::is_drained,
                  {.text = "what was said with the events: whether nothing is left outside"});
  fields.required("events", &KeptPush::events,
                  {.text = "the text as it came, NDJSON or an array, with what was too late or unreadable"});
  fields.optional("events_base64", &KeptPush::events_base64,
                  {.text = "the same where it is no UTF-8; `events` is empty then"});
}

struct PushPage {
  std::vector<KeptPush> pushes;
  int64_t next = 0;
  int64_t end = 0;
  std::optional<EventTime> forgotten_to;
};

template <typename Fields>
void describe(Fields& fields, const PushPage*) {
  fields.name("PushPage", "a piece of what came of a source");
  fields.required("pushes", &PushPage::pushes);
  fields.required("next", &PushPage::next, {.text = "the `from` of the next page; equal to `end`: that was all"});
  fields.required("end", &PushPage::end, {.text = "the first position that was not durable"});
  fields.required("forgotten_to", &PushPage::forgotten_to,
                  {.text = "events up to here may be missing, for they are no longer kept; null: none is"});
}

}  // namespace headrace
