/// How values are read from a stream.

#include "engine/results/result_columns.h"
#include "engine/stream/entity_stream.h"

#include <algorithm>
#include <numeric>

namespace headrace {
namespace {

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
    options.shape = shape_;
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
  WordColumns words(features.size(), rows);
  std::vector<Column> columns;
  columns.reserve(features.size());
  for (size_t f : features) {
    for (size_t row = 0; step != nullptr && row < step->observations.rows; ++row) {
      const uint32_t instant = step->observation_instants[row];
      values[step->observations.origins[row]] = step->features[f].values[instant];
      valid[step->observations.origins[row]] = step->features[f].valid[instant];
    }
    const Type type = plan_.features[f].type;
    columns.push_back(WordColumns::takes(type) ? words.add(type, values, valid)
                                               : column_of(type, values.data(), valid.data(), origins));
  }
  return columns;
}

}  // namespace headrace
