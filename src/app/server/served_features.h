#pragma once

/// Live features as the server's routes ask for them: requests by names, answers with reasons and times; and what feeds them.

#include "app/server/feature_meter.h"
#include "base/trace.h"
#include "serving/api/live_values.h"
#include "session/live/feature_log.h"
#include "session/live/feed_runner.h"
#include "session/live/forgotten_events.h"
#include "session/live/live_beginning.h"
#include "session/live/live_features.h"
#include "session/live/source_states.h"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace headrace {

class ServedTopics;

/// Why something was not kept. Where the store cannot, no request is at fault, and another try has no use.
ApiError not_kept(const Error& error);

/// What the states of keys in memory take, and may take.
struct MemoryUse {
  int64_t bytes = 0;
  int64_t bytes_max = 0;
};

class ServedFeatures : public LiveValues {
 public:
  /// Begins from the log of the options, of whose definitions the beginning is. Log and clock live longer. Copies of the log are
  /// made below `backups`, a folder for each. `traces`: where spans go of what no request asked for; it lives longer; null:
  /// nowhere.
  static Result<std::shared_ptr<ServedFeatures>> open(const Session& session, const LiveOptions& options,
                                                      LiveBeginning beginning, const std::string& backups,
                                                      TraceSink* traces = nullptr);

  /// Takes other definitions. What they need of files is read while reads and pushes go on; then the log is fed into new
  /// streams, which stand in for those of before, and pushes wait for that. After an Error everything is as it was. Without a log nothing could be fed: an Error.
  Status reload(const Session& session);
  /// Of a reload that reads files; null: there is none.
  std::shared_ptr<const JobProgress> filling() const;
  /// LiveFeatures::save() of the definitions that hold now.
  Status save();
  /// Of the definitions that hold now.
  std::shared_ptr<LiveFeatures> live() const;
  /// Nothing where --memory does not say how much that may be.
  std::optional<MemoryUse> memory_use() const;

  /// Takes what a feed brings from now on. `kind`: "replay", "kafka", "pubsub". Sources that are fed take no pushes. `reading`: see
  /// ServedTopics::reading_of().
  void feed(std::unique_ptr<EventFeed> feed, const std::string& kind, FeedRunner::Ended ended,
            const std::string& reading = "");
  /// Whether something feeds a source, be it that it failed.
  bool is_fed(const std::string& source) const;
  /// Who feeds sources from topics; lives as long as requests come. Before the first one.
  void set_topics(const ServedTopics* topics) { topics_ = topics; }
  /// Feeds the sources that these have and that are not fed yet; those whose definitions say now that something else is to be
  /// read are fed anew, from where they were. What cannot be fed so goes on as it was, with an Error.
  Status feed_topics();
  /// Which sources are read.
  const SourceStates& states() const { return *states_; }
  /// All that was to be read again of a source is taken. From the thread of its feed.
  void end_rewind(const std::string& source);
  /// Where the files of the log are. Before the first request.
  void set_store_folder(std::string folder) { store_folder_ = std::move(folder); }
  /// There is a store beside the server in which rows outlive it: those of forgotten entities are removed there too. Before
  /// finish_forgetting().
  void set_rows_outlive() { has_outliving_rows_ = true; }
  /// Goes on with what was begun to be forgotten before the feature log was there. Before the first request.
  Status finish_forgetting();
  /// Whose rows are to be removed from the store beside the server; note_removed() says that they are.
  Result<std::map<uint64_t, ForgottenEntity>> rows_to_remove() const;
  Status note_removed(uint64_t number);
  /// A reload that reads files ends with an Error, as does each later one.
  void stop_filling() { is_ending_ = true; }
  /// Ends all feeds; what they brought is taken. REQUIRES: no requests come any more.
  void stop_feeding();
  /// Keeps a sample of the reads. Before the first request.
  void log_reads_in(std::unique_ptr<FeatureLog> log) { feature_log_ = std::move(log); }

  /// What brings the events of a source, also while it is paused: "push", or the kind of its feed.
  std::string feed_of(const std::string& source) const;

  ApiOr<ReadAnswer> read(const ReadRequest& request) override;
  ApiOr<PushAnswer> push(const PushRequest& request) override;
  std::vector<SourceStatus> sources() override;
  ApiOr<std::string> explain(const ExplainQuestion& question) override;
  ApiOr<BackupAnswer> backup() override;
  ApiOr<LeftOutAnswer> left_out(const LeftOutRequest& request) override;
  ApiOr<PushPage> pushes(const PushesQuestion& question) override;
  ApiOr<SourceChange> pause_source(const std::string& source) override;
  ApiOr<SourceChange> resume_source(const std::string& source, bool skips) override;
  ApiOr<SourceChange> rewind_source(const RewindRequest& request) override;
  ApiOr<ForgetAnswer> forget_entity(const ForgetRequest& request) override;
  std::optional<FeatureLogStatus> feature_log() override;
  std::optional<std::string> reload_progress() override;
  LiveCosts costs() override;
  std::vector<EntityStatus> entities() override;
  std::optional<StoreStatus> store() override;
  MeterReport meter() override;
  EventTime now() const override { return {options_.clock->now_us()}; }
  std::string not_ready_reason() override { return not_ready_ ? not_ready_() : std::string(); }
  std::optional<OwnershipStatus> ownership() override {
    return ownership_ ? std::optional(ownership_()) : std::nullopt;
  }
  /// What a server has beside others of its environment. Before the first request.
  struct Sharing {
    std::function<OwnershipStatus()> ownership;
    std::function<std::string()> not_ready;
    std::function<Status(const Plan&)> check;  // of definitions that are to hold
  };
  void share(Sharing sharing) {
    ownership_ = std::move(sharing.ownership);
    not_ready_ = std::move(sharing.not_ready);
    check_ = std::move(sharing.check);
  }
  std::optional<OnlineStoreStatus> online_store() override;
  std::optional<OnlineStoreStatus> values_file() override;
  /// Who tells of a store beside the server. Before the first request.
  void set_online_store(std::function<OnlineStoreStatus()> status) { online_store_ = std::move(status); }
  void set_values_file(std::function<OnlineStoreStatus()> status) { values_file_ = std::move(status); }

 private:
  struct Feed {
    std::string kind;
    std::string reading;
    std::unique_ptr<FeedRunner> runner;
  };

  /// Reads are of these from now on.
  void replace_live(std::shared_ptr<LiveFeatures> next);

  /// Those of a list of features that are of one entity.
  struct AskedOfEntity {
    FoundFeatures found;
    std::vector<size_t> places;  // in the list
  };
  /// A list of features as requests have it, found in the definitions.
  struct Asked {
    std::shared_ptr<LiveFeatures> live;  // shared with the requests in work
    SharedTexts features;                // keeps its identity
    SharedTexts versions;
    std::vector<AskedOfEntity> parts;
  };
  static constexpr size_t kAskedMax = 256;
  static constexpr size_t kAskedFeaturesMax = 1000;  // of one list

  explicit ServedFeatures(const LiveOptions& options);
  ApiOr<std::shared_ptr<const Asked>> find_asked(const SharedTexts& features);
  std::optional<ApiError> read_part(const ReadRequest& request, bool may_wait, LiveFeatures& live,
                                    const AskedOfEntity& part, ReadAnswer& answer);
  void set_feed(const LiveSource& source, SourceStatus& status) const;
  void set_kept(const KeptBytes& kept, SourceStatus& status) const;
  void set_messages(const LiveSource& source, SourceStatus& status) const;
  Status end_feed(const std::string& source);
  Status end_other_feed(const PlanSource& source);
  Status stop_source(const BadMessage& bad);
  Result<int64_t> forget_logged_reads();
  Result<ForgetAnswer> forget(const std::vector<ForgottenEntity>& entities);
  std::optional<ApiError> why_not_operated() const;
  ApiOr<SourceChange> change_of(const std::string& source, std::string remark) const;
  Status fill(LiveBeginning& beginning);
  void set_feed(SourceStatus& status) const;

  std::string backups_;       // empty: nowhere
  std::string store_folder_;  // empty: not known
  Histogram commits_;
  std::function<OnlineStoreStatus()> online_store_;  // null: there is none
  std::function<OnlineStoreStatus()> values_file_;   // likewise
  std::function<OwnershipStatus()> ownership_;       // null: this server is the only one
  std::function<std::string()> not_ready_;           // null: always
  std::function<Status(const Plan&)> check_;         // null: all definitions can be taken
  std::unique_ptr<FeatureLog> feature_log_;          // null: none
  std::atomic<bool> is_ending_ = false;
  const LiveOptions options_;
  std::unique_ptr<SourceStates> states_;
  const ServedTopics* topics_ = nullptr;  // null: no topic is read
  std::mutex operations_;                 // one change of what feeds sources at a time
  bool has_outliving_rows_ = false;
  std::atomic<bool> has_rows_to_remove_ = false;
  std::mutex saves_;             // a save is not while definitions change
  std::shared_mutex pushes_;     // shared by a push in work; whole while the log is fed anew
  TraceSink* traces_ = nullptr;  // null: there are no traces
  FeatureMeter meter_;
  mutable std::mutex mutex_;
  std::shared_ptr<LiveFeatures> live_;  // under the mutex; shared with the requests in work
  /// Under the mutex: lists that were asked for, by their identities, found in live_.
  std::unordered_map<const void*, std::shared_ptr<const Asked>> asked_;
  std::shared_ptr<const JobProgress>
      filling_;  // under the mutex; shared with those who show it; null: nothing is filled
  mutable std::shared_mutex feeds_mutex_;
  std::vector<Feed> feeds_;                    // under the mutex
  std::map<std::string, std::string> refeds_;  // likewise: what feeds a source that is between two feeds
};

}  // namespace headrace
