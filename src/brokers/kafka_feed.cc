#include "brokers/kafka_feed.h"

#include "brokers/kafka_client.h"
#include "engine/stream/counted_position.h"
#include "engine/stream/undecoded_message.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <utility>

namespace headrace {
namespace {

constexpr size_t kMessagesMax = 20'000;        // of one poll
constexpr size_t kBytesMax = size_t{8} << 20;  // likewise
constexpr int64_t kAskUsMax = 5'000'000;       // between two questions whether something is left
constexpr int64_t kAskUsMin = 300'000;
constexpr int64_t kLookUsFirst = 500'000;  // between two looks for the topic
constexpr int64_t kLookUs = 30'000'000;    // between two looks for further partitions
constexpr int64_t kCommitUs = 1'000'000;   // between two commits at the broker
constexpr int64_t kRetryUs = 1'000'000;    // between two tries to decode a message that waits
constexpr int kAnswerMsMin = 1'000;        // that a broker may take to answer
constexpr int kAnswerMsMax = 5'000;

struct Lane {
  int64_t next = 0;                   // the offset after the last message that came
  int64_t end = -1;                   // behind the last message, as the broker said when the end was met
  int64_t high = -1;                  // the newest end that the broker told; -1: never
  int64_t asked_at = -1;              // `next` when the broker was last asked
  bool has_lost = false;              // the broker has not got `next`
  bool is_drained = false;            // nothing is left there
  bool was_given = false;             // `is_drained` was given out so
  std::string records = {};           // lines that were not given out yet
  std::vector<int64_t> offsets = {};  // of these
};

class KafkaFeed : public EventFeed {
 public:
  KafkaFeed(KafkaOptions options, std::unique_ptr<MessageDecoder> decoder, const Clock& clock)
      : options_(std::move(options)), decoder_(std::move(decoder)), clock_(clock) {
    if (options_.idle_after) ask_us_ = std::clamp(options_.idle_after->us / 3, kAskUsMin, kAskUsMax);
  }
  ~KafkaFeed() override {
    waiting_.reset();
    if (consumer_) rd_kafka_consumer_close(consumer_.get());
  }

  Status open() {
    ASSIGN_OR_RETURN(consumer_, make_kafka_consumer(options_, &KafkaFeed::take_error, this));
    topic_.reset(rd_kafka_topic_new(consumer_.get(), options_.topic.c_str(), nullptr));
    if (topic_) return {};
    return Error::usage(fmt::format("`{}` cannot be the name of a topic", options_.topic));
  }

  Result<std::vector<FedEvents>> poll(Duration wait) override;
  void commit() override;
  bool wants_commit() const override { return clock_.elapsed_us() - committed_us_ >= kCommitUs; }
  void stop() override {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
    stopped_.notify_all();
  }
  std::vector<FeedState> state() const override {
    const std::lock_guard lock(mutex_);
    return {state_};
  }

 private:
  static void take_error(rd_kafka_t*, int, const char* reason, void* self) {
    static_cast<KafkaFeed*>(self)->lose_broker(reason);
  }

  void find_partitions();
  void assign(int32_t first, int32_t count);
  bool take(const rd_kafka_message_t& message);
  bool take_event(const rd_kafka_message_t& message, std::string& records);
  void hold(KafkaPtr<rd_kafka_message_t> message);
  void wait_for_decoder(Duration wait);
  KafkaPtr<rd_kafka_message_t> next_message(int wait_ms);
  Status go_on_after_loss(int32_t partition);
  void ask();
  std::optional<std::vector<int64_t>> edges_of(const std::vector<int32_t>& partitions, int64_t which);
  KafkaPtr<rd_kafka_topic_partition_list_t> list_of(const std::vector<int32_t>& partitions) const;
  void lose_broker(const std::string& reason, bool is_general = false);
  std::vector<FedEvents> give_out();
  void publish();

  int answer_ms() const { return static_cast<int>(std::clamp<int64_t>(ask_us_ / 1000, kAnswerMsMin, kAnswerMsMax)); }

  const KafkaOptions options_;
  const std::unique_ptr<MessageDecoder> decoder_;  // null: messages are JSON
  const Clock& clock_;
  int64_t ask_us_ = kAskUsMax;
  KafkaPtr<rd_kafka_t> consumer_;
  KafkaPtr<rd_kafka_topic_t> topic_;
  std::vector<Lane> lanes_;  // by partition
  int64_t looked_us_ = INT64_MIN / 2;
  int64_t asked_us_ = INT64_MIN / 2;
  int64_t committed_us_ = INT64_MIN / 2;
  std::string problem_;                   // of the broker, while it lasts
  std::string loss_;                      // of messages that were removed before they came
  int64_t removed_ = 0;                   // how many of these there were
  KafkaPtr<rd_kafka_message_t> waiting_;  // for what its decoder lacks
  int64_t tried_us_ = 0;                  // when it was decoded last
  std::string lack_;                      // what that is; empty: nothing waits
  std::atomic<bool> is_stopped_ = false;
  std::condition_variable stopped_;
  mutable std::mutex mutex_;
  FeedState state_{.source = options_.source};
};

/// What the broker said of lanes holds no longer.
void KafkaFeed::lose_broker(const std::string& reason, bool is_general) {
  // What a broker said, or why it could not be reached, tells more than that an answer did not come.
  if (!is_general || problem_.empty())
    problem_ = fmt::format("{}: {}{}", options_.brokers, reason, remark_on_refusal(options_, reason));
  for (Lane& lane : lanes_) lane.is_drained = false;
}

/// Looks which partitions the topic has, and takes those that are new.
void KafkaFeed::find_partitions() {
  const rd_kafka_metadata_t* found = nullptr;
  const rd_kafka_resp_err_t error = rd_kafka_metadata(consumer_.get(), 0, topic_.get(), &found, answer_ms());
  looked_us_ = clock_.elapsed_us();
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return lose_broker(rd_kafka_err2str(error), /*is_general=*/true);
  const KafkaPtr<const rd_kafka_metadata_t> owned(found);
  const auto problem = found->topic_cnt == 1 ? found->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
  if (problem != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return lose_broker(fmt::format("topic `{}`: {}", options_.topic, rd_kafka_err2str(problem)));
  }
  const auto known = static_cast<int32_t>(lanes_.size());
  if (found->topics[0].partition_cnt > known) assign(known, found->topics[0].partition_cnt);
}

/// Takes partitions `first` to `count` − 1 too.
void KafkaFeed::assign(int32_t first, int32_t count) {
  const KafkaPtr<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(count - first));
  std::vector<Lane> added;
  for (int32_t partition = first; partition < count; ++partition) {
    std::optional<int64_t> offset;
    for (const LanePosition& each : options_.positions) {
      const bool is_it = each.source == options_.source && each.lane == static_cast<uint32_t>(partition);
      if (is_it) offset = offset_of_position(each.position, options_.topic);
    }
    rd_kafka_topic_partition_t* place =
        rd_kafka_topic_partition_list_add(list.get(), options_.topic.c_str(), partition);
    place->offset = offset.value_or(RD_KAFKA_OFFSET_BEGINNING);
    added.push_back({.next = offset.value_or(0), .was_given = true});  // so that it is given out as not drained
  }
  const KafkaPtr<rd_kafka_error_t> error(rd_kafka_incremental_assign(consumer_.get(), list.get()));
  if (error) return lose_broker(rd_kafka_error_string(error.get()));
  lanes_.insert(lanes_.end(), added.begin(), added.end());
}

/// Appends a message as a line. False: that is not possible yet, and nothing was appended.
bool KafkaFeed::take_event(const rd_kafka_message_t& message, std::string& records) {
  const std::string_view payload(static_cast<const char*>(message.payload), message.payload ? message.len : 0);
  if (!decoder_ || message.payload == nullptr) {
    append_line_of_message(payload, records);
  } else if (const Status decoded = decoder_->decode(payload, records); !decoded.ok()) {
    if (decoded.error().kind() == ErrorKind::kUnavailable) {
      lack_ = decoded.error().message();
      return false;
    }
    records += to_line({.reason = decoded.error().message(), .bytes = std::string(payload)});
  }
  records += '\n';
  lack_.clear();
  return true;
}

/// False: the message has to wait.
bool KafkaFeed::take(const rd_kafka_message_t& message) {
  const bool has_lane = message.partition >= 0 && static_cast<size_t>(message.partition) < lanes_.size();
  const bool is_end = message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
  const bool is_loss = message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET;
  if (!has_lane || (message.err != RD_KAFKA_RESP_ERR_NO_ERROR && !is_end && !is_loss)) {
    lose_broker(rd_kafka_message_errstr(&message));
    return true;
  }

  Lane& lane = lanes_[static_cast<size_t>(message.partition)];
  lane.is_drained = is_end;
  if (is_loss) {
    lane.has_lost = true;
    return true;
  }
  problem_.clear();
  if (is_end) {
    lane.end = message.offset;
    return true;
  }
  if (!take_event(message, lane.records)) return false;
  lane.offsets.push_back(message.offset);
  lane.next = message.offset + 1;
  return true;
}

/// The message that waits, else the next one; null: there is none.
KafkaPtr<rd_kafka_message_t> KafkaFeed::next_message(int wait_ms) {
  if (waiting_) return std::move(waiting_);
  return KafkaPtr<rd_kafka_message_t>(rd_kafka_consumer_poll(consumer_.get(), wait_ms));
}

/// Behind a message that waits nothing is known of any lane.
void KafkaFeed::hold(KafkaPtr<rd_kafka_message_t> message) {
  waiting_ = std::move(message);
  tried_us_ = clock_.elapsed_us();
  for (Lane& lane : lanes_) lane.is_drained = false;
}

/// Until the message that waits is to be tried again, or the feed is stopped.
void KafkaFeed::wait_for_decoder(Duration wait) {
  const int64_t left = std::min(wait.us, tried_us_ + kRetryUs - clock_.elapsed_us());
  std::unique_lock lock(mutex_);
  stopped_.wait_for(lock, std::chrono::microseconds(std::max<int64_t>(left, 0)), [&] { return is_stopped_.load(); });
}

/// The broker has not got the offset where a lane goes on.
Status KafkaFeed::go_on_after_loss(int32_t partition) {
  Lane& lane = lanes_[static_cast<size_t>(partition)];
  const auto begin = edges_of({partition}, RD_KAFKA_OFFSET_BEGINNING);
  const auto end = begin ? edges_of({partition}, RD_KAFKA_OFFSET_END) : std::nullopt;
  if (!end) return {};  // it is tried again
  const int64_t low = begin->front(), high = end->front();
  if (high < lane.next) {
    return Error::conflict(fmt::format("partition {} of the topic `{}` ends at offset {}, and was read up to {}",
                                       partition, options_.topic, high, lane.next))
        .with_help("the topic was made anew: give it another name, or start with another store");
  }
  removed_ += std::max<int64_t>(0, low - lane.next);
  if (low > lane.next)
    loss_ = fmt::format("the broker removed {} messages of partition {} (offsets {} to {}) before they came",
                        low - lane.next, partition, lane.next, low - 1);
  const KafkaPtr<rd_kafka_topic_partition_list_t> list = list_of({partition});
  list->elems[0].offset = std::max(low, lane.next);
  const KafkaPtr<rd_kafka_error_t> sought(rd_kafka_seek_partitions(consumer_.get(), list.get(), kAnswerMsMax));
  lane.has_lost = sought != nullptr;
  if (!lane.has_lost) lane.next = std::max(low, lane.next);
  return {};
}

/// Asks whether something is left of each lane from which nothing came since it was asked last.
void KafkaFeed::ask() {
  asked_us_ = clock_.elapsed_us();
  std::vector<int32_t> quiet;
  for (size_t i = 0; i < lanes_.size(); ++i) {
    if (std::exchange(lanes_[i].asked_at, lanes_[i].next) == lanes_[i].next) quiet.push_back(static_cast<int32_t>(i));
  }
  if (quiet.empty()) return;
  const std::optional<std::vector<int64_t>> ends = edges_of(quiet, RD_KAFKA_OFFSET_END);
  for (size_t i = 0; ends && i < quiet.size(); ++i) {
    Lane& lane = lanes_[static_cast<size_t>(quiet[i])];
    lane.high = (*ends)[i];
    lane.has_lost = lane.has_lost || lane.high < lane.next;
    lane.is_drained = !lane.has_lost && lane.high <= std::max(lane.next, lane.end);
  }
}

/// Where partitions begin or end now, as the broker says; nothing: it does not answer.
std::optional<std::vector<int64_t>> KafkaFeed::edges_of(const std::vector<int32_t>& partitions, int64_t which) {
  const KafkaPtr<rd_kafka_topic_partition_list_t> list = list_of(partitions);
  for (int i = 0; i < list->cnt; ++i) list->elems[i].offset = which;
  // Of the functions that ask, this is the one that keeps its time while a broker is down.
  rd_kafka_resp_err_t error = rd_kafka_offsets_for_times(consumer_.get(), list.get(), answer_ms());
  std::vector<int64_t> offsets;
  for (int i = 0; i < list->cnt; ++i) {
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) error = list->elems[i].err;
    offsets.push_back(list->elems[i].offset);
  }
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    lose_broker(rd_kafka_err2str(error), /*is_general=*/true);
    return std::nullopt;
  }
  problem_.clear();
  return offsets;
}

KafkaPtr<rd_kafka_topic_partition_list_t> KafkaFeed::list_of(const std::vector<int32_t>& partitions) const {
  KafkaPtr<rd_kafka_topic_partition_list_t> list(
      rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const int32_t partition : partitions) {
    rd_kafka_topic_partition_list_add(list.get(), options_.topic.c_str(), partition);
  }
  return list;
}

/// The lines of each lane with its position, and what is known of it.
std::vector<FedEvents> KafkaFeed::give_out() {
  std::vector<FedEvents> events;
  for (size_t i = 0; i < lanes_.size(); ++i) {
    Lane& lane = lanes_[i];
    const bool has_records = !lane.records.empty();
    // What came ends the quiet of a lane, so it is said anew that nothing is left behind it.
    const bool has_word = lane.is_drained != lane.was_given || (has_records && lane.is_drained);
    if (!has_records && !has_word) continue;
    FedEvents& fed = events.emplace_back();
    fed.source = options_.source;
    fed.lane = static_cast<uint32_t>(i);
    if (has_records) fed.position = counted_position(lane.next, options_.topic);
    if (has_word) fed.is_drained = lane.is_drained;
    fed.events = std::exchange(lane.records, {});
    fed.offsets = std::exchange(lane.offsets, {});
    lane.was_given = lane.is_drained;
  }
  return events;
}

void KafkaFeed::publish() {
  FeedState state{.source = options_.source};
  state.lag = lanes_.empty() ? std::nullopt : std::optional<int64_t>(0);
  for (size_t i = 0; i < lanes_.size(); ++i) {
    int64_t low = -1, high = -1;
    rd_kafka_get_watermark_offsets(consumer_.get(), options_.topic.c_str(), static_cast<int32_t>(i), &low, &high);
    const int64_t end = std::max(high, lanes_[i].high);
    if (end < 0) state.lag.reset();
    if (state.lag) *state.lag += std::max<int64_t>(0, end - std::max(lanes_[i].next, lanes_[i].end));
  }
  state.problem = !lack_.empty() ? lack_ : problem_.empty() ? loss_ : problem_;
  state.removed = removed_;
  const std::lock_guard lock(mutex_);
  state_ = std::move(state);
}

Result<std::vector<FedEvents>> KafkaFeed::poll(Duration wait) {
  const size_t known = lanes_.size();
  const int64_t now = clock_.elapsed_us();
  if (now - looked_us_ >= (known == 0 ? kLookUsFirst : kLookUs)) find_partitions();
  if (lanes_.size() > known) return give_out();  // lanes are known before the first event of any of them
  for (size_t i = 0; i < lanes_.size(); ++i) {
    if (lanes_[i].has_lost) RETURN_IF_ERROR(go_on_after_loss(static_cast<int32_t>(i)));
  }

  if (waiting_) wait_for_decoder(wait);
  if (waiting_ && clock_.elapsed_us() < tried_us_ + kRetryUs) return give_out();
  size_t messages = 0, bytes = 0;
  auto wait_ms = static_cast<int>(std::min(wait.us, ask_us_) / 1000);
  while (messages < kMessagesMax && bytes < kBytesMax && !is_stopped_) {
    KafkaPtr<rd_kafka_message_t> message = next_message(wait_ms);
    if (!message) break;
    wait_ms = 0;
    ++messages;
    bytes += message->len;
    if (!take(*message)) hold(std::move(message));
    if (waiting_) break;
  }
  if (!waiting_ && now - asked_us_ >= ask_us_) ask();
  publish();
  return give_out();
}

void KafkaFeed::commit() {
  if (!wants_commit()) return;
  committed_us_ = clock_.elapsed_us();
  const KafkaPtr<rd_kafka_topic_partition_list_t> list(
      rd_kafka_topic_partition_list_new(static_cast<int>(lanes_.size())));
  for (size_t i = 0; i < lanes_.size(); ++i) {
    rd_kafka_topic_partition_list_add(list.get(), options_.topic.c_str(), static_cast<int32_t>(i))->offset =
        lanes_[i].next;
  }
  // Whether it succeeds matters to nobody but displays.
  rd_kafka_commit(consumer_.get(), list.get(), /*async=*/1);
}

}  // namespace

void append_line_of_message(std::string_view message, std::string& lines) {
  if (message.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    lines += "null";
    return;
  }
  const size_t begin = lines.size();
  lines += message;
  const bool is_line = message.find('\n') == std::string_view::npos && message.find('\r') == std::string_view::npos;
  if (is_line) return;

  bool is_in_text = false, is_escaped = false;
  for (size_t at = begin; at < lines.size(); ++at) {
    char& c = lines[at];
    if (c == '\n' || c == '\r') c = is_in_text ? '\x01' : ' ';
    if (is_escaped) {
      is_escaped = false;
    } else if (c == '\\') {
      is_escaped = is_in_text;
    } else if (c == '"') {
      is_in_text = !is_in_text;
    }
  }
}

Result<std::unique_ptr<EventFeed>> open_kafka_feed(KafkaOptions options, std::unique_ptr<MessageDecoder> decoder,
                                                   const Clock& clock) {
  auto feed = std::make_unique<KafkaFeed>(std::move(options), std::move(decoder), clock);
  RETURN_IF_ERROR(feed->open());
  return std::unique_ptr<EventFeed>(std::move(feed));
}

}  // namespace headrace
