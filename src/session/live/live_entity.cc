#include "session/live/live_entity.h"

#include <fmt/format.h>

namespace headrace {
namespace {

std::string text_of(const BadRow& row) {
  const std::string what = row.column.empty() ? row.problem : fmt::format("`{}` {}", row.column, row.problem);
  return row.value.empty() ? what : fmt::format("{}: {}", what, quote_json(row.value));
}

/// REQUIRES: the row is late or ahead.
LeftOutEvent left_out_event(int64_t time, const LeftOutRow& row, std::string_view record) {
  const bool is_late = row.reason == LeftOutRow::Reason::kLate;
  const std::string problem =
      row.bound == kTimeMax ? std::string("came after the end of the stream")
                            : fmt::format("{} is {} {}", to_string(EventTime{time}),
                                          is_late ? "before the watermark" : "after the latest time that is taken,",
                                          to_string(EventTime{row.bound}));
  return {is_late ? LeftOutEvent::Reason::kLate : LeftOutEvent::Reason::kAhead, problem, std::string(record)};
}

}  // namespace

Result<LiveFeatures::Entity::Taken> LiveFeatures::Entity::push(size_t source, std::string_view text, int64_t now) {
  ASSIGN_OR_RETURN(const std::vector<std::string_view> records, records_of(text));
  ASSIGN_OR_RETURN(const DecodedEvents events, readers[source]->decode(records));
  return push(source, events, records, now, 0);
}

Result<LiveFeatures::Entity::Taken> LiveFeatures::Entity::take(size_t source, const FedEvents& fed, int64_t now) {
  Taken taken;
  if (const auto* batch = std::get_if<Batch>(&fed.events)) {
    DecodedEvents events;
    events.batches.push_back(*batch);
    ASSIGN_OR_RETURN(taken, push(source, events, {}, now, fed.lane));
  } else {
    // Each line of a lane with a position is a message, whatever is in it.
    const std::string& text = std::get<std::string>(fed.events);
    std::vector<std::string_view> records = json_lines_of(text);
    if (fed.position.empty()) {
      ASSIGN_OR_RETURN(records, records_of(text));
    }
    ASSIGN_OR_RETURN(const DecodedEvents events, readers[source]->decode(records));
    ASSIGN_OR_RETURN(taken, push(source, events, records, now, fed.lane));
  }
  if (fed.is_drained) set_drained(source, fed.lane, *fed.is_drained, now);
  return taken;
}

Result<LiveFeatures::Entity::Taken> LiveFeatures::Entity::push(size_t source, const DecodedEvents& events,
                                                               std::span<const std::string_view> records, int64_t now,
                                                               uint32_t lane) {
  Taken taken;
  LivePush& push = taken.answer;
  for (const BadRow& problem : events.problems) {
    push.bad_cells += problem.is_cell ? 1 : 0;
    if (!problem.is_cell)
      taken.left_out.push_back({LeftOutEvent::Reason::kUnreadable, text_of(problem), problem.record});
  }
  push.unreadable = events.unreadable;
  const size_t shown = std::min(events.problems.size(), LivePush::kShownMax);
  push.problems.assign(events.problems.begin(), events.problems.begin() + static_cast<int64_t>(shown));

  size_t first = 0;  // row of the batch among all rows
  for (const Batch& batch : events.batches) {
    ASSIGN_OR_RETURN(const PushResult result, stream.push(source, lane, batch, now));
    push.accepted += result.accepted;
    push.ahead += result.ahead;
    const int64_t* times = batch.columns[stream.layout().sources[source].request.time_column()].int64s();
    for (const LeftOutRow& row : result.left_out) {
      // What files have is counted, and nothing of it is lost.
      switch (row.reason) {
        case LeftOutRow::Reason::kLate: ++push.late; break;
        case LeftOutRow::Reason::kAhead: ++push.too_far_ahead; break;
        case LeftOutRow::Reason::kCovered: ++push.covered; continue;
      }
      if (records.empty()) continue;
      const auto record = static_cast<size_t>(events.records[first + static_cast<size_t>(row.row)]);
      taken.left_out.push_back(left_out_event(times[row.row], row, records[record]));
    }
    first += static_cast<size_t>(batch.rows);

    if (result.accepted == 0) continue;
    int64_t newest = kTimeMin;
    for (int64_t row = 0; row < batch.rows; ++row) {
      if (!result.has_left_out(row)) newest = std::max(newest, times[row]);
    }
    newest_since_mark = std::max(newest_since_mark, newest);
    sources[source].newest = EventTime{std::max(newest, sources[source].newest.value_or(EventTime{newest}).us)};
  }
  RETURN_IF_ERROR(advance(now));
  push.watermark = time_or_nothing(stream.watermark(source));

  LiveSource& status = sources[source];
  status.accepted += push.accepted;
  status.late += push.late;
  status.unreadable += push.unreadable;
  status.too_far_ahead += push.too_far_ahead;
  status.bad_cells += push.bad_cells;
  status.covered += push.covered;
  return taken;
}

}  // namespace headrace
