/// How the pushes of the log are fed again at a start: one thread reads them, the other takes them in.

#include "base/hash.h"
#include "session/live/live_entity.h"
#include "session/live/live_features.h"

#include <fmt/format.h>

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace headrace {
namespace {

constexpr size_t kGroupBytes = size_t{256} << 10;  // about, of pushes that are handed over together
constexpr size_t kGroupsMax = 4;                   // that wait to be taken in

/// Groups from the thread that makes them to the one that takes them, in their order.
template <typename Group>
class Handover {
 public:
  /// Waits for room. False: nobody takes anything any more.
  bool put(Group group) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return groups_.size() < kGroupsMax || is_over_; });
    if (is_over_) return false;
    groups_.push_back(std::move(group));
    changed_.notify_all();
    return true;
  }
  /// Nothing where all were taken and there will be no more.
  std::optional<Group> take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !groups_.empty() || is_over_; });
    if (groups_.empty()) return std::nullopt;
    std::optional<Group> group = std::move(groups_.front());
    groups_.pop_front();
    changed_.notify_all();
    return group;
  }
  /// Of either side.
  void end() {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Group> groups_;
  bool is_over_ = false;
};

/// Takes the text of the push.
FedEvents fed_events_of(LoggedPush& push) {
  FedEvents fed{push.source, push.lane, std::exchange(push.records, {}), push.position, push.is_drained};
  fed.counted_before = push.counted_before;
  fed.forgotten = push.forgotten;
  return fed;
}

}  // namespace

/// A push of the log whose events were read; it stays where it is, since they lie in its text.
struct LiveFeatures::PushAgain {
  LoggedPush push;
  uint64_t number = 0;
  Entity* entity = nullptr;  // null: no feature reads the source
  size_t place = 0;          // of the source
  FedEvents fed = {};
  std::optional<Result<Entity::ReadEvents>> read;  // nothing: it is not taken in
  std::string digest = {};                         // of the text of a push with a key
};

/// On the thread that reads.
std::unique_ptr<LiveFeatures::PushAgain> LiveFeatures::read_again(uint64_t number, const LoggedPush& push) const {
  auto again = std::make_unique<PushAgain>(PushAgain{.push = push, .number = number});
  Entity* const entity = again->entity = entity_of_source(push.source);
  if (entity == nullptr || number < entity->first_push) return again;
  again->place = *entity->find_source(push.source);
  again->fed = fed_events_of(again->push);
  if (!push.key.empty()) again->digest = push.digest.empty() ? sha256_hex(push.records) : push.digest;

  const std::lock_guard reading(entity->readers[again->place]->mutex);
  const WorkMeter meter = meter_of_thread(entity->accounts);
  again->read = entity->read_events(again->place, again->fed);
  meter.note_source(again->place);
  return again;
}

/// What the push did when it came.
Status LiveFeatures::take_again(const PushAgain& again) {
  messages_.keep(again.push.source, again.push.ids);
  if (again.entity != nullptr && !again.read) return {};
  ++replayed_;
  if (again.entity == nullptr) {
    ++not_replayed_;
    return {};
  }

  Entity& entity = *again.entity;
  const std::string context = fmt::format("push {} of the store", again.number);
  const Result<Entity::ReadEvents>& read = *again.read;
  if (!read) return read.error().with_context(context);
  std::unique_lock lock(entity.mutex);
  RETURN_IF_ERROR(wake(entity, lock, [&] { return entity.unknown_names(again.place, *read); }));
  entity.now = std::max(entity.now, again.push.now_us);
  const MeasuredStream measured(entity.stream, entity.accounts);
  const Result<Entity::Taken> pushed = entity.take(again.place, again.fed, *read, entity.now);
  measured.meter().note_source(again.place);
  if (!pushed) return pushed.error().with_context(context);
  RETURN_IF_ERROR(entity.advance(entity.now));
  if (!again.push.key.empty())
    entity.repeats.keep(again.push.source, again.push.key, again.digest, pushed->answer, 0, entity.now);
  return {};
}

Status LiveFeatures::replay_log() {
  uint64_t first = options_.log->next();
  for (const auto& entity : entities_) {
    if (entity) first = std::min(first, entity->first_push);
  }

  Handover<std::vector<std::unique_ptr<PushAgain>>> pushes;
  Status read;
  std::thread reader([&] {
    std::vector<std::unique_ptr<PushAgain>> group;
    size_t bytes = 0;
    uint64_t number = first;
    const auto hand_over = [&] {
      bytes = 0;
      return pushes.put(std::exchange(group, {}));
    };
    read = options_.log->replay(first, [&](const LoggedPush& push) -> Status {
      group.push_back(read_again(number++, push));
      bytes += push.records.size() + sizeof(PushAgain);
      return bytes < kGroupBytes || hand_over() ? Status() : Status(Error::stopped("nobody takes them"));
    });
    hand_over();
    pushes.end();
  });

  size_t mark = 0;
  pass_mark(mark);
  Status taken;
  while (taken.ok()) {
    const auto group = pushes.take();
    if (!group) break;
    for (const auto& push : *group) {
      while (mark + 1 < marks_.size() && marks_[mark + 1].number <= push->number) pass_mark(++mark);
      const bool is_stopped = options_.is_stopped && options_.is_stopped();
      taken = is_stopped ? Status(Error::stopped("stopped before all pushes were fed again")) : take_again(*push);
      if (!taken.ok()) break;
    }
  }
  pushes.end();
  reader.join();
  if (!taken.ok()) return taken;
  if (!read.ok()) return read;

  while (mark + 1 < marks_.size()) pass_mark(++mark);
  return {};
}

}  // namespace headrace
