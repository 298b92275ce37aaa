#include "feature_stream.h"

#include "base/hash.h"
#include "input_columns.h"
#include "language/diagnostics/suggest.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace headrace {
namespace {

constexpr std::string_view kForm = "headrace stream 1";
constexpr size_t kDigestBytes = 64;

StreamOptions options_of(const StreamChoices& choices) {
  StreamOptions options;
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

int64_t newest_of(const Batch& events, size_t time_column) {
  const int64_t* times = events.columns[time_column].int64s();
  return events.rows == 0 ? kTimeMin : *std::max_element(times, times + events.rows);
}

}  // namespace

FeatureStream::FeatureStream(const Plan& plan, size_t entity, std::vector<size_t> features,
                             const StreamChoices& choices)
    : plan_(plan),
      entity_(entity),
      features_(std::move(features)),
      stream_(plan, entity, features_, options_of(choices)) {}

Result<size_t> FeatureStream::source_of(const std::string& name) const {
  const std::vector<SourceLayout>& sources = stream_.layout().sources;
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
  if (calls_.wants_mark()) calls_.mark(stream_.store_watermarks());
  calls_.add(std::move(call));
  return calls_.last();
}

Result<PushedEvents> FeatureStream::push(const std::string& source, TableStream events, int64_t now, uint32_t lane,
                                         OnBadRow bad_rows) {
  ASSIGN_OR_RETURN(const size_t index, source_of(source));
  const SourceRequest& request = stream_.layout().sources[index].request;
  ASSIGN_OR_RETURN(InputTable table, events.read(input_columns(plan_, request, events), bad_rows));

  PushedEvents pushed{.bad_rows = table.bad_rows};
  int64_t first_row = 0;
  for (Batch& batch : table.batches) {
    if (batch.rows == 0) continue;
    StreamCall call{StreamCall::Kind::kPush, now, index, lane, false, std::move(batch)};
    call.newest = newest_of(call.events, request.time_column());
    RETURN_IF_ERROR(require_types(call));
    const StreamCall& noted = note(std::move(call));
    Result<PushResult> result = stream_.push(index, lane, noted.events, noted.now);
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

/// What the engine takes without looking: columns of the types that it asked for, keys of those that it knows.
Status FeatureStream::require_types(const StreamCall& call) const {
  const SourceRequest& request = stream_.layout().sources[call.source].request;
  if (call.events.columns.size() != request.columns.size()) return unreadable();
  const std::vector<ScalarType> keys = stream_.keys().types();
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
  const StreamCall& call = note({StreamCall::Kind::kDrained, now, index, lane, is_drained});
  stream_.set_drained(index, lane, is_drained, call.now);
  return {};
}

Result<ArrowBatch> FeatureStream::advance(int64_t now) {
  return advance_states(note({StreamCall::Kind::kAdvance, now}));
}

Result<ArrowBatch> FeatureStream::finish() { return advance_states(note({StreamCall::Kind::kFinish, clock_})); }

Result<ArrowBatch> FeatureStream::advance_states(const StreamCall& call) {
  std::vector<Batch> batches;
  const auto take = [&](const TimeStep& step) {
    batches.push_back(stream_.final_rows(step));
    return Status();
  };
  RETURN_IF_ERROR(call.kind == StreamCall::Kind::kFinish ? stream_.finish(take) : stream_.advance(call.now, take));
  calls_.forget_before(stream_.earliest());

  const ResultSchema schema = stream_.result_schema();
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
  const std::vector<ScalarType> types = stream_.keys().types();
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
  ASSIGN_OR_RETURN(out.batch.columns, stream_.read(asked));
  out.batch.rows = table.rows;
  return out;
}

Result<int64_t> FeatureStream::watermark(const std::string& source) const {
  ASSIGN_OR_RETURN(const size_t index, source_of(source));
  return stream_.watermark(index);
}

int64_t FeatureStream::unsettled_rows() const {
  auto rows = static_cast<int64_t>(stream_.unsettled_rows());
  for (size_t source = 0; source < stream_.layout().sources.size(); ++source) rows += stream_.ahead(source).events;
  return rows;
}

/// What a stream's columns and values hang on.
std::string FeatureStream::identity() const {
  std::string text = plan_.entities[entity_].name;
  for (const size_t feature : features_) {
    text += fmt::format("\n{} {}", plan_.features[feature].name, plan_.features[feature].digest);
  }
  for (const SourceLayout& source : stream_.layout().sources) {
    text += fmt::format("\n{} {}", source.request.source, fmt::join(source.request.columns, " "));
  }
  return sha256_hex(text);
}

std::string FeatureStream::store() {
  calls_.forget_before(stream_.earliest());
  std::string bytes;
  StateWriter writer(bytes);
  writer.text(kForm);
  writer.text(identity());
  writer.value(clock_);
  const StoredStream stored = stream_.store();
  writer.value(stored.settled_to);
  writer.word(stored.parts.size());
  for (const auto& [name, part] : stored.parts) {
    writer.text(name);
    writer.text(part);
  }
  calls_.store(writer);
  return bytes + sha256_hex(bytes);
}

Status FeatureStream::restore(std::string_view bytes) {
  if (!calls_.empty()) {
    return Error::usage("only a new stream can go on from a stored one")
        .with_help("make another stream, and restore it first");
  }
  if (bytes.size() < kDigestBytes) return unreadable();
  const std::string_view content = bytes.substr(0, bytes.size() - kDigestBytes);
  if (bytes.substr(content.size()) != sha256_hex(content)) return unreadable();

  TextPool texts;
  StateReader reader(content, texts);
  if (reader.text() != kForm) return unreadable();
  if (reader.text() != identity()) {
    return Error::conflict("the stored stream is of other definitions, features or columns")
        .with_help("push the events again into a new stream, or open the kernel with the definitions of that one");
  }
  const int64_t clock = reader.number();
  StoredStream stored;
  stored.settled_to = reader.number();
  for (size_t left = reader.count(16); left > 0; --left) {
    const std::string name(reader.text());
    stored.parts[name] = reader.text();
  }
  StreamCalls calls;
  calls.restore(reader);
  if (!reader.ok() || !reader.at_end()) return unreadable();
  if (calls.empty()) return {};  // of a stream with which nothing was done

  RETURN_IF_ERROR(stream_.restore(stored, calls.first_watermarks()));
  calls_ = std::move(calls);
  clock_ = clock;
  for (const StreamCall& call : calls_.all()) RETURN_IF_ERROR(repeat(call));
  return {};
}

/// The rows that become final are known already.
Status FeatureStream::repeat(const StreamCall& call) {
  const auto drop = [](const TimeStep&) { return Status(); };
  if (call.kind == StreamCall::Kind::kAdvance) return stream_.advance(call.now, drop);
  if (call.kind == StreamCall::Kind::kFinish) return stream_.finish(drop);
  if (call.source >= stream_.layout().sources.size()) return unreadable();
  if (call.kind == StreamCall::Kind::kDrained) {
    stream_.set_drained(call.source, call.lane, call.is_drained, call.now);
    return {};
  }
  RETURN_IF_ERROR(require_types(call));
  const Result<PushResult> result = stream_.push(call.source, call.lane, call.events, call.now);
  return result.ok() ? Status() : Status(result.error());
}

}  // namespace headrace
