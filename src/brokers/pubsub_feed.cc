#include "brokers/pubsub_feed.h"

#include "base/hash.h"
#include "base/printable_text.h"
#include "brokers/kafka_feed.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace headrace {
namespace {

constexpr size_t kFedMessagesMax = 5'000;           // of one poll
constexpr size_t kFedBytesMax = size_t{8} << 20;    // likewise
constexpr size_t kHeldMax = 20'000;                 // delivered, and not known to be acknowledged
constexpr size_t kHeldBytesMax = size_t{64} << 20;  // of those that wait
constexpr size_t kAckIdsMax = 1'000;                // of one request: they have some 200 bytes, and it may have 512 KiB
constexpr Duration kAckDeadline{15 * kMicrosPerSecond};  // how long those in flight are away after a kill
constexpr int64_t kExtendUs = 5 * kMicrosPerSecond;      // after the last extension
constexpr int64_t kLookUsMax = 500'000;                  // between two looks at deadlines and the connection
constexpr int64_t kGoodUs = 2 * kMicrosPerSecond;        // that a stream lasts before it counts as one
constexpr Duration kAckPatience{5 * kMicrosPerSecond};
constexpr Duration kLastPatience{2 * kMicrosPerSecond};  // for what is to be said at the end
constexpr int64_t kPauseUsMin = 100'000;                 // before a stream is begun anew; doubles
constexpr int64_t kPauseUsMax = 10 * kMicrosPerSecond;
constexpr size_t kProblemMax = 600;

std::string shown_problem(const Error& error) {
  std::string text = error.message();
  if (!error.help().empty()) text += "; " + error.help();
  if (text.size() > kProblemMax) text.resize(kProblemMax);
  return printable(text);
}

class PubSubFeed : public EventFeed {
 public:
  PubSubFeed(const PubSubOptions& options, std::unique_ptr<PubSubSubscriber> subscriber, const Clock& clock)
      : options_(options),
        clock_(clock),
        subscriber_(std::move(subscriber)),
        problem_(fmt::format("connecting to {}", options.endpoint)),
        reader_([this] { read_all(); }),
        keeper_([this] { keep_promises(); }) {}

  ~PubSubFeed() override {
    stop();
    {
      const std::lock_guard lock(mutex_);
      is_ending_ = true;
    }
    due_.notify_all();
    reader_.join();
    keeper_.join();
  }

  Result<std::vector<FedEvents>> poll(Duration wait) override;
  void commit() override;
  void stop() override;
  std::vector<FeedState> state() const override {
    const std::lock_guard lock(mutex_);
    return {{.source = options_.source, .lag = std::nullopt, .problem = problem_}};
  }

 private:
  enum class Stage { kWaiting, kGivenOut, kDurable };
  /// A message that was delivered and that the service does not know to be acknowledged, as far as we know.
  struct Held {
    std::string ack_id;  // of the newest delivery
    Stage stage = Stage::kWaiting;
    int64_t extended_us = 0;  // when its deadline was set last
  };
  using Lock = std::unique_lock<std::mutex>;

  void read_all();
  bool wait_for_room();
  void take(std::vector<PubSubMessage> messages);
  void keep_promises();
  void note_connection();
  bool acknowledge(Lock& lock, Duration patience);
  void extend(Lock& lock);
  void give_back(Lock& lock, Stage stage);

  const PubSubOptions options_;
  const Clock& clock_;
  const std::unique_ptr<PubSubSubscriber> subscriber_;
  mutable std::mutex mutex_;  // of all that follows
  std::condition_variable came_, has_room_, due_;
  std::unordered_map<std::string, Held> held_;  // by id
  std::deque<PubSubMessage> waiting_;           // in the order in which they came
  size_t waiting_bytes_ = 0;
  std::vector<std::string> given_out_;  // ids since the last commit()
  std::deque<std::string> durable_;     // ids to be acknowledged
  int64_t reading_since_us_ = -1;       // -1: nobody reads
  bool is_good_ = false;                // the stream that is open, or was last
  bool is_refused_ = false;             // the last acknowledgement was not taken
  std::string problem_;
  bool is_stopped_ = false;
  bool is_ending_ = false;
  std::thread reader_;  // the threads see all of the above
  std::thread keeper_;
};

/// False: it was stopped.
bool PubSubFeed::wait_for_room() {
  Lock lock(mutex_);
  has_room_.wait(lock, [&] { return is_stopped_ || (held_.size() < kHeldMax && waiting_bytes_ < kHeldBytesMax); });
  reading_since_us_ = clock_.elapsed_us();
  return !is_stopped_;
}

void PubSubFeed::read_all() {
  int64_t pause_us = kPauseUsMin;
  while (wait_for_room()) {
    Result<std::vector<PubSubMessage>> messages = subscriber_->read();
    if (messages) {
      take(*std::move(messages));
      pause_us = kPauseUsMin;
      continue;
    }

    Lock lock(mutex_);
    reading_since_us_ = -1;
    // The service ends each stream now and then; what a new one says is what counts.
    if (std::exchange(is_good_, false)) {
      pause_us = kPauseUsMin;
      continue;
    }
    if (!is_stopped_) problem_ = shown_problem(messages.error());
    has_room_.wait_for(lock, std::chrono::microseconds(pause_us), [&] { return is_stopped_; });
    pause_us = std::min(2 * pause_us, kPauseUsMax);
  }
}

/// What is held already was delivered again: it is acknowledged by its newest delivery.
void PubSubFeed::take(std::vector<PubSubMessage> messages) {
  const std::lock_guard lock(mutex_);
  reading_since_us_ = -1;
  is_good_ = true;
  problem_.clear();
  const int64_t now = clock_.elapsed_us();
  for (PubSubMessage& message : messages) {
    const auto [place, is_new] = held_.try_emplace(message.id);
    Held& held = place->second;
    held.ack_id = std::move(message.ack_id);
    held.extended_us = now;
    if (!is_new && held.stage == Stage::kDurable) durable_.push_back(message.id);
    if (!is_new) continue;
    waiting_bytes_ += message.data.size();
    waiting_.push_back(std::move(message));
  }
  came_.notify_all();
  if (!durable_.empty()) due_.notify_all();
}

Result<std::vector<FedEvents>> PubSubFeed::poll(Duration wait) {
  std::vector<PubSubMessage> messages;
  {
    Lock lock(mutex_);
    came_.wait_for(lock, std::chrono::microseconds(wait.us), [&] { return is_stopped_ || !waiting_.empty(); });
    size_t bytes = 0;
    while (!is_stopped_ && !waiting_.empty() && messages.size() < kFedMessagesMax && bytes < kFedBytesMax) {
      bytes += waiting_.front().data.size();
      held_.at(waiting_.front().id).stage = Stage::kGivenOut;
      given_out_.push_back(waiting_.front().id);
      messages.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    waiting_bytes_ -= bytes;
  }
  has_room_.notify_all();
  if (messages.empty()) return std::vector<FedEvents>();

  FedEvents fed{.source = options_.source, .lane = 0, .events = std::string(), .position = options_.subscription};
  std::string lines;
  for (PubSubMessage& message : messages) {
    append_line_of_message(message.data, lines);
    lines += '\n';
    fed.offsets.push_back(number_of_message(message.id));
    fed.ids.push_back(std::move(message.id));
  }
  fed.events = std::move(lines);
  std::vector<FedEvents> events;
  events.push_back(std::move(fed));
  return events;
}

void PubSubFeed::commit() {
  {
    const std::lock_guard lock(mutex_);
    for (std::string& id : given_out_) {
      held_.at(id).stage = Stage::kDurable;
      durable_.push_back(std::move(id));
    }
    given_out_.clear();
    if (durable_.empty()) return;
  }
  due_.notify_all();
}

void PubSubFeed::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
  }
  subscriber_->cancel();
  came_.notify_all();
  has_room_.notify_all();
  due_.notify_all();
}

/// Acknowledges and extends deadlines until the end, and says then what is left to say.
void PubSubFeed::keep_promises() {
  Lock lock(mutex_);
  while (!is_ending_) {
    due_.wait_for(lock, std::chrono::microseconds(kLookUsMax),
                  [&] { return is_ending_ || (!durable_.empty() && !is_refused_); });
    note_connection();
    is_refused_ = !acknowledge(lock, kAckPatience);
    if (is_stopped_) {
      give_back(lock, Stage::kWaiting);
    } else {
      extend(lock);
    }
  }

  const bool is_taken = acknowledge(lock, kLastPatience);
  // Who was not heard with the acknowledgements is not heard with this; it is delivered again all the same.
  if (!is_taken) return;
  give_back(lock, Stage::kWaiting);
  give_back(lock, Stage::kGivenOut);
}

/// A stream without messages says nothing by itself; one that was refused has ended soon.
void PubSubFeed::note_connection() {
  const bool is_open = reading_since_us_ >= 0 && clock_.elapsed_us() - reading_since_us_ >= kGoodUs;
  if (is_good_ || !is_open || is_refused_ || !subscriber_->is_connected()) return;
  is_good_ = true;
  problem_.clear();
}

/// False: the service did not take them, and they stay to be acknowledged.
bool PubSubFeed::acknowledge(Lock& lock, Duration patience) {
  while (!durable_.empty()) {
    std::vector<std::string> ids, ack_ids;
    while (!durable_.empty() && ids.size() < kAckIdsMax) {
      const auto found = held_.find(durable_.front());
      if (found != held_.end()) {
        ids.push_back(found->first);
        ack_ids.push_back(found->second.ack_id);
      }
      durable_.pop_front();
    }
    if (ids.empty()) return true;
    lock.unlock();
    const Status taken = subscriber_->acknowledge(ack_ids, patience);
    lock.lock();

    const bool is_final = taken.ok() || taken.error().kind() == ErrorKind::kData;
    if (!is_final) {
      durable_.insert(durable_.begin(), ids.begin(), ids.end());
      problem_ = shown_problem(taken.error());
      return false;
    }
    for (size_t i = 0; i < ids.size(); ++i) {
      const auto found = held_.find(ids[i]);
      if (found != held_.end() && found->second.ack_id == ack_ids[i]) held_.erase(found);
    }
    if (std::exchange(is_refused_, false)) problem_.clear();
    has_room_.notify_all();
  }
  return true;
}

void PubSubFeed::extend(Lock& lock) {
  const int64_t now = clock_.elapsed_us();
  std::vector<std::string> ack_ids;
  for (auto& [id, held] : held_) {
    if (now - held.extended_us < kExtendUs) continue;
    held.extended_us = now;
    ack_ids.push_back(held.ack_id);
  }
  lock.unlock();
  for (size_t first = 0; first < ack_ids.size(); first += kAckIdsMax) {
    const size_t end = std::min(ack_ids.size(), first + kAckIdsMax);
    const std::vector<std::string> some(ack_ids.begin() + static_cast<int64_t>(first),
                                        ack_ids.begin() + static_cast<int64_t>(end));
    // One that is not heard is delivered again, which does no harm.
    if (!subscriber_->set_deadline(some, kAckDeadline, kAckPatience).ok()) break;
  }
  lock.lock();
}

/// What will not be taken here is delivered to the next one at once.
void PubSubFeed::give_back(Lock& lock, Stage stage) {
  std::vector<std::string> ack_ids;
  std::erase_if(held_, [&](const auto& each) {
    if (each.second.stage != stage) return false;
    ack_ids.push_back(each.second.ack_id);
    return true;
  });
  if (stage == Stage::kWaiting) waiting_.clear();
  lock.unlock();
  for (size_t first = 0; first < ack_ids.size(); first += kAckIdsMax) {
    const size_t end = std::min(ack_ids.size(), first + kAckIdsMax);
    const std::vector<std::string> some(ack_ids.begin() + static_cast<int64_t>(first),
                                        ack_ids.begin() + static_cast<int64_t>(end));
    if (!subscriber_->set_deadline(some, Duration{0}, kLastPatience).ok()) break;
  }
  lock.lock();
}

}  // namespace

int64_t number_of_message(std::string_view id) {
  int64_t number = 0;
  const auto [end, problem] = std::from_chars(id.data(), id.data() + id.size(), number);
  const bool is_number = problem == std::errc() && end == id.data() + id.size() && number >= 0;
  return is_number ? number : static_cast<int64_t>(hash_bytes(id) >> 1);
}

PubSubConnection connection_of(const PubSubOptions& options) {
  return {.subscription = options.subscription,
          .endpoint = options.endpoint,
          .is_plain = options.is_plain,
          .credentials = options.credentials,
          .deadline = kAckDeadline,
          .messages_max = static_cast<int64_t>(kHeldMax),
          .bytes_max = static_cast<int64_t>(kHeldBytesMax)};
}

std::unique_ptr<EventFeed> make_pubsub_feed(const PubSubOptions& options, std::unique_ptr<PubSubSubscriber> subscriber,
                                            const Clock& clock) {
  return std::make_unique<PubSubFeed>(options, std::move(subscriber), clock);
}

Result<std::unique_ptr<EventFeed>> open_pubsub_feed(const PubSubOptions& options, const Clock& clock) {
  ASSIGN_OR_RETURN(std::unique_ptr<PubSubSubscriber> subscriber, open_pubsub_subscriber(connection_of(options)));
  return make_pubsub_feed(options, std::move(subscriber), clock);
}

}  // namespace headrace
