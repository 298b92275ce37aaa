#include "engine/stream/entity_stream.h"

#include "base/check.h"
#include "engine/results/result_columns.h"
#include "plan/reach.h"

#include <algorithm>

namespace headrace {
namespace {

/// A lane's blocks come after those of the lanes before it, in their order of arrival.
uint64_t order_of(uint32_t lane, uint64_t push) { return uint64_t{lane} << 40 | push; }

InstantRule rule_of_final_rows(const StreamOptions& options) {
  InstantRule rule;
  rule.from_events = true;
  rule.from_observations = options.takes_places;
  return rule;
}

}  // namespace

EntityStream::EntityStream(const Plan& plan, size_t entity, std::vector<size_t> features, StreamOptions options)
    : plan_(plan),
      features_(std::move(features)),
      for_ever_(features_for_ever(plan)),
      options_(options),
      shape_(options_.shape ? options_.shape : std::make_shared<StreamShape>(plan, entity, features_)),
      layout_(shape_->layout()),
      keys_(plan.entities[entity].keys.size()),
      reader_(layout_, keys_, texts_, 0),
      now_(parts(), rule_of_final_rows(options_)) {
  if (options_.history.us > 0) past_ = std::make_unique<LiveStates>(parts(), InstantRule());
  for (const SourceLayout& source : layout_.sources) {
    const Duration lateness = options_.allowed_lateness.value_or(plan.sources[source.plan_source].allowed_lateness);
    const auto own = options_.idle_after_of.find(plan.sources[source.plan_source].name);
    watermarks_.emplace_back(lateness, own == options_.idle_after_of.end() ? options_.idle_after : own->second);
    newest_.emplace_back();
    covered_to_.push_back(kTimeMin);
    source_tags_.push_back(resting_tag(plan.sources[source.plan_source].name));
  }
  ahead_totals_.resize(layout_.sources.size());
}

StreamParts EntityStream::parts() {
  return {*shape_, layout_, keys_, texts_, memory_, options_.kernels, options_.partition_bits};
}

ResultSchema EntityStream::result_schema() const {
  const PlanEntity& entity = plan_.entities[layout_.entity];
  ResultSchema schema;
  const std::vector<ScalarType> types = keys_.types();
  for (size_t key = 0; key < entity.keys.size(); ++key) {
    schema.names.push_back(entity.keys[key]);
    schema.types.push_back({types.empty() ? entity.key_types[key] : types[key], false});
  }
  schema.names.emplace_back("event_time");
  schema.types.push_back({ScalarType::kTimestamp, false});
  for (size_t f : features_) {
    schema.names.push_back(plan_.features[f].name);
    schema.types.push_back(plan_.features[f].type);
  }
  return schema;
}

/// Each row is judged by the watermark that the rows before it have left.
Result<PushResult> EntityStream::push(size_t source, uint32_t lane, const Batch& batch, int64_t now,
                                      std::span<const int64_t> bytes) {
  // What a row is judged by depends on the events before it and on the clock, not on who read or settled in between.
  release_waiting(now);
  PushResult result;
  Watermark& watermark = watermarks_[source];
  watermark.advance(now);

  const int64_t* times = batch.columns[layout_.sources[source].request.time_column()].int64s();
  const int64_t time_max = latest_time(source, now);
  std::vector<uint8_t> is_accepted(static_cast<size_t>(batch.rows), 1);
  const auto leave_out = [&](int64_t row, LeftOutRow::Reason reason, int64_t bound) {
    is_accepted[static_cast<size_t>(row)] = 0;
    result.left_out.push_back({row, reason, bound});
  };
  for (int64_t row = 0; row < batch.rows; ++row) {
    const bool is_covered = times[row] < covered_to_[source];
    // Behind the watermark, but for settle_before(); what restore() found settled is passed over, not late.
    const bool is_settled = times[row] < settled_to() && times[row] >= restored_to_;
    const bool is_late = !is_covered && (times[row] < watermark.value() || is_settled || is_finished_);
    if (is_late) {
      const int64_t bound = is_settled ? std::max(watermark.value(), settled_to()) : watermark.value();
      leave_out(row, LeftOutRow::Reason::kLate, is_finished_ ? kTimeMax : bound);
      continue;
    }
    if (times[row] > time_max) {
      leave_out(row, LeftOutRow::Reason::kAhead, time_max);
      continue;
    }
    // It says how far its lane is, as every other does.
    if (is_covered) leave_out(row, LeftOutRow::Reason::kCovered, covered_to_[source]);
    if (times[row] > now) {
      const int64_t row_bytes = bytes.empty() || is_covered ? 0 : bytes[static_cast<size_t>(row)];
      if (!is_covered && !has_room(source, row_bytes)) {
        leave_out(row, LeftOutRow::Reason::kNoRoom, now);
        continue;
      }
      if (!is_covered) ++result.ahead;
      let_wait(times[row], source, lane, row_bytes);
      continue;
    }
    watermark.observe(lane, times[row], now);
    watermark.advance(now);
  }
  result.accepted = batch.rows - static_cast<int64_t>(result.left_out.size());
  if (result.left_out.empty()) is_accepted.clear();

  ASSIGN_OR_RETURN(RowBlock read,
                   reader_.read(source, order_of(lane, pushes_++), batch, *shape_->borrow(meter_), is_accepted));
  const auto block = std::make_shared<const RowBlock>(std::move(read));
  if (options_.accepted) options_.accepted(*block);
  const auto first_ahead = std::upper_bound(block->times.begin(), block->times.end(), now);
  const auto here = static_cast<size_t>(first_ahead - block->times.begin());
  admit({block, 0, here});
  waiting_.add({block, here, block->rows()});
  return result;
}

Status EntityStream::fill(size_t source, const Batch& batch) {
  ASSIGN_OR_RETURN(RowBlock read, reader_.read(source, order_of(0, pushes_++), batch, *shape_->borrow(meter_)));
  const auto block = std::make_shared<const RowBlock>(std::move(read));
  if (options_.accepted) options_.accepted(*block);
  waiting_.add({block, 0, block->rows()});
  return {};
}

void EntityStream::admit(BlockSlice slice) {
  // What is pushed again after restore() may be in the states already.
  while (slice.begin < slice.end && slice.block->times[slice.begin] < restored_to_) ++slice.begin;
  if (slice.begin == slice.end) return;

  std::vector<int64_t>& newest = newest_[slice.block->source];
  newest.resize(keys_.size(), kTimeMin);
  for (size_t row = slice.begin; row < slice.end; ++row) {
    int64_t& time = newest[slice.block->ids[row]];
    time = std::max(time, slice.block->times[row]);
  }
  if (past_) past_->add(slice);
  now_.add(std::move(slice));
}

void EntityStream::set_drained(size_t source, uint32_t lane, bool is_drained, int64_t now) {
  watermarks_[source].set_drained(lane, is_drained, now);
}

Status EntityStream::advance(int64_t now, const TakeStep& take) { return settle(horizon(now), take); }

/// Up to where all rows are final at a time of the clock.
int64_t EntityStream::horizon(int64_t now) {
  release_waiting(now);
  int64_t horizon = kTimeMax;
  for (Watermark& watermark : watermarks_) horizon = std::min(horizon, watermark.advance(now));
  return horizon;
}

Result<bool> EntityStream::advance_some(int64_t now, size_t rows, const TakeStep& take) {
  const int64_t end = horizon(now);
  const int64_t some = end > now_.start() ? std::min(end, now_.time_behind(rows)) : end;
  RETURN_IF_ERROR(now_.settle(some, take));
  const std::optional<int64_t> past_end = this->past_end();
  if (!past_end) return some == end;
  const int64_t some_past = *past_end > past_->start() ? std::min(*past_end, past_->time_behind(rows)) : *past_end;
  RETURN_IF_ERROR(past_->settle(some_past, [](const TimeStep& /*step*/) { return Status(); }));
  return some == end && some_past == *past_end;
}

Status EntityStream::finish(const TakeStep& take) {
  release_waiting(kTimeMax - 1);
  is_finished_ = true;
  return settle(kTimeMax, take);
}

Status EntityStream::settle(int64_t end, const TakeStep& take) {
  RETURN_IF_ERROR(now_.settle(end, take));
  const std::optional<int64_t> past_end = this->past_end();
  if (!past_end) return {};
  return past_->settle(*past_end, [](const TimeStep& /*step*/) { return Status(); });
}

/// Up to where past states are settled; nothing where there are none, or none yet.
std::optional<int64_t> EntityStream::past_end() const {
  int64_t end;
  const bool has_past = past_ && now_.start() != kTimeMax;
  if (!has_past || __builtin_sub_overflow(now_.start(), options_.history.us, &end)) return std::nullopt;
  return end;
}

Batch EntityStream::final_rows(const TimeStep& step) const {
  std::vector<uint32_t> scratch;
  return result_rows(plan_, features_, {}, step, keys_, output_positions(step, scratch));
}

void EntityStream::set_meter(WorkMeter meter) {
  meter_ = meter;
  reader_.set_meter(meter);
  now_.set_meter(meter);
  if (past_) past_->set_meter(meter);
}

Result<RowBlock> EntityStream::block_of(const Observations& places) {
  std::vector<ScalarType> key_types;
  for (const Column& key : places.keys) key_types.push_back(key.type.scalar);
  RETURN_IF_ERROR(keys_.agree_on_types(key_types, "the places that are asked for"));

  RETURN_IF_ERROR(require_kept(places));

  int64_t incomplete = 0;
  RowBlock block = observation_block(places, layout_.sources.size(), keys_, texts_, incomplete);
  return block;
}

Status EntityStream::add_places(const Observations& places) {
  CHECK(options_.takes_places);
  ASSIGN_OR_RETURN(RowBlock block, block_of(places));
  const auto rows = block.rows();
  now_.add_places({std::make_shared<const RowBlock>(std::move(block)), 0, rows});
  return {};
}

Status EntityStream::require_kept(const Observations& places) const {
  for (int64_t row = 0; row < places.times.length; ++row) {
    if (!places.times.is_valid(row) || places.times.int64s()[row] >= earliest()) continue;
    return Error::not_found("values before " + to_string(EventTime{earliest()}) + " are not kept; one is asked at " +
                            to_string(EventTime{places.times.int64s()[row]}))
        .with_help("ask for a later time, or compute a training set of past times from the sources");
  }
  return {};
}

std::vector<Value> EntityStream::key_values(uint32_t key) const {
  std::vector<Value> values;
  const std::vector<ScalarType> types = keys_.types();
  for (size_t column = 0; column < types.size(); ++column) {
    const Slot slot = keys_.slot(key, column);
    switch (types[column]) {
      case ScalarType::kString: values.push_back(Value{std::string(Text::from_bits(slot).view())}); break;
      case ScalarType::kBool: values.push_back(Value{slot != 0}); break;
      case ScalarType::kTimestamp: values.push_back(Value{EventTime{static_cast<int64_t>(slot)}}); break;
      case ScalarType::kNull:
      case ScalarType::kInt64:
      case ScalarType::kDouble:
      case ScalarType::kDuration: values.push_back(Value{static_cast<int64_t>(slot)}); break;
    }
  }
  return values;
}

std::vector<int64_t> EntityStream::kept_times(uint32_t key) const {
  std::vector<int64_t> times;
  now_.append_times(key, times);
  for (const std::vector<int64_t>& newest : newest_) {
    if (key < newest.size() && newest[key] != kTimeMin) times.push_back(newest[key]);
  }
  std::ranges::sort(times);
  times.erase(std::ranges::unique(times).begin(), times.end());
  return times;
}

int64_t EntityStream::memory_bytes() const {
  return keys_.memory_bytes() + texts_.memory_bytes() + memory_.bytes() + now_.memory_bytes() +
         (past_ ? past_->memory_bytes() : 0);
}

void EntityStream::add_memory(PlanWork& work) const {
  work.unattributed.state_bytes += keys_.memory_bytes() + texts_.memory_bytes() + memory_.bytes();
  now_.add_memory(work);
  if (past_) past_->add_memory(work);
}

}  // namespace headrace
