/// How live features begin from a log, and what they write into it.

#include "engine/stream/group_commit.h"
#include "session/live/live_entity.h"
#include "session/live/live_features.h"

#include <fmt/format.h>

namespace headrace {
namespace {

/// Of pushes of other sources, so many times the bytes that are asked for are read at most.
constexpr size_t kPassedOverFactor = 16;
constexpr std::string_view kMarks = "marks 2";  // the number goes up with each other form of the bytes
constexpr std::string_view kSettledTo = "settled to";

/// "ENTITY/PART": names of entities have no slash.
std::string part_name(const std::string& entity, std::string_view part) { return fmt::format("{}/{}", entity, part); }

/// Beside the parts of the entity's stream.
std::string repeats_part(const std::string& entity) { return "repeats 2 of " + entity; }

Error unreadable() {
  return Error::data("the checkpoint of the store cannot be read")
      .with_help("the store is damaged; restore it from a copy, or start with another folder");
}

void add_parts(const std::string& entity, StoredStream stored, LogCheckpoint& checkpoint) {
  StateWriter settled(checkpoint.parts[part_name(entity, kSettledTo)]);
  settled.value(stored.settled_to);
  for (auto& [name, bytes] : stored.parts) checkpoint.parts[part_name(entity, name)] = std::move(bytes);
}

/// Nothing where the checkpoint has none of the entity.
std::optional<StoredStream> stream_of(const std::string& entity, const LogCheckpoint& checkpoint) {
  const std::string prefix = part_name(entity, "");
  StoredStream stored;
  bool is_there = false;
  for (auto part = checkpoint.parts.lower_bound(prefix); part != checkpoint.parts.end(); ++part) {
    if (!part->first.starts_with(prefix)) break;
    const std::string name = part->first.substr(prefix.size());
    if (name != kSettledTo) {
      stored.parts[name] = part->second;
      continue;
    }
    TextPool texts;
    StateReader reader(part->second, texts);
    stored.settled_to = reader.number();
    is_there = reader.ok();
  }
  return is_there ? std::optional(std::move(stored)) : std::nullopt;
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

}  // namespace

Result<std::unique_ptr<LiveFeatures>> LiveFeatures::open(const Session& session, const LiveOptions& options) {
  ASSIGN_OR_RETURN(Plan plan, session.plan({}, CheckNodes::kLeftOut));
  std::unique_ptr<LiveFeatures> live(new LiveFeatures(plan, options));
  RETURN_IF_ERROR(live->track_changes(session));
  if (options.log == nullptr) return live;

  ASSIGN_OR_RETURN(const std::optional<LogCheckpoint> checkpoint, options.log->checkpoint());
  uint64_t from = 0;
  if (checkpoint) {
    const Status restored = live->restore(*checkpoint);
    const bool can_begin_anew = !restored.ok() && restored.error().kind() == ErrorKind::kConflict;
    if (!restored.ok() && !(can_begin_anew && checkpoint->keep_from == 0)) return restored.error();
    if (restored.ok()) {
      from = checkpoint->replay_from;
      live->change_restored();
    } else {
      live.reset(new LiveFeatures(std::move(plan), options));
      RETURN_IF_ERROR(live->track_changes(session));
    }
  }
  if (live->marks_.empty()) live->marks_.push_back({});
  RETURN_IF_ERROR(live->replay_log(from));
  live->commit_ = std::make_unique<GroupCommit>(
      *options.log, [own = live.get()](const GroupCommit::Append& append) { own->note_append(append); });
  return live;
}

Status LiveFeatures::restore(const LogCheckpoint& checkpoint) {
  const auto part = checkpoint.parts.find(std::string(kMarks));
  std::optional<std::deque<LiveMark>> marks;
  if (part != checkpoint.parts.end()) marks = marks_of(part->second);
  const auto first =
      marks ? std::ranges::find(*marks, checkpoint.replay_from, &LiveMark::number) : decltype(marks->begin()){};
  if (part == checkpoint.parts.end()) {
    return Error::conflict("the checkpoint of the store is of another version, and the events before it are forgotten")
        .with_help("start with the version of headrace that wrote it, or with another folder");
  }
  if (!marks || first == marks->end()) return unreadable();

  for (size_t e = 0; e < entities_.size(); ++e) {
    if (!entities_[e]) continue;
    const std::string& name = plan_->entities[e].name;
    const std::optional<StoredStream> stored = stream_of(name, checkpoint);
    const Status restored = stored ? entities_[e]->restore(*stored, first->entities[name])
                                   : Error::conflict(fmt::format("the store has no states of `{}`", name));
    const auto repeats = checkpoint.parts.find(repeats_part(name));
    if (repeats != checkpoint.parts.end() && !entities_[e]->repeats.restore(repeats->second)) return unreadable();
    if (restored.ok()) continue;
    if (restored.error().kind() != ErrorKind::kConflict) return restored;
    return Error::conflict(fmt::format("definitions of `{}` are not those of the store, and the events before push {} "
                                       "are no longer kept, so that they cannot be computed",
                                       name, checkpoint.keep_from))
        .with_help(
            "start with the definitions of before, or with another folder; without a limit on what is kept, "
            "definitions may change");
  }
  marks_ = *std::move(marks);
  kept_from_ = checkpoint.keep_from;
  return {};
}

Status LiveFeatures::replay_log(uint64_t from) {
  return options_.log->replay(from, [&](const LoggedPush& push) -> Status {
    if (options_.is_stopped && options_.is_stopped()) return Error::stopped("stopped before all pushes were fed again");
    ++replayed_;
    Entity* const entity = entity_of_source(push.source);
    if (entity == nullptr) {
      ++not_replayed_;
      return {};
    }
    const std::lock_guard lock(entity->mutex);
    entity->now = std::max(entity->now, push.now_us);
    const FedEvents fed{push.source, push.lane, push.records, push.position, push.is_drained};
    const size_t place = *entity->find_source(push.source);
    const MeasuredStream measured(entity->stream, entity->accounts);
    const Result<Entity::Taken> pushed = entity->take(place, fed, entity->now);
    measured.meter().note_source(place);
    if (!pushed)
      return pushed.error().with_context(fmt::format("push {} of the store", from + uint64_t(replayed_) - 1));
    if (!push.key.empty()) entity->repeats.keep(push.source, push.key, push.records, pushed->answer, 0, entity->now);
    return {};
  });
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

Status LiveFeatures::save() {
  if (!commit_) return {};
  const std::lock_guard saving(save_mutex_);
  LogCheckpoint checkpoint;
  std::map<std::string, int64_t> settled;  // by entity
  {
    std::vector<std::unique_lock<std::mutex>> locks;
    for (const auto& entity : entities_) {
      if (entity) locks.emplace_back(entity->mutex);
    }
    checkpoint.next = commit_->next();
    if (checkpoint.next == marks_.back().number) return {};
    add_mark(checkpoint.next);
    for (size_t e = 0; e < entities_.size(); ++e) {
      if (!entities_[e]) continue;
      StoredStream stored = entities_[e]->stream.store();
      settled[plan_->entities[e].name] = stored.settled_to;
      add_parts(plan_->entities[e].name, std::move(stored), checkpoint);
      checkpoint.parts[repeats_part(plan_->entities[e].name)] = entities_[e]->repeats.to_bytes();
    }
  }
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
  checkpoint.parts[std::string(kMarks)] = to_bytes(marks_);
  RETURN_IF_ERROR(options_.log->save(checkpoint));
  kept_from_ = checkpoint.keep_from;
  return {};
}

}  // namespace headrace
