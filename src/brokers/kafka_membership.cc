#include "brokers/kafka_membership.h"

#include "brokers/kafka_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

namespace headrace {
namespace {

constexpr int kMembersAnswerMs = 3'000;
constexpr char kSessionSetting[] = "session.timeout.ms";
constexpr char kSessionMs[] = "10000";
/// A member that does not follow a rebalance for so long is put out. What `lost` waits for is much shorter.
constexpr char kRebalanceMs[] = "60000";

struct QueueDeleter {
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
  void operator()(const rd_kafka_group_list* groups) const { rd_kafka_group_list_destroy(groups); }
};

/// Of a member's assignment as the consumer protocol writes it: version (16 bit), then for each topic its name and partitions; numbers
/// are big-endian, lists and texts have their length before them.
bool holds_partition_0(std::string_view assigned, std::string_view topic) {
  const auto number = [&](size_t bytes) {
    if (assigned.size() < bytes) return assigned = {}, size_t{0};
    size_t value = 0;
    for (size_t i = 0; i < bytes; ++i) value = value << 8 | static_cast<unsigned char>(assigned[i]);
    assigned.remove_prefix(bytes);
    return value;
  };
  number(2);
  for (size_t topics = number(4); topics > 0 && !assigned.empty(); --topics) {
    const size_t bytes = std::min(number(2), assigned.size());
    const bool is_it = assigned.substr(0, bytes) == topic;
    assigned.remove_prefix(bytes);
    for (size_t partitions = number(4); partitions > 0 && assigned.size() >= 4; --partitions) {
      if (number(4) == 0 && is_it) return true;
    }
  }
  return false;
}

class KafkaMembership : public OwnerMembership {
 public:
  KafkaMembership(KafkaOptions options, Duration session) : options_(std::move(options)), session_(session) {}
  ~KafkaMembership() override {
    if (!consumer_) return;
    lost_ = nullptr;
    rd_kafka_consumer_close(consumer_.get());
    answers_.reset();
  }

  Status open() {
    ASSIGN_OR_RETURN(consumer_,
                     make_kafka_member(options_, &KafkaMembership::take_error, &KafkaMembership::take_rebalance, this));
    answers_.reset(rd_kafka_queue_new(consumer_.get()));
    return {};
  }

  Result<std::vector<std::string>> members() override;
  Status join() override;
  void leave() override;
  State poll(Duration wait, const std::function<void()>& lost) override;
  void ask_for_proof(std::span<const ShownOffset> offsets, int64_t now_us) override;
  Duration session() const override { return session_; }

 private:
  static void take_error(rd_kafka_t*, int, const char* reason, void* self) {
    static_cast<KafkaMembership*>(self)->problem_ = reason;
  }
  static void take_rebalance(rd_kafka_t*, rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t* partitions,
                             void* self) {
    static_cast<KafkaMembership*>(self)->rebalance(error, *partitions);
  }
  static void take_answer(rd_kafka_t* consumer, rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t*,
                          void* number) {
    static_cast<KafkaMembership*>(rd_kafka_opaque(consumer))->take_proof(reinterpret_cast<uintptr_t>(number), error);
  }

  void take_proof(uintptr_t number, rd_kafka_resp_err_t error);

  void rebalance(rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t& partitions);
  void stand(Standing standing);
  bool has_ownership(const rd_kafka_topic_partition_list_t& partitions) const;

  const KafkaOptions options_;
  const Duration session_;
  KafkaPtr<rd_kafka_t> consumer_;
  std::unique_ptr<rd_kafka_queue_t, QueueDeleter> answers_;
  const std::function<void()>* lost_ = nullptr;  // of the poll in work
  State state_;
  uintptr_t asked_ = 0;                     // counts questions
  std::map<uintptr_t, int64_t> questions_;  // without an answer, of this standing: when they began
  bool is_put_out_ = false;
  std::string problem_;
};

/// What was asked in an earlier standing proves nothing of the present one.
void KafkaMembership::stand(Standing standing) {
  questions_.clear();
  state_ = {.standing = standing, .proven_us = std::nullopt};
}

bool KafkaMembership::has_ownership(const rd_kafka_topic_partition_list_t& partitions) const {
  for (int i = 0; i < partitions.cnt; ++i) {
    if (partitions.elems[i].partition == 0 && partitions.elems[i].topic == options_.topic) return true;
  }
  return false;
}

void KafkaMembership::rebalance(rd_kafka_resp_err_t error, rd_kafka_topic_partition_list_t& partitions) {
  if (error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    // Nothing is read: the messages are the feeds'.
    for (int i = 0; i < partitions.cnt; ++i) partitions.elems[i].offset = RD_KAFKA_OFFSET_END;
    rd_kafka_assign(consumer_.get(), &partitions);
    rd_kafka_pause_partitions(consumer_.get(), &partitions);
    problem_.clear();
    return stand(has_ownership(partitions) ? Standing::kHolder : Standing::kMember);
  }
  // The group waits for this to be done, unless it has put us out already.
  if (lost_ != nullptr) (*lost_)();
  is_put_out_ = is_put_out_ || rd_kafka_assignment_lost(consumer_.get()) != 0;
  rd_kafka_assign(consumer_.get(), nullptr);
  stand(Standing::kMember);
}

Status KafkaMembership::join() {
  const KafkaPtr<rd_kafka_topic_partition_list_t> topics(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(topics.get(), options_.topic.c_str(), RD_KAFKA_PARTITION_UA);
  const rd_kafka_resp_err_t error = rd_kafka_subscribe(consumer_.get(), topics.get());
  stand(Standing::kOutside);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
  return Error::unavailable(
      fmt::format("the group `{}` cannot be joined: {}", options_.group, rd_kafka_err2str(error)));
}

void KafkaMembership::leave() {
  rd_kafka_unsubscribe(consumer_.get());
  is_put_out_ = false;
  stand(Standing::kOutside);
}

OwnerMembership::State KafkaMembership::poll(Duration wait, const std::function<void()>& lost) {
  lost_ = &lost;
  const KafkaPtr<rd_kafka_message_t> message(rd_kafka_consumer_poll(consumer_.get(), static_cast<int>(wait.us / 1000)));
  if (message && message->err != RD_KAFKA_RESP_ERR_NO_ERROR) problem_ = rd_kafka_message_errstr(message.get());
  while (rd_kafka_queue_poll_callback(answers_.get(), 0) > 0) {
  }
  lost_ = nullptr;
  state_.is_refuted = state_.is_refuted || is_put_out_;
  state_.problem = problem_;
  return state_;
}

void KafkaMembership::take_proof(uintptr_t number, rd_kafka_resp_err_t error) {
  const auto asked = questions_.find(number);
  if (asked == questions_.end()) return;  // of an earlier standing
  const int64_t began_us = asked->second;
  questions_.erase(asked);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    problem_.clear();
    state_.proven_us = std::max(state_.proven_us.value_or(began_us), began_us);
    return;
  }
  const bool is_refusal = error == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID ||
                          error == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION ||
                          error == RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID;
  state_.is_refuted = state_.is_refuted || is_refusal;
  problem_ = rd_kafka_err2str(error);
}

void KafkaMembership::ask_for_proof(std::span<const ShownOffset> offsets, int64_t now_us) {
  const KafkaPtr<rd_kafka_topic_partition_list_t> list(
      rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size())));
  for (const ShownOffset& each : offsets)
    rd_kafka_topic_partition_list_add(list.get(), each.topic.c_str(), each.partition)->offset = each.offset;
  // Of nothing no answer would come.
  if (offsets.empty()) rd_kafka_topic_partition_list_add(list.get(), options_.topic.c_str(), 0)->offset = 0;
  const uintptr_t number = ++asked_;
  questions_[number] = now_us;
  const rd_kafka_resp_err_t error =
      rd_kafka_commit_queue(consumer_.get(), list.get(), answers_.get(), &KafkaMembership::take_answer,
                            reinterpret_cast<void*>(number));  // NOLINT(performance-no-int-to-ptr)
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) take_proof(number, error);
}

/// By the request that waits for its answer here: those of librdkafka's admin client, in the version of Debian 12, end the process
/// where a broker comes back after one has timed out.
Result<std::vector<std::string>> KafkaMembership::members() {
  const rd_kafka_group_list* found = nullptr;
  const rd_kafka_resp_err_t error =
      rd_kafka_list_groups(consumer_.get(), options_.group.c_str(), &found, kMembersAnswerMs);
  const auto failed = [&](rd_kafka_resp_err_t reason) {
    return Error::unavailable(fmt::format("{}: the group `{}` cannot be looked at: {}", options_.brokers,
                                          options_.group, rd_kafka_err2str(reason)));
  };
  const std::unique_ptr<const rd_kafka_group_list, QueueDeleter> owned(found);
  // Of a cluster in which another broker is away, what the others know is enough.
  const bool is_known = error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR__PARTIAL;
  if (!is_known || found == nullptr) return failed(error);

  std::vector<std::string> names;
  for (int g = 0; g < found->group_cnt; ++g) {
    const rd_kafka_group_info& group = found->groups[g];
    if (group.err != RD_KAFKA_RESP_ERR_NO_ERROR) return failed(group.err);
    for (int m = 0; m < group.member_cnt; ++m) {
      const rd_kafka_group_member_info& member = group.members[m];
      const std::string_view assigned(static_cast<const char*>(member.member_assignment),
                                      static_cast<size_t>(std::max(0, member.member_assignment_size)));
      names.insert(holds_partition_0(assigned, options_.topic) ? names.begin() : names.end(),
                   fmt::format("{} at {}", member.client_id, member.client_host));
    }
  }
  return names;
}

}  // namespace

Result<std::unique_ptr<OwnerMembership>> open_kafka_membership(KafkaOptions options, const std::string& name) {
  options.settings.try_emplace(kSessionSetting, kSessionMs);
  options.settings["max.poll.interval.ms"] = kRebalanceMs;
  options.settings["partition.assignment.strategy"] = "range";
  options.settings["client.id"] = name;
  options.settings.erase("group.instance.id");
  const std::string& written = options.settings[kSessionSetting];
  int64_t session_ms = 0;
  const auto [end, problem] = std::from_chars(written.data(), written.data() + written.size(), session_ms);
  if (problem != std::errc() || end != written.data() + written.size() || session_ms < 1'000 || session_ms > 60'000) {
    return Error::usage(fmt::format("the setting `{}` of kafka is `{}`", kSessionSetting, written))
        .with_help("of servers that stand by for each other it is 1000 to 60000, in milliseconds");
  }
  auto membership = std::make_unique<KafkaMembership>(std::move(options), Duration{session_ms * 1000});
  RETURN_IF_ERROR(membership->open());
  return std::unique_ptr<OwnerMembership>(std::move(membership));
}

}  // namespace headrace
