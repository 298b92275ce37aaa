/// How live features begin from a log, and what they write into it.

#include "base/check.h"
#include "base/kill_point.h"
#include "engine/stream/group_commit.h"
#include "session/live/forgotten_events.h"
#include "session/live/live_beginning.h"
#include "session/live/live_checkpoint.h"
#include "session/live/live_entity.h"
#include "session/live/live_features.h"

#include <fmt/format.h>

namespace headrace {
namespace {

/// Of pushes of other sources, so many times the bytes that are asked for are read at most.
constexpr size_t kPassedOverFactor = 16;

Error unreadable_repeats() {
  return Error::data("the keys of pushes in the checkpoint of the store cannot be read")
      .with_help("the store is damaged; restore it from a copy, or start with another folder");
}

/// Whether all events that were pushed after the mark and before the next are in states that are settled so far.
bool is_settled(const LiveMark& mark, const std::map<std::string, int64_t>& settled) {
  return std::ranges::all_of(mark.entities, [&](const auto& entity) {
    const auto found = settled.find(entity.first);
    return found == settled.end() || entity.second.newest < found->second;
  });
}

/// The last mark before which everything is settled.
size_t first_unsettled(const std::deque<LiveMark>& marks, const std::map<std::string, int64_t>& settled) {
  size_t mark = 0;
  while (mark + 1 < marks.size() && is_settled(marks[mark], settled)) ++mark;
  return mark;
}

/// The rows of other keys. Key columns are the first.
Batch without_key(const Batch& batch, const std::vector<Value>& key) {
  std::vector<ColumnBuilder> builders;
  for (const Column& column : batch.columns) builders.emplace_back(column.type);
  Batch others;
  for (int64_t row = 0; row < batch.rows; ++row) {
    bool is_same = true;
    for (size_t i = 0; i < key.size(); ++i) is_same = is_same && batch.columns[i].value_at(row) == key[i];
    if (is_same) continue;
    ++others.rows;
    for (size_t i = 0; i < builders.size(); ++i) builders[i].append(batch.columns[i].value_at(row));
  }
  for (ColumnBuilder& builder : builders) others.columns.push_back(std::move(builder).finish());
  return others;
}

}  // namespace

Result<std::unique_ptr<LiveFeatures>> LiveFeatures::open(const Session& session, const LiveOptions& options) {
  ASSIGN_OR_RETURN(LiveBeginning beginning, LiveBeginning::find(session, options));
  JobProgress progress;
  RETURN_IF_ERROR(beginning.fill(progress, 1));
  return open(session, options, std::move(beginning));
}

Result<std::unique_ptr<LiveFeatures>> LiveFeatures::open(const Session& session, const LiveOptions& options,
                                                         LiveBeginning beginning) {
  CHECK(!beginning.needs_files());
  ASSIGN_OR_RETURN(Plan plan, session.plan({}, CheckNodes::kLeftOut));
  std::set<std::string> internal;
  for (const FeatureDefinition& feature : session.repository().features) {
    if (feature.is_internal) internal.insert(feature.name);
  }
  ASSIGN_OR_RETURN(std::unique_ptr<LiveFeatures> live,
                   open(std::move(plan), std::move(internal), options, std::move(beginning)));
  live->places_ = session.places();
  return live;
}

Result<std::unique_ptr<LiveFeatures>> LiveFeatures::open_again() const {
  ASSIGN_OR_RETURN(LiveBeginning beginning, LiveBeginning::find(*plan_, options_));
  if (beginning.needs_files()) {
    return Error::conflict("the states of files are not in the store yet").with_help("try again in a moment");
  }
  ASSIGN_OR_RETURN(std::unique_ptr<LiveFeatures> live, open(*plan_, internal_, options_, std::move(beginning)));
  live->places_ = places_;
  return live;
}

Result<std::unique_ptr<LiveFeatures>> LiveFeatures::open(Plan plan, std::set<std::string> internal,
                                                         const LiveOptions& options, LiveBeginning beginning) {
  std::unique_ptr<LiveFeatures> live(new LiveFeatures(std::move(plan), std::move(internal), options));
  RETURN_IF_ERROR(live->track_changes());
  if (options.log == nullptr) return live;

  RETURN_IF_ERROR(live->forget_stored(beginning.checkpoint));
  kill_point("start-forgotten");
  RETURN_IF_ERROR(live->begin_from(beginning));
  live->change_restored();
  RETURN_IF_ERROR(live->replay_log());
  live->commit_ = std::make_unique<GroupCommit>(
      *options.log, [own = live.get()](const GroupCommit::Append& append) { own->note_append(append); },
      options.sync_every);
  if (live->has_unsaved_files_) {
    kill_point("filling-unsaved");
    RETURN_IF_ERROR(live->save());  // before anybody sees a value of them
    kill_point("filling-saved");
  }
  RETURN_IF_ERROR(live->end_forgetting());
  return live;
}

/// Entities that the checkpoint has go on from its states; the others begin with files, or with nothing, and are fed all
/// pushes that are kept.
Status LiveFeatures::begin_from(LiveBeginning& beginning) {
  uint64_t kept = 0;
  if (beginning.checkpoint) {
    marks_ = beginning.checkpoint->marks;
    kept_from_ = beginning.checkpoint->keep_from;
    known_cuts_ = beginning.checkpoint->cuts;
    RETURN_IF_ERROR(messages_.restore(beginning.checkpoint->ids));
    if (kept_from_ > 0) kept = marks_.front().number;
  }
  for (size_t e = 0; e < entities_.size(); ++e) {
    if (entities_[e]) RETURN_IF_ERROR(begin_entity(e, beginning, kept));
  }

  const bool needs_first = std::ranges::any_of(entities_, [&](const auto& entity) {
    return entity && (marks_.empty() || entity->first_push < marks_.front().number);
  });
  if (needs_first || marks_.empty()) marks_.push_front({});
  return {};
}

/// `kept`: the first push that a state can begin with. REQUIRES: the marks are there.
Status LiveFeatures::begin_entity(size_t e, LiveBeginning& beginning, uint64_t kept) {
  Entity& entity = *entities_[e];
  const std::string& name = plan_->entities[e].name;
  LiveCheckpoint::OfEntity stored;
  if (beginning.checkpoint) stored = std::move(beginning.checkpoint->entities[name]);
  if (kept > 0 && !stored.repeats.empty() && !entity.repeats.restore(stored.repeats)) return unreadable_repeats();
  const LiveMark::OfEntity at_kept = kept > 0 ? marks_.front().entities[name] : LiveMark::OfEntity();
  entity.first_push = kept;
  entity.is_rebuilt = true;

  if (const auto filled = beginning.filled.find(name); filled != beginning.filled.end()) {
    has_unsaved_files_ = true;
    RETURN_IF_ERROR(entity.restore(filled->second.states, at_kept));
    return entity.take_files(filled->second.cuts, std::move(filled->second.rows));
  }
  if (!beginning.checkpoint) return {};

  const bool has_states = !stored.stream.parts.empty() && missing_part(entity.stream.layout(), stored.stream).empty();
  if (has_states) {
    const auto first = std::ranges::find(marks_, beginning.checkpoint->replay_from, &LiveMark::number);
    CHECK(first != marks_.end());
    if (kept == 0 && !stored.repeats.empty() && !entity.repeats.restore(stored.repeats)) return unreadable_repeats();
    entity.first_push = first->number;
    entity.is_rebuilt = false;
    RETURN_IF_ERROR(entity.restore(stored.stream, first->entities[name]));
    RETURN_IF_ERROR(begin_resting(entity, stored.resting, stored.rows));
    return entity.take_files(beginning.checkpoint->cuts, std::move(stored.rows));
  }
  if (kept_from_ == 0) return {};
  return Error::conflict(
             fmt::format("definitions of `{}` are not those of the store, and the events before push {} are no "
                         "longer kept, so that they cannot be computed",
                         name, kept_from_))
      .with_help(
          "give its sources a `batch` location, from which they are filled; or start with the definitions of before, "
          "or "
          "with another folder; without a limit on what is kept, definitions may change");
}

/// What streams that were rebuilt know at a mark that the log's checkpoint had.
void LiveFeatures::pass_mark(size_t mark) {
  for (size_t e = 0; e < entities_.size(); ++e) {
    if (!entities_[e] || !entities_[e]->is_rebuilt) continue;
    const std::string& name = plan_->entities[e].name;
    if (mark > 0) marks_[mark - 1].entities[name].newest = std::exchange(entities_[e]->newest_since_mark, kTimeMin);
    const int64_t newest = marks_[mark].entities[name].newest;
    marks_[mark].entities[name] = entities_[e]->mark();
    marks_[mark].entities[name].newest = newest;
  }
}

/// REQUIRES: all entities are locked.
void LiveFeatures::add_mark(uint64_t number) {
  LiveMark mark;
  mark.number = number;
  for (size_t e = 0; e < entities_.size(); ++e) {
    if (!entities_[e]) continue;
    const std::string& name = plan_->entities[e].name;
    int64_t& newest = marks_.back().entities[name].newest;
    newest = std::max(newest, std::exchange(entities_[e]->newest_since_mark, kTimeMin));
    mark.entities[name] = entities_[e]->mark();
  }
  marks_.push_back(std::move(mark));
}

Result<LivePushes> LiveFeatures::pushes(const std::string& source, uint64_t from, size_t bytes_max) const {
  if (!commit_) return Error::usage("no events are kept, so that none can be told");
  LivePushes out;
  {
    const std::lock_guard lock(save_mutex_);
    out.next = std::max(from, kept_from_);
    for (const auto& [entity, mark] : marks_.front().entities) {
      const auto counts = mark.counts.find(source);
      if (kept_from_ > 0 && counts != mark.counts.end()) out.forgotten_to = time_or_nothing(counts->second.newest);
    }
    if (const Entity* const entity = entity_of_source(source); entity != nullptr && entity->cuts.contains(source)) {
      const EventTime files_to{entity->cuts.at(source).taken_from.us - 1};
      out.forgotten_to = std::max(out.forgotten_to.value_or(files_to), files_to);
    }
  }
  out.end = commit_->durable();
  if (out.next >= out.end) {
    out.next = out.end;
    return out;
  }

  // The log may grow meanwhile, so its end is not waited for.
  size_t bytes = 0, passed_over = 0;
  uint64_t number = out.next;
  const Status read = options_.log->replay(out.next, [&](const LoggedPush& push) -> Status {
    const bool is_wanted = push.source == source;
    if (is_wanted) out.pushes.push_back({number, push});
    (is_wanted ? bytes : passed_over) += push.records.size() + 1;
    const bool is_enough = ++number == out.end || bytes >= bytes_max || passed_over >= kPassedOverFactor * bytes_max;
    return is_enough ? Status(Error::stopped("enough")) : Status();
  });
  if (!read.ok() && read.error().kind() != ErrorKind::kStopped) {
    // They may have been forgotten meanwhile.
    const std::unique_lock lock(save_mutex_);
    if (kept_from_ <= out.next) return read.error();
    return Error::unavailable("pushes were forgotten while they were read").with_help("ask again");
  }
  out.next = number;
  return out;
}

/// Takes what was begun to be forgotten out of the log and out of what is about to be restored of it.
Status LiveFeatures::forget_stored(std::optional<LiveCheckpoint>& checkpoint) {
  ASSIGN_OR_RETURN(const auto entities, forgotten_entities(*options_.log));
  for (const auto& [number, entity] : entities) {
    if (entity.stage != ForgottenEntity::Stage::kStore) continue;
    const uint64_t from = checkpoint ? checkpoint->keep_from : 0;
    RETURN_IF_ERROR(forget_events(*plan_, *options_.log, from, entity, forgotten_));
    if (checkpoint) RETURN_IF_ERROR(forget_states(entity, *checkpoint));
  }
  return {};
}

/// Nothing happens where the states are of other definitions: those are not gone on from. Files have the entity still.
Status LiveFeatures::forget_states(const ForgottenEntity& forgotten, LiveCheckpoint& checkpoint) {
  const auto definition = std::ranges::find(plan_->entities, forgotten.entity, &PlanEntity::name);
  const auto index = static_cast<size_t>(definition - plan_->entities.begin());
  const auto stored = checkpoint.entities.find(forgotten.entity);
  if (definition == plan_->entities.end() || !entities_[index] || stored == checkpoint.entities.end()) return {};
  EntityStream stream(*plan_, index, entities_[index]->features, stream_options());
  const Status restored = stream.restore(stored->second.stream, {});
  if (!restored.ok()) return restored.error().kind() == ErrorKind::kConflict ? Status() : restored;
  for (FilledRows& rows : stored->second.rows) rows.batch = without_key(rows.batch, forgotten.key);
  RETURN_IF_ERROR(forget_resting(stream, forgotten, checkpoint));
  const std::optional<uint32_t> key = stream.find_key(forgotten.key);
  if (!key) return {};

  stored->second.stream = stream.store([&](uint32_t each) { return each == *key; });
  ++forgotten_.states;
  return {};
}

/// The states that are stored, and all that lies on the disk, are without them from now on.
Status LiveFeatures::end_forgetting() {
  EventLog& log = *options_.log;
  ASSIGN_OR_RETURN(const auto entities, forgotten_entities(log));
  const auto is_begun = [](const auto& each) { return each.second.stage == ForgottenEntity::Stage::kStore; };
  if (std::ranges::none_of(entities, is_begun)) return {};
  kill_point("forget-unsaved");
  RETURN_IF_ERROR(save(/*is_needed=*/true));
  for (const auto& [number, entity] : entities) RETURN_IF_ERROR(forget_other_generations(entity));
  RETURN_IF_ERROR(log.compact());
  kill_point("forget-compacted");
  for (auto [number, entity] : entities) {
    if (entity.stage != ForgottenEntity::Stage::kStore) continue;
    entity.stage = ForgottenEntity::Stage::kFeatureLog;
    RETURN_IF_ERROR(note_forgotten(log, number, entity));
  }
  return {};
}

Status LiveFeatures::save(bool is_needed) {
  if (!commit_) return {};
  const std::lock_guard saving(save_mutex_);
  LiveCheckpoint checkpoint;
  checkpoint.cuts = known_cuts_;
  std::map<std::string, int64_t> settled;  // by entity
  std::map<std::string, std::vector<RestingKey>> resting;
  {
    std::vector<std::unique_lock<std::mutex>> locks;
    for (const auto& entity : entities_) {
      if (entity) locks.emplace_back(entity->mutex);
    }
    FedMessages::Stored messages = messages_.store(*commit_);
    checkpoint.next = messages.next;
    checkpoint.ids = std::move(messages.ids);
    const bool has_news = checkpoint.next != marks_.back().number;
    // Keys that were only asked for are to leave memory again.
    const bool has_woken =
        std::ranges::any_of(entities_, [](const auto& entity) { return entity && entity->resting.has_woken; });
    if (!has_news && !has_unsaved_files_ && !has_woken && !is_needed) return {};
    if (has_news) add_mark(checkpoint.next);
    ASSIGN_OR_RETURN(resting, find_resting(checkpoint));

    for (size_t e = 0; e < entities_.size(); ++e) {
      if (!entities_[e]) continue;
      const std::string& name = plan_->entities[e].name;
      LiveCheckpoint::OfEntity& stored = checkpoint.entities[name];
      std::vector<uint8_t> rests(entities_[e]->stream.keys().size());
      for (const RestingKey& key : resting[name]) rests[key.key] = 1;
      stored.stream = entities_[e]->stream.store([&](uint32_t key) { return rests[key] != 0; });
      settled[name] = stored.stream.settled_to;
      stored.repeats = entities_[e]->repeats.to_bytes();
      entities_[e]->forget_files(stored.stream.settled_to);
      stored.rows = entities_[e]->filled_rows;
      for (const auto& [source, cut] : entities_[e]->cuts) checkpoint.cuts[source] = cut;
    }
  }
  kill_point("checkpoint-copied");
  RETURN_IF_ERROR(commit_->flush());

  const size_t replay = first_unsettled(marks_, settled);
  checkpoint.replay_from = marks_[replay].number;
  size_t keep = replay;
  checkpoint.keep_from = kept_from_;
  if (options_.keep) {
    for (auto& [entity, time] : settled)
      time = time < kTimeMin + options_.keep->us ? kTimeMin : time - options_.keep->us;
    keep = std::min(replay, first_unsettled(marks_, settled));
    checkpoint.keep_from = std::max(kept_from_, marks_[keep].number);
  }
  marks_.erase(marks_.begin(), marks_.begin() + static_cast<int64_t>(keep));
  checkpoint.marks = marks_;
  const uint64_t keep_from = checkpoint.keep_from;
  RETURN_IF_ERROR(options_.log->save(to_log(std::move(checkpoint))));
  kept_from_ = keep_from;
  has_unsaved_files_ = false;
  let_rest(resting);
  return {};
}

}  // namespace headrace
