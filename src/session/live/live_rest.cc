/// How keys of live features rest in the log while they are not in memory, and wake. They rest with a checkpoint, whose states
/// lack them from then on: what the log has of a key that is not in memory is always what it is at that checkpoint's time.

#include "base/kill_point.h"
#include "session/live/live_checkpoint.h"
#include "session/live/live_entity.h"
#include "session/live/live_features.h"

#include <algorithm>
#include <set>

namespace headrace {
namespace {

/// Of names and bytes that rest with one checkpoint; what is more rests with the next one.
constexpr size_t kRestingBytesMax = size_t{64} << 20;
/// So many leave memory at once; reads and pushes go on in between.
constexpr size_t kLetRestAtOnce = 512;

}  // namespace

/// Keys with rows of files beside the states are not left at rest. REQUIRES: the states are those of the checkpoint.
Status LiveFeatures::begin_resting(Entity& entity, const std::optional<LiveCheckpointResting>& stored,
                                   std::span<const FilledRows> filled) {
  if (!stored) return {};
  if (stored->keys > 0 && !options_.log->keeps_resting()) {
    return Error::conflict("entities of the checkpoint are not in memory, and this log has none of them");
  }
  entity.resting.generation = stored->generation;
  entity.resting.has_rows = true;
  entity.resting.keys = stored->keys;

  std::unique_lock lock(entity.mutex);
  for (const FilledRows& rows : filled) {
    const std::optional<size_t> source = entity.find_source(rows.source);
    if (!source) continue;
    RETURN_IF_ERROR(wake(entity, lock, [&] { return entity.unknown_names(*source, rows.batch); }));
  }
  return {};
}

/// Brings keys into memory that something is to be done with. `lock` is of the entity, and is given up while the log is read,
/// so that nobody else waits for that; where that was, the entity may have gone on.
Status LiveFeatures::wake(Entity& entity, std::unique_lock<std::mutex>& lock, const UnknownNames& unknown) {
  std::set<std::string> absent;  // from the log, when it was looked at
  uint64_t times = entity.resting.times;
  while (entity.resting.keys > 0) {
    if (std::exchange(times, entity.resting.times) != entity.resting.times) absent.clear();
    std::vector<std::string> names = unknown();
    std::erase_if(names, [&](const std::string& name) { return absent.contains(name); });
    if (names.empty()) return {};

    const std::string& entity_name = plan_->entities[plan_->features[entity.features.front()].entity].name;
    std::vector<std::optional<std::string>> found;
    RestingPlace place{entity_name, entity.resting.generation, ""};
    lock.unlock();
    for (const std::string& name : names) {
      place.name = name;
      Result<std::optional<std::string>> bytes = options_.log->resting(place);
      if (!bytes) {
        lock.lock();
        return bytes.error();
      }
      found.push_back(*std::move(bytes));
    }
    lock.lock();

    kill_point("wake-read");
    // A key may have come back meanwhile, gone on and been let go: then these bytes are older than the log's.
    if (times != entity.resting.times) continue;
    for (size_t i = 0; i < names.size(); ++i) {
      if (found[i]) {
        RETURN_IF_ERROR(wake_key(entity, names[i], *found[i]));
      } else {
        absent.insert(names[i]);
      }
    }
  }
  return {};
}

Result<uint32_t> LiveFeatures::wake_key(Entity& entity, const std::string& name, const std::string& bytes) {
  ASSIGN_OR_RETURN(const EntityStream::WokenKey woken, entity.stream.wake(name, bytes));
  if (!woken.was_away) return woken.key;
  --entity.resting.keys;
  ++entity.resting.woken;
  entity.resting.has_woken = true;
  if (entity.dues.empty()) return woken.key;
  for (const int64_t time : entity.stream.kept_times(woken.key)) {
    for (DueKeys& due : entity.dues) due.note_earlier(woken.key, time);
  }
  return woken.key;
}

/// Some more of the keys at rest are due, where all of them are to be and the follower has not much to take.
Status LiveFeatures::change_some_resting(Entity& entity, const std::string& name, size_t follower) {
  constexpr size_t kDueAtOnce = 256;
  constexpr size_t kWaitingMax = 2048;
  while (true) {
    RestingPlace place{name, 0, ""};
    uint64_t times = 0;
    {
      const std::lock_guard lock(entity.mutex);
      const auto due_after = entity.resting.due_after.find(follower);
      if (due_after == entity.resting.due_after.end() || entity.dues[follower].waiting() > kWaitingMax) return {};
      place.generation = entity.resting.generation;
      place.name = due_after->second;
      times = entity.resting.times;
    }
    ASSIGN_OR_RETURN(const std::vector<RestingRow> rows, options_.log->resting_after(place, kDueAtOnce));

    const std::lock_guard lock(entity.mutex);
    if (times != entity.resting.times) continue;  // some of them may be older than what the log has
    for (const RestingRow& row : rows) {
      ASSIGN_OR_RETURN(const uint32_t key, wake_key(entity, row.place.name, row.bytes));
      entity.dues[follower].note_key(key, options_.clock->elapsed_us());
    }
    if (rows.size() < kDueAtOnce) {
      entity.resting.due_after.erase(follower);
      return {};
    }
    entity.resting.due_after[follower] = rows.back().place.name;
  }
}

/// Which keys rest from this checkpoint on, by entity; their bytes go into it. REQUIRES: all entities are locked.
Result<std::map<std::string, std::vector<RestingKey>>> LiveFeatures::find_resting(LiveCheckpoint& checkpoint) {
  std::map<std::string, std::vector<RestingKey>> found;
  if (!options_.log->keeps_resting()) return found;
  int64_t in_use = 0;
  for (const auto& entity : entities_) {
    if (entity && options_.memory_bytes) in_use += entity->stream.memory_in_use();
  }
  const int64_t excess = std::max<int64_t>(0, in_use - options_.memory_bytes.value_or(0));

  for (size_t e = 0; e < entities_.size(); ++e) {
    if (!entities_[e]) continue;
    Entity& entity = *entities_[e];
    const std::string& name = plan_->entities[e].name;
    RestRule rule{.takes_all = options_.rests_always, .bytes_max = kRestingBytesMax};
    // Each entity gives as much of itself as the others.
    if (excess > 0) {
      const double share = static_cast<double>(entity.stream.memory_in_use()) / static_cast<double>(in_use);
      rule.bytes_to_free = static_cast<int64_t>(static_cast<double>(excess) * share) + 1;
    }
    rule.may_rest = [&entity](uint32_t key) { return entity.may_rest(key); };

    std::vector<RestingKey>& keys = found[name] = entity.stream.find_resting(rule);
    Entity::Resting& resting = entity.resting;
    if (!keys.empty() && resting.generation == 0) {
      ASSIGN_OR_RETURN(resting.generation, options_.log->next_generation(name));
    }
    int64_t with_rows = 0;
    for (const RestingKey& key : keys) {
      if (!key.has_anything) continue;
      checkpoint.rows.push_back({{name, resting.generation, key.name}, key.bytes});
      ++with_rows;
    }

    resting.has_rows |= with_rows > 0;
    if (!resting.has_rows) continue;
    checkpoint.entities[name].resting = {resting.generation, resting.keys + with_rows};
    // Those who still answer from other states may read theirs until the next time.
    if (resting.is_old && !resting.is_rid) checkpoint.first_generations[name] = resting.generation;
  }
  return found;
}

/// What the log has leaves memory, but for keys to which an event came while it was written.
void LiveFeatures::let_rest(const std::map<std::string, std::vector<RestingKey>>& keys) {
  kill_point("rest-saved");
  for (size_t e = 0; e < entities_.size(); ++e) {
    if (!entities_[e]) continue;
    Entity& entity = *entities_[e];
    const auto found = keys.find(plan_->entities[e].name);
    const size_t count = found == keys.end() ? 0 : found->second.size();
    const auto may_rest = [&](uint32_t key) { return entity.may_rest(key); };

    for (size_t begin = 0; begin < count; begin += kLetRestAtOnce) {
      const std::lock_guard lock(entity.mutex);
      const std::span<const RestingKey> some(&found->second[begin], std::min(kLetRestAtOnce, count - begin));
      std::set<uint32_t> gone;
      for (const uint32_t key : entity.stream.let_rest(some, may_rest)) gone.insert(key);

      for (const RestingKey& key : some) {
        if (!gone.contains(key.key)) continue;
        for (DueKeys& due : entity.dues) due.forget(key.key);
        ++(key.is_forgotten ? entity.resting.forgotten : entity.resting.paged);
        entity.resting.keys += key.has_anything ? 1 : 0;
      }
      ++entity.resting.times;
    }
    kill_point("rest-let");
    const std::lock_guard lock(entity.mutex);
    entity.resting.has_woken = false;
    entity.resting.is_rid = entity.resting.is_old;
    entity.resting.is_old = entity.resting.has_rows;
    entity.stream.sweep_texts(options_.rests_always);
  }
}

/// An entity that is forgotten is taken out of the log where it rests too. `stream` has the checkpoint's states.
Status LiveFeatures::forget_resting(EntityStream& stream, const ForgottenEntity& forgotten,
                                    LiveCheckpoint& checkpoint) {
  std::optional<LiveCheckpointResting>& resting = checkpoint.entities[forgotten.entity].resting;
  const std::optional<std::string> name = stream.name_of_key(forgotten.key);
  if (!resting || !name) return {};
  ASSIGN_OR_RETURN(const bool was_there, options_.log->remove_resting({forgotten.entity, resting->generation, *name}));
  // What the log has of a key that is in memory is old, and counted nowhere.
  if (!was_there || stream.find_key(forgotten.key)) return {};
  --resting->keys;
  ++forgotten_.states;
  return {};
}

/// What rests of an entity in other generations is of no checkpoint any more, and may be of the one that is forgotten.
Status LiveFeatures::forget_other_generations(const ForgottenEntity& forgotten) {
  if (!options_.log->keeps_resting()) return {};
  RestingPlace place{forgotten.entity, 0, ""};
  for (size_t e = 0; e < entities_.size(); ++e) {
    if (entities_[e] && plan_->entities[e].name == forgotten.entity)
      place.generation = entities_[e]->resting.generation;
  }
  if (place.generation == 0) {
    ASSIGN_OR_RETURN(place.generation, options_.log->next_generation(forgotten.entity));
  }
  const Result<bool> removed = options_.log->remove_resting(place);
  return removed ? Status() : Status(removed.error());
}

std::vector<LiveEntity> LiveFeatures::entities() const {
  std::vector<LiveEntity> entities;
  for (size_t e = 0; e < entities_.size(); ++e) {
    if (!entities_[e]) continue;
    const std::lock_guard lock(entities_[e]->mutex);
    const Entity::Resting& resting = entities_[e]->resting;
    entities.push_back({.name = plan_->entities[e].name,
                        .in_memory = static_cast<int64_t>(entities_[e]->stream.keys_in_memory()),
                        .at_rest = resting.keys,
                        .forgotten = resting.forgotten,
                        .paged = resting.paged,
                        .woken = resting.woken});
  }
  return entities;
}

bool LiveFeatures::has_resting() const {
  return std::ranges::any_of(entities_, [](const auto& entity) {
    if (!entity) return false;
    const std::lock_guard lock(entity->mutex);
    return entity->resting.keys > 0;
  });
}

int64_t LiveFeatures::memory_in_use() const {
  int64_t bytes = 0;
  for (const auto& entity : entities_) {
    if (!entity || !options_.memory_bytes) continue;
    const std::lock_guard lock(entity->mutex);
    bytes += entity->stream.memory_in_use();
  }
  return bytes;
}

}  // namespace headrace
