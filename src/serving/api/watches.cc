#include "serving/api/watches.h"

#include "serving/api/watched_change.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace headrace {
namespace {

template <typename T>
std::string event_text(std::string_view name, const T& data) {
  std::string text = json_document(data, JsonLayout::kLine);
  while (text.ends_with('\n')) text.pop_back();
  return "event: " + std::string(name) + "\ndata: " + text + "\n\n";
}

bool is_same_value(const ServedValue& a, const ServedValue& b) {
  return a.value == b.value && a.null_reason == b.null_reason;
}

ApiError too_slow() {
  return {.code = "too_slow",
          .message = "the values were not taken as fast as they change",
          .help = "watch fewer features or entities, or connect again"};
}

}  // namespace

Watches::Watches(const Clock& clock, WatchLimits limits) : clock_(clock), limits_(limits) {
  threads_.emplace_back([this] { work(); });
  for (int i = 0; i < kWaitingThreads; ++i) threads_.emplace_back([this] { work_on_waiting(); });
}

Watches::~Watches() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  changed_.notify_all();
  for (std::thread& each : threads_) each.join();
}

void Watches::begin(int64_t begun_at, std::shared_ptr<LiveValues> live, ReadRequest request, const ReadAnswer& first,
                    std::shared_ptr<HttpStream> stream) {
  Watch watch{.live = std::move(live), .request = std::move(request), .stream = std::move(stream)};
  if (!tell_changes(watch, first)) return;
  std::unique_lock lock(mutex_);
  if (begun_at != epoch_) {
    const ApiError reason = *end_reason_;
    lock.unlock();
    return end(watch, reason);
  }
  watches_.push_back(std::move(watch));
  changed_.notify_all();
}

void Watches::end(Watch& watch, const ApiError& reason) {
  watch.stream->send(event_text("end", reason));
  watch.stream->finish();
}

void Watches::end_all(const ApiError& reason) {
  std::list<Watch> ended;
  {
    const std::lock_guard lock(mutex_);
    ended.swap(watches_);
    ended.splice(ended.end(), waiting_);
    end_reason_ = reason;
    ++epoch_;
  }
  for (Watch& each : ended) end(each, reason);
}

int64_t Watches::open() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int64_t>(watches_.size() + waiting_.size() + in_work_);
}

int64_t Watches::dropped() const {
  const std::lock_guard lock(mutex_);
  return dropped_;
}

void Watches::work() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return !watches_.empty() || is_ending_; });
    if (is_ending_) return;
    const int64_t start_us = clock_.elapsed_us();
    std::list<Watch> round;
    round.swap(watches_);
    const size_t taken = round.size();
    in_work_ += taken;
    const int64_t epoch = epoch_;
    lock.unlock();

    std::list<Watch> waiting;
    for (auto watch = round.begin(); watch != round.end();) {
      const auto each = watch++;
      const Look seen = look(*each, /*may_wait=*/false);
      if (seen == Look::kHasEnded) round.erase(each);
      if (seen == Look::kWaits) waiting.splice(waiting.end(), round, each);
    }
    const int64_t took_us = clock_.elapsed_us() - start_us;

    lock.lock();
    in_work_ -= taken;
    end_those_of(epoch, round);
    end_those_of(epoch, waiting);
    watches_.splice(watches_.end(), round);
    if (!waiting.empty()) {
      waiting_.splice(waiting_.end(), waiting);
      changed_.notify_all();
    }
    const int64_t rest_us = std::max(limits_.look_every.us, took_us);
    changed_.wait_for(lock, std::chrono::microseconds(rest_us), [&] { return is_ending_; });
  }
}

/// Each of these threads waits for one watch at a time.
void Watches::work_on_waiting() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return !waiting_.empty() || is_ending_; });
    if (is_ending_) return;
    std::list<Watch> one;
    one.splice(one.end(), waiting_, waiting_.begin());
    ++in_work_;
    const int64_t epoch = epoch_;
    lock.unlock();
    const Look seen = look(one.front(), /*may_wait=*/true);
    if (seen == Look::kHasEnded) one.clear();
    lock.lock();
    --in_work_;
    end_those_of(epoch, one);
    watches_.splice(watches_.end(), one);
    changed_.notify_all();
  }
}

/// Those that were in work while all were ended. REQUIRES: the mutex.
void Watches::end_those_of(int64_t epoch, std::list<Watch>& watches) {
  if (epoch == epoch_) return;
  for (Watch& each : watches) end(each, *end_reason_);
  watches.clear();
}

Watches::Look Watches::look(Watch& watch, bool may_wait) {
  if (!watch.stream->is_open()) return Look::kHasEnded;
  watch.request.may_wait = may_wait;
  const ApiOr<ReadAnswer> answer = watch.live->read(watch.request);
  if (has_to_wait(answer)) return Look::kWaits;
  if (const auto* error = std::get_if<ApiError>(&answer)) {
    end(watch, *error);
    return Look::kHasEnded;
  }
  if (!tell_changes(watch, std::get<ReadAnswer>(answer))) return Look::kHasEnded;
  if (clock_.elapsed_us() - watch.told_at_us < limits_.heartbeat.us) return Look::kGoesOn;
  return tell(watch, ": alive\n\n") ? Look::kGoesOn : Look::kHasEnded;
}

bool Watches::tell_changes(Watch& watch, const ReadAnswer& answer) {
  watch.told.resize(answer.rows.size());
  for (size_t row = 0; row < answer.rows.size(); ++row) {
    std::vector<ServedValue>& told = watch.told[row];
    const std::vector<ServedValue>& values = answer.rows[row].values;
    WatchedChange change{.as_of = answer.as_of, .entity = answer.rows[row].entity};
    for (size_t i = 0; i < values.size(); ++i) {
      if (i < told.size() && is_same_value(told[i], values[i])) continue;
      const ServedValue& each = values[i];
      change.values.push_back({answer.features[i], each.value, each.event_time, each.age_seconds, each.null_reason});
    }
    if (change.values.empty()) continue;
    told = values;
    if (!tell(watch, event_text("values", change))) return false;
  }
  return true;
}

/// A client that takes less than what changes would have to be told ever older values.
bool Watches::tell(Watch& watch, std::string text) {
  if (watch.stream->bytes_waiting() + text.size() > limits_.bytes_waiting_max) {
    {
      const std::lock_guard lock(mutex_);
      ++dropped_;
    }
    end(watch, too_slow());
    return false;
  }
  watch.told_at_us = clock_.elapsed_us();
  return watch.stream->send(std::move(text));
}

}  // namespace headrace
