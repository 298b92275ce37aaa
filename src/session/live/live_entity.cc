#include "session/live/live_entity.h"

#include "engine/stream/counted_position.h"

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
      row.reason == LeftOutRow::Reason::kNoRoom
          ? fmt::format("{} is ahead of the clock, {}, and no more events of the source may wait",
                        to_string(EventTime{time}), to_string(EventTime{row.bound}))
      : row.bound == kTimeMax ? std::string("came after the end of the stream")
                              : fmt::format("{} is {} {}", to_string(EventTime{time}),
                                            is_late ? "before the watermark" : "after the latest time that is taken,",
                                            to_string(EventTime{row.bound}));
  return {is_late ? LeftOutEvent::Reason::kLate : LeftOutEvent::Reason::kAhead, problem, std::string(record)};
}

void count_left_out(LeftOutRow::Reason reason, LivePush& push) {
  switch (reason) {
    case LeftOutRow::Reason::kLate: ++push.late; break;
    case LeftOutRow::Reason::kAhead:
    case LeftOutRow::Reason::kNoRoom: ++push.too_far_ahead; break;
    case LeftOutRow::Reason::kCovered: ++push.covered; break;
  }
}

}  // namespace

Result<LiveFeatures::Entity::ReadEvents> LiveFeatures::Entity::read_events(size_t source, std::string_view text) {
  ReadEvents read;
  ASSIGN_OR_RETURN(read.records, records_of(text));
  ASSIGN_OR_RETURN(read.events, readers[source]->events.decode(read.records));
  return read;
}

Result<LiveFeatures::Entity::ReadEvents> LiveFeatures::Entity::read_events(size_t source, const FedEvents& fed) {
  ReadEvents read;
  if (const auto* batch = std::get_if<Batch>(&fed.events)) {
    read.events.batches.push_back(*batch);
    return read;
  }
  // Each line of a lane with a position is a message, whatever is in it.
  const std::string& text = std::get<std::string>(fed.events);
  if (fed.position.empty()) return read_events(source, text);
  read.records = json_lines_of(text);
  ASSIGN_OR_RETURN(read.events, readers[source]->events.decode(read.records));
  return read;
}

Result<LiveFeatures::Entity::Taken> LiveFeatures::Entity::push(size_t source, const ReadEvents& read, int64_t now,
                                                               bool stops) {
  for (const BadRow& problem : read.events.problems) {
    if (!stops || problem.is_cell) continue;
    return Error::data(fmt::format("event {} of the push cannot be read: {}", problem.row, text_of(problem)))
        .with_help(
            fmt::format("nothing of the push was taken, as `on_bad_row: stop` of `{}` says; put it right and send "
                        "it again",
                        sources[source].name));
  }
  return push(source, read.events, read.records, now, 0, {});
}

/// Its offset names it; a feed that does not count cannot be stopped so.
Result<std::optional<BadMessage>> LiveFeatures::Entity::find_bad(size_t source, const FedEvents& fed,
                                                                 const IsSkipped& is_skipped, FedEvents& before) {
  const auto* text = std::get_if<std::string>(&fed.events);
  if (text == nullptr || fed.offsets.empty()) return std::optional<BadMessage>();
  const std::vector<std::string_view> records = json_lines_of(*text);
  ASSIGN_OR_RETURN(const DecodedEvents events, readers[source]->events.decode(records));
  for (const BadRow& problem : events.problems) {
    const auto record = static_cast<size_t>(problem.row - 1);
    if (problem.is_cell || record >= fed.offsets.size()) continue;
    // What had been left out before the source was to stop is judged again like anything else.
    if (!fed.taken_back.empty() || (is_skipped && is_skipped(fed.source, fed.lane, fed.offsets[record]))) continue;

    before.source = fed.source;
    before.lane = fed.lane;
    before.events = text->substr(0, static_cast<size_t>(records[record].data() - text->data()));
    before.offsets.assign(fed.offsets.begin(), fed.offsets.begin() + static_cast<int64_t>(record));
    if (!fed.ids.empty()) {
      before.ids.assign(fed.ids.begin(), fed.ids.begin() + static_cast<int64_t>(record));
      before.position = fed.position;
    } else if (record > 0) {
      before.position = position_at(fed.position, fed.offsets[record]);
    }
    return std::optional(BadMessage{fed.source, fed.lane, fed.offsets[record], text_of(problem)});
  }
  return std::optional<BadMessage>();
}

std::vector<std::string> LiveFeatures::Entity::unknown_names(size_t source, const ReadEvents& read) const {
  std::vector<std::string> names;
  for (const Batch& batch : read.events.batches) {
    const std::vector<std::string> some = unknown_names(source, batch);
    names.insert(names.end(), some.begin(), some.end());
  }
  return names;
}

std::vector<std::string> LiveFeatures::Entity::unknown_names(size_t source, const Batch& batch) const {
  const size_t keys = stream.layout().sources[source].request.key_count;
  return stream.unknown_names(std::span(batch.columns).first(keys), batch.rows);
}

Result<LiveFeatures::Entity::Taken> LiveFeatures::Entity::take(size_t source, const FedEvents& fed,
                                                               const ReadEvents& read, int64_t now) {
  Beside beside;
  if (std::holds_alternative<std::string>(fed.events)) beside = {fed.offsets, fed.forgotten};
  ASSIGN_OR_RETURN(Taken taken, push(source, read.events, read.records, now, fed.lane, beside));
  // What is judged again is counted as it is judged now.
  sources[source].late -= fed.counted_before.late;
  sources[source].unreadable -= fed.counted_before.unreadable;
  sources[source].too_far_ahead -= fed.counted_before.ahead;
  if (fed.is_drained) set_drained(source, fed.lane, *fed.is_drained, now);
  return taken;
}

void LiveFeatures::Entity::pass_forgotten(size_t source, uint32_t lane, const std::vector<int64_t>& times, int64_t now,
                                          LivePush& push) {
  for (const int64_t time : times) {
    const PushResult result = stream.pass_forgotten(source, lane, time, now);
    push.accepted += result.accepted;
    push.ahead += result.ahead;
    for (const LeftOutRow& row : result.left_out) count_left_out(row.reason, push);
    if (result.accepted == 0) continue;
    newest_since_mark = std::max(newest_since_mark, time);
    sources[source].newest = EventTime{std::max(time, sources[source].newest.value_or(EventTime{time}).us)};
  }
}

Result<LiveFeatures::Entity::Taken> LiveFeatures::Entity::push(size_t source, const DecodedEvents& events,
                                                               std::span<const std::string_view> records, int64_t now,
                                                               uint32_t lane, const Beside& beside) {
  Taken taken;
  const auto note_offset = [&](size_t record) {
    if (record < beside.offsets.size()) taken.left_out.back().offset = beside.offsets[record];
  };
  LivePush& push = taken.answer;
  for (const BadRow& problem : events.problems) {
    push.bad_cells += problem.is_cell ? 1 : 0;
    if (problem.is_cell) continue;
    taken.left_out.push_back({LeftOutEvent::Reason::kUnreadable, text_of(problem), problem.record});
    note_offset(static_cast<size_t>(problem.row - 1));
  }
  push.unreadable = events.unreadable;
  const size_t shown = std::min(events.problems.size(), LivePush::kShownMax);
  push.problems.assign(events.problems.begin(), events.problems.begin() + static_cast<int64_t>(shown));

  size_t first = 0;  // row of the batch among all rows
  for (const ForgottenEvent& event : beside.forgotten) push.unreadable += event.time ? 0 : 1;
  for (const PieceOfPush& piece : pieces_of(events, beside.forgotten)) {
    pass_forgotten(source, lane, piece.gone, now, push);
    const Batch& batch = piece.batch;
    if (batch.rows == 0) continue;
    std::vector<int64_t> bytes;
    for (size_t row = first; !records.empty() && row < first + static_cast<size_t>(batch.rows); ++row) {
      bytes.push_back(static_cast<int64_t>(records[static_cast<size_t>(events.records[row])].size()));
    }
    ASSIGN_OR_RETURN(const PushResult result, stream.push(source, lane, batch, now, bytes));
    push.accepted += result.accepted;
    push.ahead += result.ahead;
    const int64_t* times = batch.columns[stream.layout().sources[source].request.time_column()].int64s();
    for (const LeftOutRow& row : result.left_out) {
      count_left_out(row.reason, push);
      // What files have is not lost.
      if (records.empty() || row.reason == LeftOutRow::Reason::kCovered) continue;
      const auto record = static_cast<size_t>(events.records[first + static_cast<size_t>(row.row)]);
      taken.left_out.push_back(left_out_event(times[row.row], row, records[record]));
      note_offset(record);
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
  stream.move_clock(now);
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
