#include "engine/stream/entity_stream.h"

#include "base/check.h"
#include "engine/steps/result_columns.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace headrace {
namespace {

/// A lane's blocks come after those of the lanes before it, in their order of arrival.
uint64_t order_of(uint32_t lane, uint64_t push) { return uint64_t{lane} << 40 | push; }
uint32_t lane_of(const RowBlock& block) { return static_cast<uint32_t>(block.order >> 40); }

bool has_rows(const TimeStep& step, size_t partition) {
  return std::any_of(step.rows_of.begin(), step.rows_of.end(),
                     [&](const PartitionLists& rows) { return !rows.of(partition).empty(); });
}

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

InstantRule rule_of_reads() {
  InstantRule rule;
  rule.from_observations = true;
  return rule;
}

}  // namespace

EntityStream::EntityStream(const Plan& plan, size_t entity, std::vector<size_t> features, StreamOptions options)
    : plan_(plan),
      features_(std::move(features)),
      options_(options),
      layout_(make_layout(plan, entity, features_)),
      keys_(plan.entities[entity].keys.size()),
      reader_(layout_, keys_, texts_, 0),
      settled_steps_(layout_, keys_, rule_of_final_rows(options_), options_.partition_bits, {}),
      live_steps_(layout_, keys_, rule_of_reads(), options_.partition_bits, {}) {
  for (size_t index = 0; index < size_t{1} << options_.partition_bits; ++index) {
    const auto context = [&](const StepBuilder& steps) {
      return PartitionContext{layout_, steps, keys_, texts_, options_.kernels, index, options_.partition_bits};
    };
    settled_.push_back(std::make_unique<Partition>(context(settled_steps_)));
    live_.push_back(std::make_unique<Partition>(context(live_steps_), settled_.back().get()));
  }
  for (const SourceLayout& source : layout_.sources) {
    const Duration lateness = options_.allowed_lateness.value_or(plan.sources[source.plan_source].allowed_lateness);
    watermarks_.emplace_back(lateness, options_.idle_after);
    newest_.emplace_back();
  }
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
Result<PushResult> EntityStream::push(size_t source, uint32_t lane, const Batch& batch, int64_t now) {
  // What a row is judged by depends on the events before it and on the clock, not on who read or settled in between.
  release_waiting(now);
  PushResult result;
  Watermark& watermark = watermarks_[source];
  watermark.advance(now);
  const int64_t* times = batch.columns[layout_.sources[source].request.time_column()].int64s();
  std::vector<uint8_t> is_accepted(static_cast<size_t>(batch.rows), 1);
  for (int64_t row = 0; row < batch.rows; ++row) {
    if (times[row] < std::max(watermark.value(), settled_to())) {
      is_accepted[static_cast<size_t>(row)] = 0;
      result.late.push_back(row);
      continue;
    }
    if (times[row] > now) {
      ++result.ahead;
      continue;
    }
    watermark.observe(lane, times[row], now);
    watermark.advance(now);
  }
  result.accepted = batch.rows - static_cast<int64_t>(result.late.size());
  if (result.late.empty()) is_accepted.clear();

  ASSIGN_OR_RETURN(RowBlock read, reader_.read(source, order_of(lane, pushes_++), batch, is_accepted));
  live_keys_.resize(keys_.size());
  const auto block = std::make_shared<const RowBlock>(std::move(read));
  const auto first_ahead = std::upper_bound(block->times.begin(), block->times.end(), now);
  const auto here = static_cast<size_t>(first_ahead - block->times.begin());
  admit({block, 0, here});
  waiting_.add({block, here, block->rows()});
  return result;
}

void EntityStream::admit(BlockSlice slice) {
  std::vector<int64_t>& newest = newest_[slice.block->source];
  newest.resize(keys_.size(), kTimeMin);
  for (size_t row = slice.begin; row < slice.end; ++row) {
    int64_t& time = newest[slice.block->ids[row]];
    time = std::max(time, slice.block->times[row]);
  }
  live_keys_.add(slice);
  unsettled_.add(std::move(slice));
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
  return settle(kTimeMax, take);
}

void EntityStream::release_waiting(int64_t now) {
  for (BlockSlice& slice : waiting_.cut(now + 1).slices) {
    Watermark& watermark = watermarks_[slice.block->source];
    watermark.observe(lane_of(*slice.block), slice.block->times[slice.end - 1], now);
    admit(std::move(slice));
  }
}

Status EntityStream::settle(int64_t end, const TakeStep& take) {
  if (end <= unsettled_.start()) return {};
  for (TimeSlice& slice : parts_of(unsettled_.cut(end), kStepRowsMax)) {
    const TimeSlice taken = slice;
    const std::unique_ptr<TimeStep> step = settled_steps_.build(std::move(slice), end, memory_);
    for (size_t p = 0; p < settled_.size(); ++p) {
      if (!step->instants.of(p).empty() || has_rows(*step, p)) settled_[p]->process(*step, workspace_);
    }
    live_keys_.settle(taken, *step);
    RETURN_IF_ERROR(take(*step));
  }
  return {};
}

Batch EntityStream::final_rows(const TimeStep& step) const {
  std::vector<uint32_t> scratch;
  return result_rows(plan_, features_, {}, step, keys_, output_positions(step, scratch));
}

Result<RowBlock> EntityStream::block_of(const Observations& places) {
  std::vector<ScalarType> key_types;
  for (const Column& key : places.keys) key_types.push_back(key.type.scalar);
  RETURN_IF_ERROR(keys_.agree_on_types(key_types, "the places that are asked for"));

  RETURN_IF_ERROR(require_kept(places));

  int64_t incomplete = 0;
  RowBlock block = observation_block(places, layout_.sources.size(), keys_, texts_, incomplete);
  live_keys_.resize(keys_.size());
  return block;
}

Status EntityStream::add_places(const Observations& places) {
  CHECK(options_.takes_places);
  ASSIGN_OR_RETURN(RowBlock block, block_of(places));
  const auto rows = block.rows();
  unsettled_.add({std::make_shared<const RowBlock>(std::move(block)), 0, rows});
  return {};
}

Status EntityStream::require_kept(const Observations& places) const {
  for (int64_t row = 0; row < places.times.length; ++row) {
    if (!places.times.is_valid(row) || places.times.int64s()[row] >= settled_to()) continue;
    return Error::not_found("values before " + to_string(EventTime{settled_to()}) + " are not kept; one is asked at " +
                            to_string(EventTime{places.times.int64s()[row]}))
        .with_help("ask for a later time, or compute a training set of past times from the sources");
  }
  return {};
}

/// The number of each place's key, where the place is whole and an event had the key.
std::vector<std::optional<uint32_t>> EntityStream::known_keys(const Observations& places) const {
  std::vector<std::optional<uint32_t>> known(static_cast<size_t>(places.times.length));
  if (keys_.types().empty()) return known;
  std::vector<Slot> key(places.keys.size());
  for (int64_t row = 0; row < places.times.length; ++row) {
    bool may_be_known = places.times.is_valid(row);
    for (size_t column = 0; column < places.keys.size() && may_be_known; ++column) {
      const Column& values = places.keys[column];
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
    for (size_t place = 0; place < known.size(); ++place) {
      if (known[place] && *known[place] < of_source.size()) times[place] = of_source[*known[place]];
    }
  }
  return newest;
}

Result<std::vector<Column>> EntityStream::read(const Observations& places) {
  RETURN_IF_ERROR(require_kept(places));
  const std::vector<std::optional<uint32_t>> known = known_keys(places);
  std::vector<int64_t> strangers;
  for (int64_t row = 0; row < places.times.length; ++row) {
    bool is_whole = places.times.is_valid(row);
    for (const Column& key : places.keys) is_whole &= key.is_valid(row);
    if (is_whole && !known[static_cast<size_t>(row)]) strangers.push_back(row);
  }
  return strangers.empty() ? read_known(places) : read_with_strangers(places, strangers);
}

/// Keys without events are read from a stream without events, so that whoever asks for many leaves nothing here.
Result<std::vector<Column>> EntityStream::read_with_strangers(const Observations& places,
                                                              const std::vector<int64_t>& strangers) {
  std::vector<ScalarType> types;
  for (const Column& key : places.keys) types.push_back(key.type.scalar);
  if (!keys_.types().empty()) RETURN_IF_ERROR(keys_.agree_on_types(types, "the places that are asked for"));

  // What was asked before any event came has not decided which types the keys have.
  const bool is_usable = nobody_ && nobody_->keys_.types() == types && nobody_->keys_.size() <= kStrangersMax;
  if (!is_usable) {
    const size_t entity = layout_.entity;
    nobody_ = std::make_unique<EntityStream>(plan_, entity, features_, options_);
  }

  // Each part is read from its stream, and the values go back to their places.
  std::vector<int64_t> known;
  for (int64_t row = 0; row < places.times.length; ++row) {
    if (!std::ranges::binary_search(strangers, row)) known.push_back(row);
  }
  ASSIGN_OR_RETURN(const std::vector<Column> of_strangers, nobody_->read_known(some_of(places, strangers)));
  if (known.empty()) return of_strangers;
  ASSIGN_OR_RETURN(std::vector<Column> columns, read_known(some_of(places, known)));
  for (size_t f = 0; f < columns.size(); ++f) {
    std::vector<Value> values(static_cast<size_t>(places.times.length));
    for (size_t i = 0; i < known.size(); ++i) {
      values[static_cast<size_t>(known[i])] = columns[f].value_at(static_cast<int64_t>(i));
    }
    for (size_t i = 0; i < strangers.size(); ++i) {
      values[static_cast<size_t>(strangers[i])] = of_strangers[f].value_at(static_cast<int64_t>(i));
    }
    ColumnBuilder both(columns[f].type);
    for (const Value& value : values) both.append(value);
    columns[f] = std::move(both).finish();
  }
  return columns;
}

Result<std::vector<Column>> EntityStream::read_known(const Observations& places) {
  ASSIGN_OR_RETURN(RowBlock block, block_of(places));
  const size_t rows = static_cast<size_t>(places.times.length);
  std::vector<uint32_t> origins(rows);
  std::iota(origins.begin(), origins.end(), 0u);
  std::vector<Slot> values(rows);
  std::vector<uint8_t> valid(rows);
  const std::unique_ptr<TimeStep> step = block.rows() > 0 ? live_step(std::move(block)) : nullptr;
  std::vector<Column> columns;
  for (size_t f : features_) {
    for (size_t row = 0; step != nullptr && row < step->observations.rows; ++row) {
      const uint32_t instant = step->observation_instants[row];
      values[step->observations.origins[row]] = step->features[f].values[instant];
      valid[step->observations.origins[row]] = step->features[f].valid[instant];
    }
    columns.push_back(column_of(plan_.features[f].type, values.data(), valid.data(), origins));
  }
  return columns;
}

/// Takes the live states of the places' keys to the places' times.
std::unique_ptr<TimeStep> EntityStream::live_step(RowBlock places) {
  const size_t room = (keys_.size() >> options_.partition_bits) + 1;
  std::map<uint32_t, std::pair<int64_t, int64_t>> spans;  // of each key: its first and last time
  for (size_t row = 0; row < places.rows(); ++row) {
    const auto [span, is_new] = spans.try_emplace(places.ids[row], places.times[row], places.times[row]);
    span->second.second = places.times[row];
  }

  LiveKeys::Advance advance;
  const uint32_t mask = (1u << options_.partition_bits) - 1;
  for (const auto& [id, span] : spans) {
    live_keys_.advance(id, span.first, span.second, advance);
    Partition& live = *live_[id & mask];
    live.resize(room);
    if (advance.begins_anew) {
      live.continue_from_settled(id >> options_.partition_bits);
    } else {
      live.follow_settled(id >> options_.partition_bits);
    }
  }

  TimeSlice slice;
  slice.slices = std::move(advance.slices);
  const auto block = std::make_shared<const RowBlock>(std::move(places));
  slice.slices.push_back({block, 0, block->rows()});
  for (const BlockSlice& part : slice.slices) slice.rows += part.end - part.begin;

  std::unique_ptr<TimeStep> step = live_steps_.build(std::move(slice), kTimeMax, memory_);
  for (size_t p = 0; p < live_.size(); ++p) {
    if (!step->instants.of(p).empty()) live_[p]->process(*step, workspace_);
  }
  return step;
}

int64_t EntityStream::memory_bytes() const {
  int64_t bytes = keys_.memory_bytes() + texts_.memory_bytes() + live_keys_.memory_bytes() + memory_.bytes();
  for (const auto* each : {&settled_, &live_}) {
    for (const auto& partition : *each) bytes += partition->memory_bytes();
  }
  return bytes;
}

}  // namespace headrace
