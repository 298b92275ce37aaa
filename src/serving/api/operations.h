#pragma once

/// What requests of those who operate a server hold, and what they are answered: sources, forgotten entities, the disk.

#include "data/json/json_texts.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace headrace {

/// How far a topic is with being read again.
struct RewindStatus {
  EventTime to;
  int64_t messages = 0;
  int64_t read = 0;
  int64_t kept_before = 0;
  int64_t accepted = 0;
  int64_t late = 0;
  int64_t unreadable = 0;
  int64_t too_far_ahead = 0;
  bool is_over = false;
};

template <typename Fields>
void describe(Fields& fields, const RewindStatus*) {
  fields.name("Rewind",
              "how far a topic is with being read again; counts since the rewind, or since the server's start");
  fields.required("to", &RewindStatus::to, {.text = "from this time of the broker's on"});
  fields.required("messages", &RewindStatus::messages, {.text = "offsets from there to where it had been"});
  fields.required("read", &RewindStatus::read, {.text = "of these"});
  fields.required("kept_before", &RewindStatus::kept_before, {.text = "of those that were read: passed over"});
  fields.required("accepted", &RewindStatus::accepted, {.text = "had been left out, and are taken now"});
  fields.required("late", &RewindStatus::late, {.text = "had been left out, and are too late now"});
  fields.required("unreadable", &RewindStatus::unreadable,
                  {.text = "had been left out, and cannot be read now either"});
  fields.required("too_far_ahead", &RewindStatus::too_far_ahead, {.text = "had been left out, and still are"});
  fields.required("over", &RewindStatus::is_over);
}

/// The store on its disk.
struct StoreStatus {
  std::string folder;
  int64_t bytes = 0;
  int64_t free_bytes = 0;
  std::optional<int64_t> bytes_per_day;
  std::optional<double> days_until_full;
};

template <typename Fields>
void describe(Fields& fields, const StoreStatus*) {
  fields.name("Store", "the store on its disk");
  fields.required("folder", &StoreStatus::folder);
  fields.required("bytes", &StoreStatus::bytes, {.text = "of its files"});
  fields.required("free_bytes", &StoreStatus::free_bytes, {.text = "of the disk, for whom the server runs as"});
  fields.required("bytes_per_day", &StoreStatus::bytes_per_day,
                  {.text = "by which it grows, before compression; null: not known yet, or as much is let go of"});
  fields.required("days_until_full", &StoreStatus::days_until_full,
                  {.text = "at this rate; null: it does not grow so"});
}

/// What a source is after a change, and what that means.
struct SourceChange {
  std::string source;
  std::string state;
  std::optional<EventTime> since;
  std::optional<int64_t> messages;
  std::string remark;
};

template <typename Fields>
void describe(Fields& fields, const SourceChange*) {
  fields.name("SourceChange", "what a source is now");
  fields.required("source", &SourceChange::source);
  fields.required("state", &SourceChange::state, {.text = "running, paused or stopped"});
  fields.required("since", &SourceChange::since, {.text = "of paused and stopped; null: it runs"});
  fields.optional("messages", &SourceChange::messages,
                  {.text = "of a rewind: how many are read again; the source's status says what becomes of them"});
  fields.required("remark", &SourceChange::remark, {.text = "for people"});
}

/// Which messages of a source's topic are to be read again.
struct RewindRequest {
  std::string source;  // of the path
  EventTime to;
};

template <typename Fields>
void describe(Fields& fields, const RewindRequest*) {
  fields.name("RewindRequest", "from when on a topic is read again");
  fields.required("to", &RewindRequest::to, {.text = "the time of the messages, as the broker has it"});
}

struct ForgetAnswer {
  std::vector<std::string> entities;
  int64_t events = 0;
  int64_t pushes = 0;
  int64_t states = 0;
  int64_t left_out = 0;
  int64_t feature_log_rows = 0;
  std::string online_store;
  std::vector<std::string> not_reached;
};

template <typename Fields>
void describe(Fields& fields, const ForgetAnswer*) {
  fields.name("ForgetAnswer", "what was removed of an entity, and where nothing could be");
  fields.required("entities", &ForgetAnswer::entities, {.text = "those of the definitions that have this key"});
  fields.required("events", &ForgetAnswer::events, {.text = "removed from the pushes that are kept"});
  fields.required("pushes", &ForgetAnswer::pushes, {.text = "that had them"});
  fields.required("states", &ForgetAnswer::states,
                  {.text = "removed from the checkpoint: one for each entity that had some"});
  fields.required("left_out", &ForgetAnswer::left_out, {.text = "removed from the side outputs"});
  fields.required("feature_log_rows", &ForgetAnswer::feature_log_rows, {.text = "removed from the feature log"});
  fields.required(
      "online_store", &ForgetAnswer::online_store,
      {.text = "waits: its rows are removed as soon as the store beside the server answers; none: there is none"});
  fields.required("not_reached", &ForgetAnswer::not_reached, {.text = "where the entity may still be, for people"});
}

}  // namespace headrace
