#pragma once

/// Internal to live features: the stream of one entity, and how events of its sources are read.

#include "engine/stream/entity_stream.h"
#include "io/json/json_events.h"
#include "session/live/due_keys.h"
#include "session/live/event_rate.h"
#include "session/live/live_features.h"
#include "session/live/repeats.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {

inline std::optional<EventTime> time_or_nothing(int64_t us) {
  return us == kTimeMin ? std::nullopt : std::optional(EventTime{us});
}

struct LiveFeatures::Entity {
  Entity(const Plan& plan, size_t entity, std::vector<size_t> outputs, const StreamOptions& options,
         Duration dedupe_for, const Clock& clock)
      : features(std::move(outputs)), stream(plan, entity, features, told(options, clock)), repeats(dedupe_for) {
    for (const SourceLayout& layout : stream.layout().sources) {
      const PlanSource& source = plan.sources[layout.plan_source];
      readers.push_back(
          std::make_unique<JsonEvents>(source, layout.request, fmt::format("events of `{}`", source.name)));
      LiveSource& status = sources.emplace_back();
      status.name = source.name;
      status.entity = plan.entities[entity].name;
    }
  }

  /// The options, with which the stream tells the keys of its events.
  StreamOptions told(StreamOptions options, const Clock& clock) {
    options.accepted = [this, &clock](const RowBlock& block) {
      if (!due) return;
      const int64_t elapsed_us = clock.elapsed_us();
      for (size_t row = 0; row < block.rows(); ++row) due->note(block.ids[row], block.times[row], now, elapsed_us);
    };
    return options;
  }

  std::optional<size_t> find_source(const std::string& name) const {
    for (size_t s = 0; s < sources.size(); ++s) {
      if (sources[s].name == name) return s;
    }
    return std::nullopt;
  }

  /// Moves on to the clock's time.
  Status advance(int64_t now) {
    return stream.advance(now, [&](const TimeStep& step) -> Status {
      final_rows += stream.final_rows(step).rows;
      return {};
    });
  }

  Result<LivePush> push(size_t source, std::string_view text, int64_t now) {
    ASSIGN_OR_RETURN(const std::vector<std::string_view> records, records_of(text));
    ASSIGN_OR_RETURN(const DecodedEvents events, readers[source]->decode(records));
    return push(source, events, now, 0);
  }

  Result<LivePush> push(size_t source, const DecodedEvents& events, int64_t now, uint32_t lane) {
    LivePush push;
    for (const Batch& batch : events.batches) {
      ASSIGN_OR_RETURN(const PushResult result, stream.push(source, lane, batch, now));
      push.accepted += result.accepted;
      push.ahead += result.ahead;
      push.late += static_cast<int64_t>(result.late.size());
      const int64_t* times = batch.columns[stream.layout().sources[source].request.time_column()].int64s();
      if (result.accepted == 0) continue;
      int64_t newest = kTimeMin;
      for (int64_t row = 0; row < batch.rows; ++row) newest = std::max(newest, times[row]);
      newest_since_mark = std::max(newest_since_mark, newest);
      if (sources[source].newest) newest = std::max(newest, sources[source].newest->us);
      sources[source].newest = EventTime{newest};
    }
    RETURN_IF_ERROR(advance(now));

    push.unreadable = events.unreadable;
    for (const BadRow& problem : events.problems) push.bad_cells += problem.is_cell ? 1 : 0;
    const size_t shown = std::min(events.problems.size(), LivePush::kShownMax);
    push.problems.assign(events.problems.begin(), events.problems.begin() + static_cast<int64_t>(shown));
    push.watermark = time_or_nothing(stream.watermark(source));

    LiveSource& status = sources[source];
    status.accepted += push.accepted;
    status.late += push.late;
    status.unreadable += push.unreadable;
    status.bad_cells += push.bad_cells;
    return push;
  }

  /// What a feed brought of a source: events, then what is known of its lane.
  Result<LivePush> take(size_t source, const FedEvents& fed, int64_t now) {
    LivePush push;
    if (const auto* batch = std::get_if<Batch>(&fed.events)) {
      DecodedEvents events;
      events.batches.push_back(*batch);
      ASSIGN_OR_RETURN(push, this->push(source, events, now, fed.lane));
    } else {
      // Each line of a lane with a position is a message, whatever is in it.
      const std::string& text = std::get<std::string>(fed.events);
      std::vector<std::string_view> records = json_lines_of(text);
      if (fed.position.empty()) {
        ASSIGN_OR_RETURN(records, records_of(text));
      }
      ASSIGN_OR_RETURN(const DecodedEvents events, readers[source]->decode(records));
      ASSIGN_OR_RETURN(push, this->push(source, events, now, fed.lane));
    }
    if (fed.is_drained) set_drained(source, fed.lane, *fed.is_drained, now);
    return push;
  }

  void set_drained(size_t source, uint32_t lane, bool is_drained, int64_t at) {
    stream.set_drained(source, lane, is_drained, at);
    if (is_drained) {
      sources[source].drained.insert(lane);
    } else {
      sources[source].drained.erase(lane);
    }
  }

  /// What a start needs to know of this place; the newest event after it comes later.
  LiveMark::OfEntity mark() const {
    LiveMark::OfEntity mark;
    mark.now = now;
    mark.watermarks = stream.store_watermarks();
    for (const LiveSource& source : sources) {
      mark.counts[source.name] = {source.accepted, source.late, source.unreadable, source.bad_cells,
                                  source.newest ? source.newest->us : kTimeMin};
    }
    return mark;
  }

  /// REQUIRES: nothing was pushed.
  Status restore(const StoredStream& stored, const LiveMark::OfEntity& mark) {
    RETURN_IF_ERROR(stream.restore(stored, mark.watermarks));
    now = mark.now;
    for (size_t s = 0; s < sources.size(); ++s) {
      LiveSource& source = sources[s];
      source.drained = stream.drained_lanes(s);
      const auto found = mark.counts.find(source.name);
      if (found == mark.counts.end()) continue;
      const SourceCounts& counts = found->second;
      source.accepted = counts.accepted;
      source.late = counts.late;
      source.unreadable = counts.unreadable;
      source.bad_cells = counts.bad_cells;
      source.newest = time_or_nothing(counts.newest);
    }
    return {};
  }

  /// Fills the rest of rows whose keys were taken.
  Status read_changed(size_t key_columns, ChangedRows& rows);

  const std::vector<size_t> features;  // of the plan, in the order of the stream's values
  // Where changes are tracked:
  std::vector<size_t> changed_features;  // of the plan, those of changed rows
  bool moves_with_time = false;          // values of some of these change at any time

  mutable std::mutex mutex;      // of what follows
  std::unique_ptr<DueKeys> due;  // null: changes are not tracked
  EntityStream stream;
  std::vector<std::unique_ptr<JsonEvents>> readers;  // by layout source
  std::vector<LiveSource> sources;                   // likewise
  std::map<size_t, EventRate> rates;                 // likewise
  int64_t now = kTimeMin;                            // the clock, which never goes back here
  int64_t newest_since_mark = kTimeMin;              // time of an accepted event
  int64_t final_rows = 0;
  Repeats repeats;
};

}  // namespace headrace
