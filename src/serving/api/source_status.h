#pragma once

/// What a server says of itself: what came from each source, how far the stores beside it are, what the feature log did.

#include "data/json/json_form.h"
#include "data/time.h"
#include "serving/api/entity_status.h"
#include "serving/api/kept_pushes.h"
#include "serving/api/operations.h"
#include "serving/api/ownership_status.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace headrace {

struct SourceStatus {
  std::string name;
  std::string entity;
  std::string event_time;
  int64_t accepted = 0;
  int64_t late = 0;
  int64_t ahead = 0;
  int64_t ahead_bytes = 0;
  int64_t unreadable = 0;
  int64_t too_far_ahead = 0;
  int64_t bad_cells = 0;
  int64_t covered = 0;
  std::optional<EventTime> filled_before;
  std::optional<EventTime> files_end;
  std::optional<int64_t> filled_rows;
  std::optional<EventTime> newest;
  std::optional<EventTime> watermark;
  std::string feed;
  double per_second = 0;
  std::optional<double> behind_s;
  std::optional<int64_t> lag;
  std::optional<int64_t> repeated;
  std::string problem;
  std::string state = "running";
  std::optional<EventTime> state_since;
  std::optional<RewindStatus> rewind;
  int64_t kept_bytes = 0;
  std::optional<EventTime> kept_since;
  std::optional<int64_t> bytes_per_day;
};

template <typename Fields>
void describe(Fields& fields, const SourceStatus*) {
  fields.name("Source", "a source of events, and what came from it since the store was made");
  fields.required("name", &SourceStatus::name);
  fields.required("entity", &SourceStatus::entity);
  fields.required("event_time", &SourceStatus::event_time, {.text = "the column of an event's time"});
  fields.required("accepted", &SourceStatus::accepted);
  fields.required("late", &SourceStatus::late);
  fields.required("ahead", &SourceStatus::ahead, {.text = "wait for their time"});
  fields.required("ahead_bytes", &SourceStatus::ahead_bytes, {.text = "of their texts"});
  fields.required("unreadable", &SourceStatus::unreadable);
  fields.required("too_far_ahead", &SourceStatus::too_far_ahead,
                  {.text = "of the clock, or more than may wait: left out"});
  fields.required("bad_cells", &SourceStatus::bad_cells, {.text = "null instead of what could not be read"});

  fields.required("covered", &SourceStatus::covered, {.text = "before `filled_before`: the files have them"});
  fields.optional("filled_before", &SourceStatus::filled_before,
                  {.text = "up to when values are those of the source's files, and from when on those of its stream; "
                           "absent: it was not filled"});
  fields.optional("files_end", &SourceStatus::files_end, {.text = "just past the newest event of the files"});
  fields.optional("filled_rows", &SourceStatus::filled_rows, {.text = "rows of files that were read"});

  fields.required("newest", &SourceStatus::newest, {.text = "the time of the newest event; null: none"});
  fields.required("watermark", &SourceStatus::watermark);
  fields.required("feed", &SourceStatus::feed, {.text = "where events come from: push, replay, kafka or pubsub"});
  fields.required("per_second", &SourceStatus::per_second, {.text = "accepted events, over the last ten seconds"});
  fields.required("behind_s", &SourceStatus::behind_s,
                  {.text = "seconds from the newest event to the server's time; null: no event came"});
  fields.required("lag", &SourceStatus::lag,
                  {.text = "events outside that were not brought yet; null: not known, or there is no outside"});
  fields.optional(
      "repeated", &SourceStatus::repeated,
      {.text = "messages that the broker brought again and that were not taken again, since the start; absent: "
               "its messages have no ids"});
  fields.required("problem", &SourceStatus::problem, {.text = "why nothing comes at present; empty: all is well"});

  // How it is operated, and what that costs.
  fields.required("state", &SourceStatus::state, {.text = "running, paused by someone, or stopped by a message"});
  fields.required("state_since", &SourceStatus::state_since, {.text = "of paused and stopped; null: it runs"});
  fields.optional("rewind", &SourceStatus::rewind, {.text = "absent: nothing is read again"});
  fields.required("kept_bytes", &SourceStatus::kept_bytes, {.text = "of its pushes in the store, before compression"});
  fields.required("kept_since", &SourceStatus::kept_since,
                  {.text = "about when the first of these came; null: none is kept"});
  fields.required("bytes_per_day", &SourceStatus::bytes_per_day,
                  {.text = "that come, over the time since then; null: not known yet"});
}

struct OnlineStoreStatus {
  std::string name;
  std::string address;
  int64_t writes = 0;
  int64_t failures = 0;
  int64_t refused = 0;
  int64_t waiting = 0;
  std::optional<double> oldest_s;
  std::string problem;
};

template <typename Fields>
void describe(Fields& fields, const OnlineStoreStatus*) {
  fields.name("OnlineStore", "a store beside the server that is kept up to date");
  fields.required("name", &OnlineStoreStatus::name, {.text = "of its kind: redis or values file"});
  fields.required("address", &OnlineStoreStatus::address);
  fields.required("writes", &OnlineStoreStatus::writes, {.text = "rows written since the server's start"});
  fields.required("failures", &OnlineStoreStatus::failures, {.text = "tries that failed"});
  fields.required("refused", &OnlineStoreStatus::refused,
                  {.text = "rows left out, since something else has their names there"});
  fields.required("waiting", &OnlineStoreStatus::waiting, {.text = "entities whose rows are not written yet"});
  fields.required("oldest_s", &OnlineStoreStatus::oldest_s,
                  {.text = "seconds since the oldest of these changed; null: none waits"});
  fields.required("problem", &OnlineStoreStatus::problem,
                  {.text = "why nothing is written at present; empty: all is well"});
}

/// What a feature log did since the server's start.
struct FeatureLogStatus {
  std::string folder;
  int64_t rows = 0;
  int64_t dropped = 0;
  int64_t waiting = 0;
  int64_t files = 0;
  std::string problem;
};

template <typename Fields>
void describe(Fields& fields, const FeatureLogStatus*) {
  fields.name("FeatureLog", "sampled reads that are kept in files, since the server's start");
  fields.required("folder", &FeatureLogStatus::folder);
  fields.required("rows", &FeatureLogStatus::rows, {.text = "that are in files"});
  fields.required("dropped", &FeatureLogStatus::dropped, {.text = "sampled, and lost: writing was too slow or failed"});
  fields.required("waiting", &FeatureLogStatus::waiting, {.text = "for the next file"});
  fields.required("files", &FeatureLogStatus::files, {.text = "that were written"});
  fields.required("problem", &FeatureLogStatus::problem, {.text = "why the last file failed; empty: it did not"});
}

struct SourceList {
  EventTime now;
  std::vector<SourceStatus> sources;
  std::vector<EntityStatus> entities;
  std::optional<OnlineStoreStatus> online_store;
  std::optional<OnlineStoreStatus> values_file;
  std::optional<FeatureLogStatus> feature_log;
  std::optional<StoreStatus> store;
  std::optional<std::string> reload_progress;
  std::optional<OwnershipStatus> ownership;
};

template <typename Fields>
void describe(Fields& fields, const SourceList*) {
  fields.name("SourceList", "the sources of events");
  fields.required("now", &SourceList::now, {.text = "the server's time: of the clock, or of a replay"});
  fields.required("sources", &SourceList::sources);
  fields.required("entities", &SourceList::entities);
  fields.optional("online_store", &SourceList::online_store, {.text = "absent: there is none"});
  fields.optional("values_file", &SourceList::values_file, {.text = "absent: there is none"});
  fields.optional("feature_log", &SourceList::feature_log, {.text = "absent: there is none"});
  fields.optional("store", &SourceList::store, {.text = "absent: nothing is kept"});
  fields.optional("reload_progress", &SourceList::reload_progress,
                  {.text = "how far a reload is that fills other definitions from files; absent: there is none"});
  fields.optional("ownership", &SourceList::ownership, {.text = "absent: the server is the only one"});
}

}  // namespace headrace
