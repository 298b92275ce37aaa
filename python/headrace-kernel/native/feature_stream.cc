#include "feature_stream.h"

#include "base/hash.h"
#include "input_columns.h"
#include "language/diagnostics/suggest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace headrace {
namespace {

constexpr std::string_view kForm = "headrace stream 2";
constexpr std::string_view kPartsForm = "headrace partials 1";
constexpr size_t kDigestBytes = 64;

StreamOptions options_of(const StreamChoices& choices, const std::shared_ptr<StreamShape>& shape) {
  StreamOptions options;
  options.shape = shape;
  options.allowed_lateness = choices.allowed_lateness;
  options.idle_after = choices.idle_after;
  options.max_ahead = choices.max_ahead;
  options.history = choices.history;
  options.ahead_max = {.events = kTimeMax, .bytes = kTimeMax};  // whoever pushes decides how much
  options.partition_bits = 0;                                   // there is one thread
  return options;
}

Error unreadable() {
  return Error::data("these bytes are not a whole stored stream")
      .with_help("give what `store` returned; where it is lost, push the events again into a new stream");
}

void store_parts(const StoredStream& stored, StateWriter& writer) {
  writer.value(stored.settled_to);
  writer.word(stored.parts.size());
  for (const auto& [name, part] : stored.parts) {
    writer.text(name);
    writer.text(part);
  }
}

StoredStream restored_parts(StateReader& reader) {
  StoredStream stored;
  stored.settled_to = reader.number();
  for (size_t left = reader.count(16); left > 0; --left) {
    const std::string name(reader.text());
    stored.parts[name] = reader.text();
  }
  return stored;
}

Result<std::string_view> without_digest(std::string_view bytes) {
  if (bytes.size() < kDigestBytes) return unreadable();
  const std::string_view content = bytes.substr(0, bytes.size() - kDigestBytes);
  if (bytes.substr(content.size()) != sha256_hex(content)) return unreadable();
  return content;
}

/// Of store_for_ever().
Result<StoredStream> parts_of_bytes(std::string_view bytes, TextPool& texts) {
  ASSIGN_OR_RETURN(const std::string_view content, without_digest(bytes));
  StateReader reader(content, texts);
  if (reader.text() != kPartsForm) return unreadable();
  StoredStream stored = restored_parts(reader);
  if (!reader.ok() || !reader.at_end()) return unreadable();
  return stored;
}

int64_t newest_of(const Batch& events, size_t time_column) {
  const int64_t* times = events.columns[time_column].int64s();
  return events.rows == 0 ? kTimeMin : *std::max_element(times, times + events.rows);
}

}  // namespace

FeatureStream::FeatureStream(const Plan& plan, size_t entity, std::vector<size_t> features,
                             const StreamChoices& choices, std::shared_ptr<StreamShape> shape)
    : plan_(plan),
      entity_(entity),
      features_(std::move(features)),
      choices_(choices),
      shape_(std::move(shape)),
      stream_(std::make_unique<EntityStream>(plan, entity, features_, options_of(choices, shape_))) {}

Result<size_t> FeatureStream::source_of(const std::string& name) const {
  const std::vector<SourceLayout>& sources = stream_->layout().sources;
  std::vector<std::string> known;
  for (size_t source = 0; source < sources.size(); ++source) {
    if (sources[source].request.source == name) return source;
    known.push_back(sources[source].request.source);
  }
  const std::string near = did_you_mean(name, known);
  return Error::not_found(fmt::format("the stream has no source `{}`", name))
      .with_help(near.empty() ? fmt::format("its sources are {}", fmt::join(known, ", ")) : near);
}

/// Remembers what is about to be done.
const StreamCall& FeatureStream::note(StreamCall call) {
  clock_ = std::max(clock_, call.now);
  call.now = clock_;
  if (calls_.wants_mark()) calls_.mark(stream_->store_watermarks());
  calls_.add(std::move(call));
  return calls_.last();
}

Result<PushedEvents> FeatureStream::push(const std::string& source, TableStream events, int64_t now, uint32_t lane,
                                         OnBadRow bad_rows) {
  ASSIGN_OR_RETURN(const size_t index, source_of(source));
  const SourceRequest& request = stream_->layout().sources[index].request;
  ASSIGN_OR_RETURN(InputTable table, events.read(input_columns(plan_, request, events), bad_rows));

  ASSIGN_OR_RETURN(PushedEvents pushed, push_batches(index, lane, std::move(table.batches), now));
  pushed.bad_rows = table.bad_rows;
  return pushed;
}

Result<PushedEvents> FeatureStream::push(const std::string& source, Batch events, int64_t now) {
  ASSIGN_OR_RETURN(const size_t index, source_of(source));
  std::vector<Batch> one;
  one.push_back(std::move(events));
  return push_batches(index, 0, std::move(one), now);
}

Result<PushedEvents> FeatureStream::push_batches(size_t source, uint32_t lane, std::vector<Batch> batches,
                                                 int64_t now) {
  const SourceRequest& request = stream_->layout().sources[source].request;
  PushedEvents pushed;
  int64_t first_row = 0;
  for (Batch& batch : batches) {
    if (batch.rows == 0) continue;
    StreamCall call{.kind = StreamCall::Kind::kPush, .now = now, .source = source, .lane = lane};
    call.events = std::move(batch);
    call.newest = newest_of(call.events, request.time_column());
    RETURN_IF_ERROR(require_types(call));
    const StreamCall& noted = note(std::move(call));
    Result<PushResult> result = stream_->push(source, lane, noted.events, noted.now);
    if (!result.ok()) {
      calls_.drop_last();
      return result.error();
    }
    pushed.accepted += result->accepted;
    pushed.ahead += result->ahead;
    for (LeftOutRow row : result->left_out) {
      row.row += first_row;
      pushed.left_out.push_back(row);
    }
    first_row += noted.events.rows;
  }
  return pushed;
}

Result<std::vector<Type>> FeatureStream::column_types(const std::string& source) const {
  ASSIGN_OR_RETURN(const size_t index, source_of(source));
  const SourceRequest& request = stream_->layout().sources[index].request;
  const std::vector<Type> keys = key_types();
  std::vector<Type> types;
  for (size_t i = 0; i < request.columns.size(); ++i) {
    const ScalarType type = i < request.key_count ? keys[i].scalar : request.types[i];
    types.push_back({type, false});
  }
  return types;
}

std::vector<Type> FeatureStream::key_types() const {
  const std::vector<ScalarType> known = stream_->keys().types();
  std::vector<Type> types;
  for (const ScalarType type : known.empty() ? plan_.entities[entity_].key_types : known) {
    types.push_back({type, false});
  }
  return types;
}

/// What the engine takes without looking: columns of the types that it asked for, keys of those that it knows.
Status FeatureStream::require_types(const StreamCall& call) const {
  const SourceRequest& request = stream_->layout().sources[call.source].request;
  if (call.events.columns.size() != request.columns.size()) return unreadable();
  const std::vector<ScalarType> keys = stream_->keys().types();
  for (size_t i = 0; i < request.columns.size(); ++i) {
    const ScalarType type = call.events.columns[i].type.scalar;
    const bool is_key = i < request.key_count;
    if (!is_key && request.types[i] != ScalarType::kNull && type != request.types[i]) return unreadable();
    if (!is_key || keys.empty() || keys[i] == type) continue;
    return Error::data(fmt::format("key `{}` was {}, and is {} in these events of `{}`", request.columns[i],
                                   to_string(keys[i]), to_string(type), request.source));
  }
  return {};
}

Status FeatureStream::set_drained(const std::string& source, uint32_t lane, bool is_drained, int64_t now) {
  ASSIGN_OR_RETURN(const size_t index, source_of(source));
  const StreamCall& call =
      note({.kind = StreamCall::Kind::kDrained, .now = now, .source = index, .lane = lane, .is_drained = is_drained});
  stream_->set_drained(index, lane, is_drained, call.now);
  return {};
}

Result<ArrowBatch> FeatureStream::advance(int64_t now) {
  return advance_states(note({.kind = StreamCall::Kind::kAdvance, .now = now}));
}

Result<ArrowBatch> FeatureStream::settle(int64_t before, int64_t now) {
  return advance_states(note({.kind = StreamCall::Kind::kSettle, .now = now, .before = before}));
}

Result<ArrowBatch> FeatureStream::finish() {
  return advance_states(note({.kind = StreamCall::Kind::kFinish, .now = clock_}));
}

Status FeatureStream::move(const StreamCall& call, const EntityStream::TakeStep& take) {
  switch (call.kind) {
    case StreamCall::Kind::kFinish: return stream_->finish(take);
    case StreamCall::Kind::kSettle: return stream_->settle_before(call.before, take);
    default: return stream_->advance(call.now, take);
  }
}

Result<ArrowBatch> FeatureStream::advance_states(const StreamCall& call) {
  std::vector<Batch> batches;
  const auto take = [&](const TimeStep& step) {
    // Of events that were taken back there are none, and no columns either.
    if (Batch rows = stream_->final_rows(step); rows.rows > 0) batches.push_back(std::move(rows));
    return Status();
  };
  RETURN_IF_ERROR(move(call, take));
  calls_.forget_before(stream_->earliest());

  const ResultSchema schema = stream_->result_schema();
  ArrowBatch out{schema.names, {}, {}};
  for (const Batch& batch : batches) out.batch.rows += batch.rows;
  for (size_t i = 0; i < schema.types.size(); ++i) {
    out.batch.columns.push_back(batches.empty() ? ColumnBuilder(schema.types[i]).finish()
                                                : joined_column(batches, i, schema.types[i]));
  }
  return out;
}

Result<ArrowBatch> FeatureStream::read(TableStream places, const std::string& time_column) {
  ASSIGN_OR_RETURN(const InputColumn time, time_column_of(plan_, places, time_column));
  std::vector<InputColumn> columns = {time};
  const PlanEntity& entity = plan_.entities[entity_];
  const std::vector<ScalarType> types = stream_->keys().types();
  for (size_t key = 0; key < entity.keys.size(); ++key) {
    columns.push_back({entity.keys[key], {types.empty() ? entity.key_types[key] : types[key], std::nullopt}, false});
  }
  ASSIGN_OR_RETURN(const InputTable table, places.read(columns, OnBadRow::kStop));

  Observations asked{{}, joined_column(table.batches, 0, {ScalarType::kTimestamp})};
  for (size_t key = 1; key < columns.size(); ++key) {
    asked.keys.push_back(joined_column(table.batches, key, {table.types[key]}));
  }
  ArrowBatch out;
  for (const size_t feature : features_) out.names.push_back(plan_.features[feature].name);
  ASSIGN_OR_RETURN(out.batch.columns, read(asked));
  out.batch.rows = table.rows;
  return out;
}

Result<int64_t> FeatureStream::watermark(const std::string& source) const {
  ASSIGN_OR_RETURN(const size_t index, source_of(source));
  return stream_->watermark(index);
}

int64_t FeatureStream::unsettled_rows() const {
  auto rows = static_cast<int64_t>(stream_->unsettled_rows());
  for (size_t source = 0; source < stream_->layout().sources.size(); ++source) rows += stream_->ahead(source).events;
  return rows;
}

/// What a stream's columns and values hang on.
std::string FeatureStream::identity() const {
  std::string text = plan_.entities[entity_].name;
  for (const size_t feature : features_) {
    text += fmt::format("\n{} {}", plan_.features[feature].name, plan_.features[feature].digest);
  }
  for (const SourceLayout& source : stream_->layout().sources) {
    text += fmt::format("\n{} {}", source.request.source, fmt::join(source.request.columns, " "));
  }
  return sha256_hex(text);
}

std::string FeatureStream::store() {
  calls_.forget_before(stream_->earliest());
  std::string bytes;
  StateWriter writer(bytes);
  writer.text(kForm);
  writer.text(identity());
  writer.value(clock_);
  store_parts(stream_->store(), writer);
  calls_.store(writer);
  return bytes + sha256_hex(bytes);
}

std::string FeatureStream::store_for_ever() {
  std::string bytes;
  StateWriter writer(bytes);
  writer.text(kPartsForm);
  store_parts(stream_->store_for_ever(), writer);
  return bytes + sha256_hex(bytes);
}

Result<int64_t> FeatureStream::settled_to_of(std::string_view bytes) {
  TextPool texts;
  ASSIGN_OR_RETURN(const StoredStream stored, parts_of_bytes(bytes, texts));
  return stored.settled_to;
}

Status FeatureStream::adopt(std::string_view bytes) {
  TextPool texts;
  ASSIGN_OR_RETURN(const StoredStream stored, parts_of_bytes(bytes, texts));
  if (unsettled_rows() > 0 || settled_to() != stored.settled_to) {
    return Error::usage("partials are adopted by a stream that is settled to their time, and has no events after it")
        .with_help("push what came before that time, settle to it, adopt, and push the rest");
  }
  const StoredStream whole = stream_->store_around(stored);
  stream_ = std::make_unique<EntityStream>(plan_, entity_, features_, options_of(choices_, shape_));
  RETURN_IF_ERROR(stream_->restore(whole, {}));
  calls_ = StreamCalls();
  calls_.mark(stream_->store_watermarks());
  return {};
}

Status FeatureStream::restore(std::string_view bytes) {
  if (!calls_.empty()) {
    return Error::usage("only a new stream can go on from a stored one")
        .with_help("make another stream, and restore it first");
  }
  ASSIGN_OR_RETURN(const std::string_view content, without_digest(bytes));

  TextPool texts;
  StateReader reader(content, texts);
  if (reader.text() != kForm) return unreadable();
  if (reader.text() != identity()) {
    return Error::conflict("the stored stream is of other definitions, features or columns")
        .with_help("push the events again into a new stream, or open the kernel with the definitions of that one");
  }
  const int64_t clock = reader.number();
  const StoredStream stored = restored_parts(reader);
  StreamCalls calls;
  calls.restore(reader);
  if (!reader.ok() || !reader.at_end()) return unreadable();
  if (calls.empty()) return {};  // of a stream with which nothing was done

  RETURN_IF_ERROR(stream_->restore(stored, calls.first_watermarks()));
  calls_ = std::move(calls);
  clock_ = clock;
  for (const StreamCall& call : calls_.all()) RETURN_IF_ERROR(repeat(call));
  return {};
}

/// The rows that become final are known already.
Status FeatureStream::repeat(const StreamCall& call) {
  const auto drop = [](const TimeStep&) { return Status(); };
  const bool is_of_source = call.kind == StreamCall::Kind::kPush || call.kind == StreamCall::Kind::kDrained;
  if (!is_of_source) return move(call, drop);
  if (call.source >= stream_->layout().sources.size()) return unreadable();
  if (call.kind == StreamCall::Kind::kDrained) {
    stream_->set_drained(call.source, call.lane, call.is_drained, call.now);
    return {};
  }
  RETURN_IF_ERROR(require_types(call));
  const Result<PushResult> result = stream_->push(call.source, call.lane, call.events, call.now);
  return result.ok() ? Status() : Status(result.error());
}

}  // namespace headrace
