#include "engine/stream/entity_stream.h"

#include "base/check.h"
#include "engine/results/result_columns.h"

#include <algorithm>
#include <numeric>

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

Observations some_of(const Observations& places, const std::vector<int64_t>& rows) {
  const auto some = [&](const Column& column) {
    ColumnBuilder builder(column.type);
    for (int64_t row : rows) builder.append(column.value_at(row));
    return std::move(builder).finish();
  };
  Observations chosen;
  for (const Column& key : places.keys) chosen.keys.push_back(some(key));
  chosen.times = some(places.times);
  return chosen;
}

}  // namespace

EntityStream::EntityStream(const Plan& plan, size_t entity, std::vector<size_t> features, StreamOptions options)
    : plan_(plan),
      features_(std::move(features)),
      options_(options),
      layout_(make_layout(plan, entity, features_)),
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
  return {layout_, keys_, texts_, memory_, options_.kernels, options_.partition_bits};
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
    const bool is_late = !is_covered && (times[row] < watermark.value() || is_finished_);
    if (is_late) {
      leave_out(row, LeftOutRow::Reason::kLate, is_finished_ ? kTimeMax : watermark.value());
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

  ASSIGN_OR_RETURN(RowBlock read, reader_.read(source, order_of(lane, pushes_++), batch, is_accepted));
  const auto block = std::make_shared<const RowBlock>(std::move(read));
  if (options_.accepted) options_.accepted(*block);
  const auto first_ahead = std::upper_bound(block->times.begin(), block->times.end(), now);
  const auto here = static_cast<size_t>(first_ahead - block->times.begin());
  admit({block, 0, here});
  waiting_.add({block, here, block->rows()});
  return result;
}

Status EntityStream::fill(size_t source, const Batch& batch) {
  ASSIGN_OR_RETURN(RowBlock read, reader_.read(source, order_of(0, pushes_++), batch));
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

Status EntityStream::advance(int64_t now, const TakeStep& take) {
  release_waiting(now);
  int64_t horizon = kTimeMax;
  for (Watermark& watermark : watermarks_) horizon = std::min(horizon, watermark.advance(now));
  return settle(horizon, take);
}

Status EntityStream::finish(const TakeStep& take) {
  release_waiting(kTimeMax - 1);
  is_finished_ = true;
  return settle(kTimeMax, take);
}

Status EntityStream::settle(int64_t end, const TakeStep& take) {
  RETURN_IF_ERROR(now_.settle(end, take));
  int64_t past_end;
  const bool has_past = past_ && now_.start() != kTimeMax;
  if (!has_past || __builtin_sub_overflow(now_.start(), options_.history.us, &past_end)) return {};
  return past_->settle(past_end, [](const TimeStep& /*step*/) { return Status(); });
}

Batch EntityStream::final_rows(const TimeStep& step) const {
  std::vector<uint32_t> scratch;
  return result_rows(plan_, features_, {}, step, keys_, output_positions(step, scratch));
}

void EntityStream::set_meter(WorkMeter meter) {
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

/// The number of each place's key, where the place is whole and an event had the key.
std::vector<std::optional<uint32_t>> EntityStream::known_keys(const Observations& places) const {
  std::vector<std::optional<uint32_t>> known = known_keys(places.keys, places.times.length);
  for (int64_t row = 0; row < places.times.length; ++row) {
    if (!places.times.is_valid(row)) known[static_cast<size_t>(row)].reset();
  }
  return known;
}

/// The number of each row's key, where all its columns have values and the key is in memory.
std::vector<std::optional<uint32_t>> EntityStream::known_keys(std::span<const Column> keys, int64_t rows) const {
  std::vector<std::optional<uint32_t>> known(static_cast<size_t>(rows));
  if (keys_.types().empty()) return known;
  std::vector<Slot> key(keys.size());
  for (int64_t row = 0; row < rows; ++row) {
    bool may_be_known = true;
    for (size_t column = 0; column < keys.size() && may_be_known; ++column) {
      const Column& values = keys[column];
      may_be_known = values.is_valid(row);
      if (!may_be_known) continue;
      if (values.type.scalar == ScalarType::kString) {
        const std::optional<Text> text = texts_.find(values.string_at(row));
        may_be_known = text.has_value();
        key[column] = text ? to_slot(*text) : 0;
      } else if (values.type.scalar == ScalarType::kBool) {
        key[column] = to_slot(values.bool_at(row));
      } else {
        key[column] = to_slot(values.int64s()[row]);
      }
    }
    if (may_be_known) known[static_cast<size_t>(row)] = keys_.find(key);
  }
  return known;
}

std::vector<std::vector<int64_t>> EntityStream::newest_events(const Observations& places) const {
  const std::vector<std::optional<uint32_t>> known = known_keys(places);
  std::vector<std::vector<int64_t>> newest;
  for (const std::vector<int64_t>& of_source : newest_) {
    std::vector<int64_t>& times = newest.emplace_back(known.size(), kTimeMin);
    const size_t source = newest.size() - 1;
    for (size_t place = 0; place < known.size(); ++place) {
      if (!known[place] || *known[place] >= of_source.size()) continue;
      const int64_t last = places.times.int64s()[place];
      times[place] = of_source[*known[place]];
      if (times[place] <= last) continue;
      const LiveStates& states = last < settled_to() ? *past_ : now_;
      times[place] = states.newest_event(source, *known[place], last);
    }
  }
  return newest;
}

/// Where each place is read from. Keys without events are read from a stream without events, so that whoever asks for
/// many leaves nothing here.
std::vector<EntityStream::From> EntityStream::origins_of(const Observations& places) const {
  const std::vector<std::optional<uint32_t>> known = known_keys(places);
  std::vector<From> origins(known.size(), From::kNow);
  for (size_t place = 0; place < known.size(); ++place) {
    const auto row = static_cast<int64_t>(place);
    bool is_whole = places.times.is_valid(row);
    for (const Column& key : places.keys) is_whole &= key.is_valid(row);
    if (!is_whole) continue;
    if (!known[place]) {
      origins[place] = From::kNobody;
    } else if (places.times.int64s()[row] < settled_to()) {
      origins[place] = From::kPast;
    }
  }
  return origins;
}

/// Each part is read where it lies, and the values go back to their places.
Result<std::vector<Column>> EntityStream::read(const Observations& places, std::span<const size_t> features) {
  RETURN_IF_ERROR(require_kept(places));
  const std::vector<From> origins = origins_of(places);
  const bool is_one = std::ranges::all_of(origins, [&](From from) { return from == origins[0]; });
  if (is_one) return read_from(origins.empty() ? From::kNow : origins[0], places, features);

  std::vector<std::vector<Value>> values(features.size(), std::vector<Value>(origins.size()));
  for (const From from : {From::kNow, From::kPast, From::kNobody}) {
    std::vector<int64_t> rows;
    for (size_t place = 0; place < origins.size(); ++place) {
      if (origins[place] == from) rows.push_back(static_cast<int64_t>(place));
    }
    if (rows.empty()) continue;
    ASSIGN_OR_RETURN(const std::vector<Column> columns, read_from(from, some_of(places, rows), features));
    for (size_t f = 0; f < columns.size(); ++f) {
      for (size_t i = 0; i < rows.size(); ++i) {
        values[f][static_cast<size_t>(rows[i])] = columns[f].value_at(static_cast<int64_t>(i));
      }
    }
  }

  std::vector<Column> columns;
  for (size_t f = 0; f < features.size(); ++f) {
    ColumnBuilder builder(plan_.features[features[f]].type);
    for (const Value& value : values[f]) builder.append(value);
    columns.push_back(std::move(builder).finish());
  }
  return columns;
}

Result<std::vector<Column>> EntityStream::read_from(From from, const Observations& places,
                                                    std::span<const size_t> features) {
  switch (from) {
    case From::kNow: return read_states(now_, places, features);
    case From::kPast: return read_states(*past_, places, features);
    case From::kNobody: break;
  }
  return read_nobody(places, features);
}

Result<std::vector<Column>> EntityStream::read_nobody(const Observations& places, std::span<const size_t> features) {
  std::vector<ScalarType> types;
  for (const Column& key : places.keys) types.push_back(key.type.scalar);
  if (!keys_.types().empty()) RETURN_IF_ERROR(keys_.agree_on_types(types, "the places that are asked for"));

  // What was asked before any event came has not decided which types the keys have.
  const bool is_usable = nobody_ && nobody_->keys_.types() == types && nobody_->keys_.size() <= kStrangersMax;
  if (!is_usable) {
    StreamOptions options = options_;
    options.history = Duration{0};
    nobody_ = std::make_unique<EntityStream>(plan_, layout_.entity, features_, options);
  }
  return nobody_->read_states(nobody_->now_, places, features);
}

Result<std::vector<Column>> EntityStream::read_without_events(EventTime at, std::span<const size_t> features) {
  // Any key will do: those who answer know none.
  Observations place;
  const std::vector<ScalarType>& known = keys_.types();
  for (size_t key = 0; key < plan_.entities[layout_.entity].keys.size(); ++key) {
    const ScalarType type = known.empty() ? ScalarType::kInt64 : known[key];
    ColumnBuilder builder(Type{type, false});
    switch (type) {
      case ScalarType::kString: builder.append(Value{std::string()}); break;
      case ScalarType::kBool: builder.append(Value{false}); break;
      case ScalarType::kTimestamp: builder.append(Value{EventTime{0}}); break;
      default: builder.append(Value{int64_t{0}});
    }
    place.keys.push_back(std::move(builder).finish());
  }
  place.times = make_column(ScalarType::kTimestamp, std::vector<int64_t>{at.us});
  return read_nobody(place, features);
}

Result<std::vector<Column>> EntityStream::read_states(LiveStates& states, const Observations& places,
                                                      std::span<const size_t> features) {
  ASSIGN_OR_RETURN(RowBlock block, block_of(places));
  was_read_.resize(keys_.size());
  for (const uint32_t id : block.ids) was_read_[id] = 1;
  const size_t rows = static_cast<size_t>(places.times.length);
  std::vector<uint32_t> origins(rows);
  std::iota(origins.begin(), origins.end(), 0u);
  std::vector<Slot> values(rows);
  std::vector<uint8_t> valid(rows);
  const std::unique_ptr<TimeStep> step = block.rows() > 0 ? states.read(std::move(block), features) : nullptr;
  std::vector<Column> columns;
  for (size_t f : features) {
    for (size_t row = 0; step != nullptr && row < step->observations.rows; ++row) {
      const uint32_t instant = step->observation_instants[row];
      values[step->observations.origins[row]] = step->features[f].values[instant];
      valid[step->observations.origins[row]] = step->features[f].valid[instant];
    }
    columns.push_back(column_of(plan_.features[f].type, values.data(), valid.data(), origins));
  }
  return columns;
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
