#include "session/live/explain_live.h"

#include "engine/stream/entity_stream.h"
#include "io/json/json_events.h"
#include "io/open_source.h"
#include "session/live/forgotten_events.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace headrace {
namespace {

StreamOptions without_history(StreamOptions options) {
  options.history = Duration{0};
  return options;
}

/// Rows of files before a time, and then events of a stream.
class FilesAndEvents : public Source {
 public:
  /// Null for no files. REQUIRES: the files have the columns of the request, and so have the events.
  FilesAndEvents(std::unique_ptr<FileSource> files, const SourceRequest& request, int64_t end,
                 std::vector<Batch> events)
      : files_(std::move(files)), time_column_(request.time_column()), end_(end), events_(std::move(events)) {
    if (files_) units_ = files_->units();
    units_.insert(units_.end(), events_.units().begin(), events_.units().end());
  }

  const std::vector<SourceUnit>& units() const override { return units_; }
  Status read(size_t unit, const Consume& consume) override {
    const size_t of_files = units_.size() - events_.units().size();
    if (unit >= of_files) return events_.read(unit - of_files, consume);
    return files_->read(unit, [&](const Batch& batch) -> Status {
      const int64_t* times = batch.columns[time_column_].int64s();
      for (int64_t row = 0; row < batch.rows;) {
        const int64_t begin = row;
        while (row < batch.rows && times[row] < end_) ++row;
        if (row > begin) RETURN_IF_ERROR(consume(batch.slice(begin, row - begin)));
        while (row < batch.rows && times[row] >= end_) ++row;
      }
      return {};
    });
  }

 private:
  const std::unique_ptr<FileSource> files_;
  const size_t time_column_;
  const int64_t end_;
  MemorySource events_;
  std::vector<SourceUnit> units_;
};

/// The events of one entity, of the sources that a feature reads.
class AcceptedEvents {
 public:
  AcceptedEvents(const Plan& plan, size_t entity, const std::vector<size_t>& features, const StreamOptions& options,
                 const std::vector<std::string>& keys, const StreamCuts& cuts)
      : stream_(plan, entity, features, without_history(options)), entity_(plan.entities[entity]), keys_(keys) {
    for (const SourceLayout& layout : stream_.layout().sources) {
      const PlanSource& source = plan.sources[layout.plan_source];
      readers_.push_back(
          std::make_unique<JsonEvents>(source, layout.request, fmt::format("events of `{}`", source.name)));
      const auto cut = cuts.find(source.name);
      if (cut != cuts.end()) stream_.cover(names_.size(), cut->second.taken_from.us);
      names_.push_back(source.name);
      kept_.emplace_back();
    }
  }

  Status take(const LoggedPush& push) {
    now_ = std::max(now_, push.now_us);
    const auto name = std::find(names_.begin(), names_.end(), push.source);
    if (name == names_.end()) return {};
    const auto source = static_cast<size_t>(name - names_.begin());
    std::vector<std::string_view> records = json_lines_of(push.records);
    if (push.position.empty()) {
      ASSIGN_OR_RETURN(records, records_of(push.records));
    }
    ASSIGN_OR_RETURN(const DecodedEvents events, readers_[source]->decode(records));
    for (const PieceOfPush& piece : pieces_of(events, push.forgotten)) {
      for (const int64_t time : piece.gone) stream_.pass_forgotten(source, push.lane, time, now_);
      if (piece.batch.rows == 0) continue;
      ASSIGN_OR_RETURN(const PushResult result, stream_.push(source, push.lane, piece.batch, now_));
      RETURN_IF_ERROR(keep(piece.batch, result, kept_[source]));
    }
    RETURN_IF_ERROR(stream_.advance(now_, [](const TimeStep&) { return Status(); }));
    if (push.is_drained) stream_.set_drained(source, push.lane, *push.is_drained, now_);
    return {};
  }

  /// Of strings where no event says it.
  std::vector<ScalarType> key_types() const {
    const std::vector<ScalarType> types = stream_.keys().types();
    return types.empty() ? std::vector(keys_.size(), ScalarType::kString) : types;
  }
  Result<std::vector<Value>> key(const std::vector<ScalarType>& types) const {
    std::vector<Value> values;
    for (size_t i = 0; i < keys_.size(); ++i) {
      ASSIGN_OR_RETURN(Value value, read_key(entity_.keys[i], types[i], keys_[i]));
      values.push_back(std::move(value));
    }
    return values;
  }
  const std::vector<std::string>& names() const { return names_; }
  std::vector<Batch> kept(size_t source) { return std::move(kept_[source]); }
  const SourceLayout& layout(size_t source) const { return stream_.layout().sources[source]; }

 private:
  /// The batch's rows of the entity that were taken.
  Status keep(const Batch& batch, const PushResult& result, std::vector<Batch>& kept) const {
    std::vector<ScalarType> types;
    for (size_t i = 0; i < keys_.size(); ++i) types.push_back(batch.columns[i].type.scalar);
    ASSIGN_OR_RETURN(const std::vector<Value> wanted, key(types));
    for (int64_t row = 0; row < batch.rows; ++row) {
      if (result.has_left_out(row) || !is_of_entity(batch, row, wanted)) continue;
      Batch& one = kept.emplace_back();
      one.rows = 1;
      for (const Column& column : batch.columns) one.columns.push_back(column.slice(row, 1));
    }
    return {};
  }
  static bool is_of_entity(const Batch& batch, int64_t row, const std::vector<Value>& key) {
    for (size_t i = 0; i < key.size(); ++i) {
      if (!(batch.columns[i].value_at(row) == key[i])) return false;
    }
    return true;
  }

  EntityStream stream_;
  const PlanEntity& entity_;
  const std::vector<std::string>& keys_;
  std::vector<std::unique_ptr<JsonEvents>> readers_;  // by source of the stream
  std::vector<std::string> names_;                    // likewise
  std::vector<std::vector<Batch>> kept_;              // likewise
  int64_t now_ = kTimeMin;
};

/// The files of a source that was filled; null where it was not.
Result<std::unique_ptr<FileSource>> files_of(const Plan& plan, const SourceLayout& layout,
                                             const LiveExplainQuestion& question, BadRows& bad_rows) {
  if (question.places == nullptr || !question.cuts.contains(layout.request.source))
    return std::unique_ptr<FileSource>();
  ASSIGN_OR_RETURN(const PlanSource located, question.places->located(plan.sources[layout.plan_source]));
  if (!located.batch) return std::unique_ptr<FileSource>();
  return open_source(located, question.places->folder(), layout.request, {.bad_rows = &bad_rows});
}

}  // namespace

Result<Explanation> explain_live(const Plan& plan, const EventLog& log, const StreamOptions& options,
                                 const LiveExplainQuestion& question) {
  const std::vector<size_t> features = explained_features(plan, question.feature);
  const size_t entity = plan.features[question.feature].entity;
  AcceptedEvents events(plan, entity, features, options, question.keys, question.cuts);
  RETURN_IF_ERROR(log.replay(question.first, [&](const LoggedPush& push) { return events.take(push); }));

  ExplainRequest request{.feature = question.feature, .key_types = events.key_types(), .at = question.at};
  ASSIGN_OR_RETURN(request.key, events.key(request.key_types));
  ASSIGN_OR_RETURN(const std::unique_ptr<BadRows> bad_rows, BadRows::create(BadRowPolicy::kSkip, ""));
  std::vector<std::unique_ptr<FilesAndEvents>> kept;
  OpenSources sources;
  for (size_t source = 0; source < events.names().size(); ++source) {
    const SourceLayout& layout = events.layout(source);
    ASSIGN_OR_RETURN(std::unique_ptr<FileSource> files, files_of(plan, layout, question, *bad_rows));
    const auto cut = question.cuts.find(layout.request.source);
    const bool is_united = plan.sources[layout.plan_source].identity.has_value();
    const int64_t end = cut == question.cuts.end() || is_united ? kTimeMax : cut->second.at.us;
    kept.push_back(std::make_unique<FilesAndEvents>(std::move(files), layout.request, end, events.kept(source)));
    sources[events.names()[source]] = kept.back().get();
  }
  ASSIGN_OR_RETURN(Explanation told, explain(plan, request, sources, {.event_limit = 20, .batch = {.threads = 1}}));
  if (question.first > 0) {
    told.remark += fmt::format("{}the first {} pushes are not kept any more: their events are missing here",
                               told.remark.empty() ? "" : "; ", question.first);
  }
  return told;
}

}  // namespace headrace
