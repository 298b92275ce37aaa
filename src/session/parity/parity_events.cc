#include "session/parity/parity_events.h"

#include "base/check.h"
#include "explain/explain.h"

#include <fmt/format.h>

#include <algorithm>

namespace headrace {
namespace {

constexpr char kKeySeparator = '\x1f';

std::string plain_text(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value.data)) return *text;
  if (const auto* time = std::get_if<EventTime>(&value.data)) return to_string(*time);
  return to_json(value);
}

/// One feature for each source that the entity's features read: enough to judge all events.
std::vector<size_t> judging_features(const Plan& plan, size_t entity) {
  std::vector<size_t> chosen;
  for (const size_t feature : features_of_entity(plan, entity)) {
    std::vector<size_t> more = chosen;
    more.push_back(feature);
    if (source_requests(plan, entity, more).size() > source_requests(plan, entity, chosen).size() || chosen.empty()) {
      chosen = std::move(more);
    }
  }
  return chosen;
}

Column key_column(const std::string& name, ScalarType type, const std::vector<ParityPlace>& places, size_t part) {
  ColumnBuilder builder({type, false});
  for (const ParityPlace& place : places) {
    const std::vector<std::string> parts = key_parts(place.key);
    const Result<Value> value = read_key(name, type, parts[part]);
    builder.append(value ? *value : Value{});
  }
  return std::move(builder).finish();
}

bool have_one_form(const Batch& a, const Batch& b) {
  return std::ranges::equal(a.columns, b.columns, {}, &Column::type, &Column::type);
}

/// Few large batches: the engine takes a step for each that comes in order of time.
std::vector<Batch> pieces_of(const std::vector<const ParityEvent*>& events) {
  constexpr size_t kPieceRowsMax = 16384;
  std::vector<Batch> pieces;
  for (size_t begin = 0; begin < events.size();) {
    const Batch& first = *events[begin]->batch;
    size_t end = begin + 1;
    while (end < events.size() && end - begin < kPieceRowsMax && have_one_form(first, *events[end]->batch)) ++end;
    Batch& piece = pieces.emplace_back();
    piece.rows = static_cast<int64_t>(end - begin);
    for (size_t column = 0; column < first.columns.size(); ++column) {
      ColumnBuilder builder(first.columns[column].type);
      for (size_t i = begin; i < end; ++i) builder.append(events[i]->batch->columns[column].value_at(events[i]->row));
      piece.columns.push_back(std::move(builder).finish());
    }
    begin = end;
  }
  return pieces;
}

}  // namespace

std::string key_text(const std::vector<Value>& key) {
  std::string out;
  for (size_t i = 0; i < key.size(); ++i) {
    if (i > 0) out += kKeySeparator;
    out += plain_text(key[i]);
  }
  return out;
}

std::string key_text_of(const Batch& batch, size_t keys, int64_t row) {
  std::vector<Value> key;
  for (size_t i = 0; i < keys; ++i) key.push_back(batch.columns[i].value_at(row));
  return key_text(key);
}

ParityEvents parity_events_of(const Plan& plan, size_t entity) {
  ParityEvents events;
  events.entity = entity;
  events.key_types = plan.entities[entity].key_types;
  std::ranges::replace(events.key_types, ScalarType::kNull, ScalarType::kString);
  for (const SourceRequest& request : source_requests(plan, entity, features_of_entity(plan, entity))) {
    events.sources.push_back({.name = request.source, .request = request});
  }
  return events;
}

std::shared_ptr<const Batch> kept_rows(const SourceRequest& request, const Batch& batch,
                                       const std::vector<int64_t>& rows) {
  Batch out;
  out.rows = static_cast<int64_t>(rows.size());
  for (size_t i = 0; i < batch.columns.size(); ++i) {
    const Column& column = batch.columns[i];
    const bool is_free_key = i < request.key_count && request.types[i] == ScalarType::kNull;
    ColumnBuilder builder(is_free_key ? Type{ScalarType::kString, false} : column.type);
    for (const int64_t row : rows) {
      const Value value = column.value_at(row);
      builder.append(is_free_key && !value.is_null() ? Value{plain_text(value)} : value);
    }
    out.columns.push_back(std::move(builder).finish());
  }
  return std::make_shared<const Batch>(std::move(out));
}

uint64_t replay_position(EventTime clock) { return static_cast<uint64_t>(clock.us - kTimestampMicrosMin); }

std::vector<std::string> key_parts(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == kKeySeparator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

std::vector<size_t> features_of_entity(const Plan& plan, size_t entity) {
  std::vector<size_t> features;
  for (size_t f = 0; f < plan.features.size(); ++f) {
    if (plan.features[f].entity == entity) features.push_back(f);
  }
  return features;
}

/// The engine's own judgement; it needs no more columns than one feature of each source has.
struct JudgedEvents::Stream {
  Stream(const Plan& plan, size_t entity, const StreamOptions& options)
      : engine(plan, entity, judging_features(plan, entity), options) {}

  size_t place_of(const std::string& source) const {
    const auto& sources = engine.layout().sources;
    const auto found = std::ranges::find_if(sources, [&](const auto& each) { return each.request.source == source; });
    CHECK(found != sources.end());
    return static_cast<size_t>(found - sources.begin());
  }
  /// The columns that the engine wants, of a batch with those of the whole request.
  Batch narrowed(size_t place, const Batch& batch, const SourceRequest& whole) const {
    Batch out{batch.rows, {}};
    for (const std::string& name : engine.layout().sources[place].request.columns) {
      const auto found = std::ranges::find(whole.columns, name);
      CHECK(found != whole.columns.end());
      out.columns.push_back(batch.columns[static_cast<size_t>(found - whole.columns.begin())]);
    }
    if (batch.columns.size() > whole.columns.size()) out.columns.push_back(batch.columns.back());
    return out;
  }

  EntityStream engine;
};

JudgedEvents::JudgedEvents(const Plan& plan, size_t entity, const StreamOptions& options, KeyFilter filter)
    : stream_(std::make_unique<Stream>(plan, entity,
                                       [&] {
                                         StreamOptions own = options;
                                         own.history = Duration{0};
                                         return own;
                                       }())),
      filter_(std::move(filter)) {
  events_ = parity_events_of(plan, entity);
  for (const ParitySource& each : events_.sources) {
    const auto source = std::ranges::find(plan.sources, each.name, &PlanSource::name);
    readers_.push_back(std::make_unique<JsonEvents>(*source, each.request, fmt::format("events of `{}`", each.name)));
  }
}

JudgedEvents::~JudgedEvents() = default;

Status JudgedEvents::take(uint64_t position, const LoggedPush& push) {
  const auto found = std::ranges::find(events_.sources, push.source, &ParitySource::name);
  if (found == events_.sources.end()) return {};
  const auto source = static_cast<size_t>(found - events_.sources.begin());
  now_ = std::max(now_, push.now_us);
  std::vector<std::string_view> records = json_lines_of(push.records);
  if (push.position.empty()) {
    ASSIGN_OR_RETURN(records, records_of(push.records));
  }
  ASSIGN_OR_RETURN(const DecodedEvents events, readers_[source]->decode(records));
  std::vector<uint8_t> bad_cells(records.size(), 0);
  for (const BadRow& problem : events.problems) {
    if (problem.is_cell) {
      bad_cells[static_cast<size_t>(problem.row) - 1] = 1;
    } else if (found->bad.size() < ParitySource::kBadRowsMax) {
      const std::string_view record = records[static_cast<size_t>(problem.row) - 1];
      found->bad.push_back({position, std::string(record), problem.problem});
    }
  }

  size_t first = 0;
  for (const Batch& batch : events.batches) {
    std::vector<uint8_t> of_batch;
    for (int64_t row = 0; row < batch.rows; ++row)
      of_batch.push_back(bad_cells[static_cast<size_t>(events.records[first++])]);
    RETURN_IF_ERROR(judge(source, batch, {.position = position, .lane = push.lane, .bad_cells = std::move(of_batch)}));
  }
  RETURN_IF_ERROR(stream_->engine.advance(now_, [](const TimeStep&) { return Status(); }));
  if (push.is_drained) {
    stream_->engine.set_drained(stream_->place_of(push.source), push.lane, *push.is_drained, now_);
  }
  return {};
}

Status JudgedEvents::take(const std::string& source, const Batch& batch, int64_t now) {
  const auto found = std::ranges::find(events_.sources, source, &ParitySource::name);
  if (found == events_.sources.end()) return {};
  now_ = std::max(now_, now);
  events_.is_replay = true;
  Came came;
  int64_t& newest = newest_.try_emplace(source, kTimestampMicrosMin).first->second;
  const int64_t* times = batch.columns[found->request.time_column()].int64s();
  for (int64_t row = 0; row < batch.rows; ++row) {
    newest = std::max(newest, times[row]);
    came.positions.push_back(replay_position({newest}));
  }
  RETURN_IF_ERROR(judge(static_cast<size_t>(found - events_.sources.begin()), batch, came));
  return stream_->engine.advance(now_, [](const TimeStep&) { return Status(); });
}

Status JudgedEvents::judge(size_t source, const Batch& batch, const Came& came) {
  ParitySource& into = events_.sources[source];
  const size_t place = stream_->place_of(into.name);
  ASSIGN_OR_RETURN(const PushResult result,
                   stream_->engine.push(place, came.lane, stream_->narrowed(place, batch, into.request), now_));
  into.count += batch.rows;
  if (events_.asked_types.empty() && batch.rows > 0) {
    for (size_t i = 0; i < into.request.key_count; ++i) events_.asked_types.push_back(batch.columns[i].type.scalar);
  }

  std::vector<int64_t> rows;
  std::vector<std::string> keys;
  for (int64_t row = 0; row < batch.rows; ++row) {
    std::string key = key_text_of(batch, into.request.key_count, row);
    if (!filter_(key)) continue;
    rows.push_back(row);
    keys.push_back(std::move(key));
  }
  const std::shared_ptr<const Batch> kept = kept_rows(into.request, batch, rows);
  const size_t time = into.request.time_column();
  for (size_t i = 0; i < rows.size(); ++i) {
    ParityEvent event{.batch = kept, .row = static_cast<int64_t>(i), .position = came.position, .lane = came.lane};
    if (!came.positions.empty()) event.position = came.positions[static_cast<size_t>(rows[i])];
    event.time = {kept->columns[time].int64s()[i]};
    event.is_late = result.has_left_out(rows[i]);
    event.has_bad_cell = !came.bad_cells.empty() && came.bad_cells[static_cast<size_t>(rows[i])] != 0;
    into.events[keys[i]].push_back(std::move(event));
  }
  return {};
}

/// Events of one time from several lanes are in order of the lanes.
ParityEvents JudgedEvents::finish() && {
  for (ParitySource& source : events_.sources) {
    for (auto& [key, events] : source.events) std::ranges::stable_sort(events, {}, &ParityEvent::lane);
  }
  return std::move(events_);
}

Result<std::vector<std::vector<Value>>> batch_values(const Plan& plan, const ParityEvents& like,
                                                     const ChosenEvents& events,
                                                     const std::vector<ParityPlace>& places) {
  const PlanEntity& entity = plan.entities[like.entity];
  Observations observations;
  std::vector<int64_t> times;
  for (const ParityPlace& place : places) times.push_back(place.at.us);
  for (size_t part = 0; part < entity.keys.size(); ++part) {
    observations.keys.push_back(key_column(entity.keys[part], like.key_types[part], places, part));
  }
  observations.times = make_column(ScalarType::kTimestamp, std::move(times));

  std::vector<std::unique_ptr<MemorySource>> owned;
  OpenSources sources;
  for (size_t s = 0; s < like.sources.size(); ++s) {
    owned.push_back(std::make_unique<MemorySource>(pieces_of(events[s])));
    sources[like.sources[s].name] = owned.back().get();
  }
  const std::vector<size_t> features = features_of_entity(plan, like.entity);
  ASSIGN_OR_RETURN(const DatasetResult result,
                   dataset(plan, like.entity, features, observations, sources, {.threads = 1}));
  std::vector<std::vector<Value>> values(places.size());
  for (size_t row = 0; row < places.size(); ++row) {
    for (const Column& column : result.features) values[row].push_back(column.value_at(static_cast<int64_t>(row)));
  }
  return values;
}

}  // namespace headrace
